"""What only the simulated server can be asked: its books and faults, what it leaves out, how its kubelets write logs.

No real server has any of it, so these tests run on ring 1 alone, and on a server that nobody else calls.
"""

from collections.abc import Iterator

import pytest

from tests.contract.kube import ringone
from tests.contract.kube.ringone import Sandbox
from tests.contract.kube.server import Api, Server, fresh


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with ringone.sandbox(tmp_path_factory.mktemp("sandbox")) as opened:
        yield opened


@pytest.fixture
def server(sandbox: Sandbox) -> Server:
    return sandbox.server


@pytest.fixture
def namespace(core: Api) -> str:
    """With the service account that no controller makes here."""
    name = fresh("ns")
    core.create_namespace({"metadata": {"name": name}})
    core.create_namespaced_service_account(name, {"metadata": {"name": "default"}})
    return name
