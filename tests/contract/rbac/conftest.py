"""The stage, once for all tests: roles are put back after every change."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from functions.adapters.tokens import Tokens
from functions.ports import Cluster
from sandbox.kube import KubeClient
from sandbox.real.controlplane import install
from tests.contract.adapters.product import PROJECT, Issued, adapters, email
from tests.contract.rbac.stage import Stage
from tests.ringtwo import RingTwo

ACCOUNTS = ("repull-diagnose", "repull-refresh")


@pytest.fixture(scope="session")
def stage(ring_two: RingTwo) -> Iterator[Stage]:
    plane, run = ring_two.plane, ring_two.background.run
    run(install(plane, PROJECT))
    with ExitStack() as stack:
        clusters: dict[str, Cluster] = {}
        clients = {account: ring_two.client(email(account)) for account in ACCOUNTS}
        admin = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token)
        for client in (admin, *clients.values()):
            stack.callback(lambda each: run(each.close()), client)
        for account in ACCOUNTS:
            tokens = Tokens(Issued(ring_two.identities, email(account)))
            api, clusters[account] = adapters(url=plane.url, ca=plane.ca, tokens=tokens)
            stack.callback(api.close)
        yield Stage(ring=ring_two, admin=admin, clients=clients, clusters=clusters)
