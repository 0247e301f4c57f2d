"""The stage, once for all tests: roles are put back after every change."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from functions.adapters.tokens import Tokens
from functions.ports import Cluster
from sandbox.kube import KubeClient
from tests.contract.adapters.clearing import clear
from tests.contract.adapters.product import Issued, adapters, email, take_time
from tests.contract.rbac.stage import Stage
from tests.ringtwo import RingTwo

ACCOUNTS = ("repull-diagnose", "repull-refresh")


@pytest.fixture(scope="session")
def standing_stage(bare_ring_two: RingTwo) -> Iterator[Stage]:
    plane, run = bare_ring_two.plane, bare_ring_two.background.run
    with ExitStack() as stack:
        clusters: dict[str, Cluster] = {}
        clients = {account: bare_ring_two.client(email(account)) for account in ACCOUNTS}
        admin = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token)
        for client in (admin, *clients.values()):
            stack.callback(lambda each: run(each.close()), client)
        for account in ACCOUNTS:
            tokens = Tokens(Issued(bare_ring_two.identities, email(account)))
            api, clusters[account] = adapters(url=plane.url, ca=plane.ca, tokens=tokens)
            stack.callback(api.close)
        yield Stage(ring=bare_ring_two, admin=admin, clients=clients, clusters=clusters)


@pytest.fixture
def stage(standing_stage: Stage) -> Iterator[Stage]:
    yield standing_stage
    standing_stage.ring.background.run(clear(standing_stage.admin))


@pytest.fixture(autouse=True)
def _has_time(monkeypatch: pytest.MonkeyPatch) -> None:
    take_time(monkeypatch)
