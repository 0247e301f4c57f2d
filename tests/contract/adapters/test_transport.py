"""Connections: tokens that expire, servers that are busy or refuse, and what is never tried twice."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from google.auth.exceptions import RefreshError

from functions.adapters import kube_transport
from functions.adapters.clock import pause
from functions.adapters.kube_answers import Answer, error
from functions.adapters.kube_resources import NODES, PODS
from functions.errors import Refused, Retryable
from functions.model.cluster import NodeChange
from sandbox.identities import Identities
from tests.contract.adapters.product import EMAIL
from tests.contract.adapters.server import Server


def test_one_token_serves_many_calls(server: Server) -> None:
    for _ in range(3):
        server.cluster.nodes.get("a")

    assert server.credentials.refreshes == 1
    assert {call.user for call in server.books} == {EMAIL}


def accepted(server: Server, token: str) -> bool:
    authorization = {"Authorization": f"Bearer {token}"}
    answer = requests.get(
        f"{server.ring.endpoint.url}/api/v1/nodes/a",
        headers=authorization,
        verify=str(server.ring.endpoint.ca),
        timeout=60,
    )
    return answer.status_code != 401


def test_a_token_that_the_server_no_longer_takes_is_renewed_once(server: Server) -> None:
    """A real API server goes on taking it for ten seconds."""
    server.node("a")
    server.cluster.nodes.get("a")
    token = str(server.credentials.token)
    server.ring.identities.revoke(token)
    server.await_true(lambda: not accepted(server, token))

    assert server.cluster.nodes.get("a") is not None
    assert server.credentials.refreshes == 2


def test_an_identity_that_the_cluster_does_not_know(server: Server) -> None:
    server.credentials.identities = Identities()  # of another cloud

    with pytest.raises(Refused, match="get nodes a: 401"):
        server.cluster.nodes.get("a")

    assert server.credentials.refreshes == 2


def test_a_metadata_server_that_is_away(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(request: object) -> None:
        raise RefreshError(f"away: {request}")  # type: ignore[no-untyped-call]  # google-auth leaves it so

    monkeypatch.setattr(server.credentials, "refresh", away)

    with pytest.raises(Retryable, match="access token: away"):
        server.cluster.nodes.get("a")


def connections(server: Server) -> set[object]:
    return set(server.served._server.server_state.connections)


def eventually(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """The server learns a moment later that a connection was closed."""
    end = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < end:
        pause(0.01)
    return found


def test_connections_are_kept_for_the_next_call(server: Server) -> None:
    for _ in range(10):
        server.cluster.nodes.get("a")
    assert len(connections(server)) == 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(server.cluster.nodes.get, ["a"] * 80))

    assert 1 <= len(connections(server)) <= 8


def test_connections_of_before_a_long_pause_are_not_trusted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance between two requests is frozen, and what it was connected to may have forgotten it."""
    server.cluster.nodes.get("a")
    (first,) = connections(server)
    server.cluster.nodes.get("a")
    assert connections(server) == {first}
    monkeypatch.setattr(kube_transport, "IDLE_SECONDS", 0)

    server.cluster.nodes.get("a")

    assert eventually(lambda: first not in connections(server))


def test_a_watch_that_is_left_early_leaves_no_connection_behind(server: Server) -> None:
    server.node("a")

    for _ in range(3):
        assert next(server.follow("a")) is not None

    assert eventually(lambda: len(connections(server)) <= 1)


def test_a_read_is_tried_again_where_the_server_is_busy_or_hangs_up(server: Server) -> None:
    server.node("a")
    server.fault(verb="get", resource="nodes", status=503)
    server.fault(verb="get", resource="nodes", first=2, drop=True)

    assert server.cluster.nodes.get("a") is not None
    assert len(server.books.calls(verb="get", resource="nodes")) == 3


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_read_is_not_tried_for_ever(server: Server, status: int) -> None:
    server.fault(verb="get", resource="nodes", status=status, times=100, headers={"Retry-After": "30"})
    began = time.monotonic()

    with pytest.raises(Retryable, match=f"get nodes a: {status}"):
        server.cluster.nodes.get("a")

    assert time.monotonic() - began < 30
    assert len(server.books.calls(verb="get", resource="nodes")) == 3


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"drop": True}])
def test_a_write_is_never_tried_again(server: Server, fault: dict[str, Any]) -> None:
    """Whoever writes must first make sure that it still may."""
    server.node("a")
    node = server.cluster.nodes.get("a")
    assert node is not None
    server.fault(verb="patch", resource="nodes", **fault)

    with pytest.raises(Retryable, match="patch nodes a"):
        server.cluster.nodes.change(node, NodeChange(unschedulable=True))

    assert len(server.books.calls(verb="patch", resource="nodes")) == 1


def test_a_refusal_names_what_is_missing_in_rbac() -> None:
    said = 'nodes "a" is forbidden: User "x" cannot patch resource "nodes" in API group "" at the cluster scope'
    answer = Answer(status=403, body=json.dumps({"kind": "Status", "message": said}).encode())

    refusal = error(answer, "patch", NODES, "a")

    assert isinstance(refusal, Refused)
    assert str(refusal) == (
        f'patch nodes a: 403 {said}; missing in RBAC: apiGroups: [""], resources: ["nodes"], verbs: ["patch"]; '
        "repull's own accounts get it by make install CLUSTER=PROJECT/LOCATION/NAME "
        "(by kubectl apply -k infra/cluster where its files are filled in)"
    )


def test_a_refusal_by_admission_does_not_speak_of_rbac() -> None:
    said = 'pods "probe" is forbidden: violates PodSecurity "restricted:latest"'
    answer = Answer(status=403, body=json.dumps({"kind": "Status", "message": said}).encode())

    assert str(error(answer, "create", PODS, "probe")) == f"create pods probe: 403 {said}"


def test_an_answer_of_something_else_on_the_way_is_cut() -> None:
    answer = Answer(status=502, body=b"<html>" + b"x" * 5000)

    failure = error(answer, "get", NODES, "a")

    assert isinstance(failure, Retryable)
    assert len(str(failure)) < 600
