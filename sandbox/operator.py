"""The operator of a held world, at a shell: a file to read into it, after which what the docs say to type works there.

In the cluster they are its administrator, at Google the account `repull-operator` with what a deployment grants it, and
with what `repull diagnose` can make use of.
"""

import shlex
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox import deployment
from sandbox.front import Front
from sandbox.functions import SOURCE
from sandbox.google.hierarchy import ORGANIZATION
from sandbox.google.metadata import MetadataServer
from sandbox.serving import serve
from sandbox.voice import export
from sandbox.world import World

_FOR_DIAGNOSES = ("roles/iam.securityReviewer",)
_FUNCTIONS_ONLY = frozenset({"REPULL_CLUSTERS", "REPULL_STEP_TOPIC", "REPULL_DEAD_LETTER_TOPIC"})
_UNSET_SETTINGS = r"unset REPULL_ $(env | sed -n 's/^\(REPULL_[A-Z_]*\)=.*/\1/p')"
"""The first name is nobody's: there are shells that don't unset nothing."""
_PUBLISH = (
    "import sys; from google.cloud.pubsub_v1 import PublisherClient; "
    f"print(PublisherClient().publish({deployment.topic(deployment.STEPS_TOPIC)!r}, sys.argv[1].encode()).result())"
)
"""gcloud speaks another protocol than the embedded queue."""


@asynccontextmanager
async def at_a_shell(world: World) -> AsyncIterator[Path]:
    """The file, for a POSIX shell. It is of use as long as the context is open."""
    for role in _FOR_DIAGNOSES:
        world.policies.grant(f"serviceAccount:{deployment.OPERATOR}", role, ORGANIZATION)
    metadata = MetadataServer(
        email=deployment.OPERATOR,
        project=deployment.PROJECT,
        identities=world.identities,
        front=Front(books=world.books, faults=world.faults),
    )
    served = await serve(metadata.app)
    try:
        path = world.cluster.kubeconfig.with_name("operator.sh")
        path.write_text("\n".join(_lines(world, served.url.removeprefix("http://"))) + "\n")
        yield path
    finally:
        await served.stop()


def _lines(world: World, metadata: str) -> Iterator[str]:
    """Nothing of whoever types it is asked or told: neither their account at Google nor a proxy, nor their settings."""
    known = world.refresh.environ
    yield "unset GOOGLE_APPLICATION_CREDENTIALS"
    yield _UNSET_SETTINGS
    yield export("KUBECONFIG", world.cluster.kubeconfig)
    yield export("GCE_METADATA_HOST", metadata)
    yield export("GCE_METADATA_IP", metadata)
    yield export("GCE_METADATA_TIMEOUT", 60)  # seconds; on a busy computer its 3 mean no credentials
    for name in ("NO_PROXY", "no_proxy"):  # some programs heed the one first, and some the other
        yield export(name, "localhost,127.0.0.1")
    for name in sorted(known):
        shared = name.startswith("REPULL_") and name not in _FUNCTIONS_ONLY
        if shared or name in ("CLOUDSDK_CONFIG", "PUBSUB_EMULATOR_HOST"):
            yield export(name, known[name])
    python = shlex.quote(sys.executable)  # with -P, for the directory may be another checkout
    yield f'repull() {{ PYTHONPATH={shlex.quote(str(SOURCE.parent))} {python} -P -m repull "$@"; }}'
    yield f'publish() {{ {python} -P -c {shlex.quote(_PUBLISH)} "$@"; }}'
