"""What the simulated server has and a real one has not: books of every call, and faults on demand."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from kubernetes import client

from sandbox.books import Call
from sandbox.faults import Fault
from tests.contract.kube.ringone import Sandbox
from tests.contract.kube.server import Api, fresh, pod, refusal

OPERATOR = "operator@acme.iam.gserviceaccount.com"


@pytest.fixture
def operator(sandbox: Sandbox) -> Iterator[Api]:
    """The core API as a service account of the identities."""
    server = replace(sandbox.server, token=sandbox.identities.issue(OPERATOR))
    with server.connect() as connected:
        yield client.CoreV1Api(connected)
    sandbox.faults.clear()


def _of_operator(sandbox: Sandbox) -> list[Call]:
    return sandbox.books.calls(api="kubernetes", user=OPERATOR)


def test_every_call_is_in_the_books_with_who_made_it(sandbox: Sandbox, operator: Api, namespace: str) -> None:
    before = len(_of_operator(sandbox))
    operator.create_namespaced_pod(namespace, pod("web"))
    operator.list_namespaced_pod(namespace)
    eviction = {"metadata": {"name": "web", "namespace": namespace}}
    operator.create_namespaced_pod_eviction("web", namespace, eviction)
    refusal(operator.read_namespaced_pod, "web", namespace)
    seen = [(call.verb, call.resource, call.name, call.status) for call in _of_operator(sandbox)[before:]]
    assert seen == [
        ("create", "pods", "web", 201),
        ("list", "pods", "", 200),
        ("create", "pods/eviction", "web", 201),
        ("get", "pods", "web", 404),
    ]
    evicted = sandbox.books.calls(user=OPERATOR, resource="pods/eviction", namespace=namespace)
    assert evicted[0].body["metadata"] == eviction["metadata"]


def test_revoked_token_names_nobody(sandbox: Sandbox) -> None:
    token = sandbox.identities.issue(OPERATOR)
    server = replace(sandbox.server, token=token)
    with server.connect() as connected:
        core = client.CoreV1Api(connected)
        assert core.list_namespace().items
        sandbox.identities.revoke(token)
        assert refusal(core.list_namespace)["code"] == 401
    assert sandbox.books.calls(user="", resource="namespaces", verb="list")[-1].status == 401


def test_fault_answers_instead_of_the_api(sandbox: Sandbox, operator: Api, node: str) -> None:
    sandbox.faults.add(Fault(api="kubernetes", verb="patch", resource="nodes", name=node, first=2, status=500))
    cordon = {"spec": {"unschedulable": True}}
    operator.patch_node(node, cordon)
    assert refusal(operator.patch_node, node, {"spec": {"unschedulable": None}})["code"] == 500
    assert operator.read_node(node).spec.unschedulable is True


def test_dropped_answer_is_a_done_deed(sandbox: Sandbox, node: str) -> None:
    sandbox.faults.add(Fault(api="kubernetes", verb="patch", resource="nodes", name=node, drop=True))
    headers = {
        "authorization": f"Bearer {sandbox.server.token}",
        "content-type": "application/merge-patch+json",
    }
    with httpx.Client(base_url=sandbox.server.url, verify=False, headers=headers) as raw:
        path = f"/api/v1/nodes/{node}"
        with pytest.raises(httpx.TransportError):
            raw.patch(path, json={"spec": {"unschedulable": True}})
        sandbox.faults.clear()
        assert raw.get(path).json()["spec"]["unschedulable"] is True
    assert [call.status for call in sandbox.books.calls(verb="patch", name=node)] == [0]


def test_hooks_run_around_the_work(sandbox: Sandbox, operator: Api, node: str) -> None:
    seen: list[bool | None] = []

    async def look() -> None:
        seen.append(sandbox.api.store.get("nodes", node)["spec"].get("unschedulable"))

    sandbox.faults.add(Fault(api="kubernetes", verb="patch", name=node, before=look, after=look))
    operator.patch_node(node, {"spec": {"unschedulable": True}})
    assert seen == [None, True]


def test_caller_that_dies_before_the_work_has_done_nothing(sandbox: Sandbox, node: str) -> None:
    """The hook kills the caller's process: here, its connection."""
    arrived = asyncio.Event()

    async def call_and_die() -> None:
        sandbox.faults.add(Fault(api="kubernetes", verb="patch", name=node, before=die))
        headers = {
            "authorization": f"Bearer {sandbox.server.token}",
            "content-type": "application/merge-patch+json",
        }
        async with httpx.AsyncClient(verify=False, headers=headers) as dying:
            cordon = {"spec": {"unschedulable": True}}
            call = asyncio.create_task(dying.patch(f"{sandbox.server.url}/api/v1/nodes/{node}", json=cordon))
            await arrived.wait()
            call.cancel()
            await asyncio.wait([call])

    async def die() -> None:
        arrived.set()

    sandbox.background.run(call_and_die())
    sandbox.faults.clear()
    assert "unschedulable" not in sandbox.api.store.get("nodes", node)["spec"]
    assert sandbox.books.calls(verb="patch", name=node) == []


def test_store_seeds_with_a_status_and_is_read_over_the_api(sandbox: Sandbox, core: Api) -> None:
    name = fresh("seeded")
    state = {"conditions": [{"type": "Ready", "status": "True"}]}
    sandbox.api.store.create("nodes", {"metadata": {"name": name}, "status": state})
    assert core.read_node(name).status.conditions[0].status == "True"
    core.patch_node(name, {"spec": {"unschedulable": True}})
    assert sandbox.api.store.get("nodes", name)["spec"]["unschedulable"] is True
