"""Ring 2 for a whole test session: a real control plane, and the tokens that it knows."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import deployment, manifests
from sandbox.identities import Identities
from sandbox.kube import KubeClient
from sandbox.real.authentication import Authenticator
from sandbox.real.binaries import Binaries
from sandbox.real.controlplane import ControlPlane, control_plane, install
from sandbox.serving import serve
from tests.background import Background

_START_SECONDS = 200  # on a busy machine; a test, and what it is the first to need, has no more than 300


@dataclass(frozen=True, kw_only=True, slots=True)
class RingTwo:
    """`background` is the loop that started it and that answers who is behind a token."""

    plane: ControlPlane
    identities: Identities
    background: Background
    kubectl: Path

    def client(self, user: str) -> KubeClient:
        """One that speaks as `user`; whoever asked for it closes it."""
        return KubeClient(url=self.plane.url, ca=self.plane.ca, token=self.identities.issue(user))


@contextmanager
def opened(directory: Path) -> Iterator[RingTwo]:
    identities = Identities()
    with ExitStack() as stack:
        background = stack.enter_context(Background())
        served = background.run(serve(Authenticator(identities).app))
        stack.callback(lambda: background.run(served.stop()))
        plane = control_plane(directory, authenticate=served.url)
        started = background.run(plane.__aenter__(), within=_START_SECONDS)
        stack.callback(lambda: background.run(plane.__aexit__(None, None, None)))
        yield RingTwo(plane=started, identities=identities, background=background, kubectl=Binaries.path("kubectl"))


async def _install(plane: ControlPlane) -> None:
    await install(plane, deployment.PROJECT)
    admin = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token)
    await manifests.add(admin, manifests.SCALING)
    await admin.close()


@pytest.fixture(scope="session")
def ring_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingTwo]:
    """Shared: a test leaves alone what it did not make."""
    with opened(tmp_path_factory.mktemp("ring-two")) as found:
        yield found


@pytest.fixture(scope="session")
def bare_ring_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingTwo]:
    """With the product's manifests, that of ScaleWorkloads among them, and nothing else.

    Tests may look at all of it, clear it and change its roles.
    """
    with opened(tmp_path_factory.mktemp("bare-ring-two")) as found:
        found.background.run(_install(found.plane))
        yield found
