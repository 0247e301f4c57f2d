"""Which broker to use."""

from collections.abc import Mapping

from sandbox.pace import Pace
from sandbox.pubsub.broker import Broker
from sandbox.pubsub.embedded import EmbeddedQueue
from sandbox.pubsub.emulator import Emulator, launcher

VARIABLE = "SANDBOX_PUBSUB"


def choose(environ: Mapping[str, str], *, pace: Pace) -> Broker:
    """The one that SANDBOX_PUBSUB names, else the emulator where it is installed, else the embedded queue."""
    wanted = environ.get(VARIABLE, "")
    if wanted not in ("", "embedded", "emulator"):
        raise ValueError(f"{VARIABLE}={wanted!r} is not accepted; use embedded or emulator, or leave it out")
    script = None if wanted == "embedded" else launcher()
    if script:
        return Emulator(script)
    if wanted == "emulator":
        raise ValueError(f"{VARIABLE}=emulator, but gcloud's pubsub-emulator component or Java is not installed")
    return EmbeddedQueue(pace=pace)
