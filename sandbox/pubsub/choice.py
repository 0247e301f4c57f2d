"""Which broker to use."""

from collections.abc import Mapping

from sandbox.pace import Pace
from sandbox.pubsub.broker import Broker
from sandbox.pubsub.embedded import EmbeddedQueue
from sandbox.pubsub.emulator import Emulator, launcher

VARIABLE = "SANDBOX_PUBSUB"


def choose(environ: Mapping[str, str], *, pace: Pace) -> Broker:
    """The one that SANDBOX_PUBSUB names, else the emulator where it is installed, else the embedded queue.

    Raises ValueError where `refusal` has something to say.
    """
    if why := refusal(environ):
        raise ValueError(why)
    script = None if environ.get(VARIABLE) == "embedded" else launcher()
    return Emulator(script) if script else EmbeddedQueue(pace=pace)


def refusal(environ: Mapping[str, str]) -> str:
    """Why what SANDBOX_PUBSUB asks for can't be had; empty where it can."""
    wanted = environ.get(VARIABLE, "")
    if wanted not in ("", "embedded", "emulator"):
        return f"{VARIABLE}={wanted!r} is not accepted; use embedded or emulator, or leave it out"
    if wanted == "emulator" and not launcher():
        return f"{VARIABLE}=emulator, but gcloud's pubsub-emulator component or Java is not installed"
    return ""
