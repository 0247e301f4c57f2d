"""The real kubectl drains, restarts and waits, and the controllers and kubelets do their part."""

from typing import Any

import pytest

from sandbox.books import Call
from tests.contract.machines.lab import IMAGE, Lab
from tests.contract.machines.states import is_ready

pytestmark = pytest.mark.kubectl

LABELS = {"app": "ocr"}


def workload(name: str, labels: dict[str, str], **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": IMAGE}]}}
    return {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": labels}, "template": template, **spec}}


async def test_a_drain_moves_pods_within_their_budget_and_leaves_daemons(lab: Lab) -> None:
    for name in ("node-1", "node-2"):
        await lab.machine(name)
    await lab.create("deployments", workload("ocr", LABELS, replicas=4))
    await lab.create("daemonsets", workload("agent", {"app": "agent"}))
    budget = {"metadata": {"name": "ocr"}, "spec": {"selector": {"matchLabels": LABELS}, "maxUnavailable": 1}}
    await lab.create("poddisruptionbudgets", budget)
    await lab.running_pods(6)
    await lab.kubectl("drain", "node-1", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=90s")
    pods = await lab.running_pods(4, "app=ocr")
    assert {pod["spec"]["nodeName"] for pod in pods} == {"node-2"}
    assert len([pod for pod in await lab.pods("app=agent") if is_ready(pod)]) == 2
    evictions = lab.books.calls(api="kubernetes", resource="pods/eviction")
    assert [call.status for call in evictions].count(201) == 2
    assert any(refused(call) for call in evictions)  # the budget let one go at a time


def refused(eviction: Call) -> bool:
    return eviction.status == 429


async def test_a_rollout_is_restarted_and_awaited(lab: Lab) -> None:
    await lab.machine()
    await lab.create("deployments", workload("ocr", LABELS, replicas=2))
    before = {pod["metadata"]["name"] for pod in await lab.running_pods(2)}
    await lab.kubectl("rollout", "restart", "deployment/ocr")
    said = await lab.kubectl("rollout", "status", "deployment/ocr", "--timeout=90s")
    assert 'deployment "ocr" successfully rolled out' in said
    assert not before & {pod["metadata"]["name"] for pod in await lab.running_pods(2)}
