"""The controller of disruption budgets: what it counts."""

import pytest

from tests.contract.machines.lab import Lab, Object
from tests.contract.machines.simulated.workloads import LABELS, status_when, workload


@pytest.mark.parametrize(
    "spec, allowed, desired",
    [
        pytest.param({"minAvailable": 3}, 1, 3, id="number available"),
        pytest.param({"minAvailable": "50%"}, 2, 2, id="percentage available"),
        pytest.param({"maxUnavailable": 1}, 1, 3, id="number unavailable"),
        pytest.param({"maxUnavailable": "30%"}, 2, 2, id="percentage unavailable, rounded up"),
        pytest.param({"maxUnavailable": 0}, 0, 4, id="none"),
        pytest.param({"minAvailable": 4}, 0, 4, id="all"),
    ],
)
async def test_a_budget_counts(lab: Lab, spec: Object, allowed: int, desired: int) -> None:
    await lab.machine()
    await lab.create("deployments", workload(replicas=4))
    budget = {"metadata": {"name": "ocr"}, "spec": {"selector": {"matchLabels": LABELS}, **spec}}
    await lab.create("poddisruptionbudgets", budget)
    wanted = {"expectedPods": 4, "currentHealthy": 4, "desiredHealthy": desired, "disruptionsAllowed": allowed}
    status = await status_when(lab, "poddisruptionbudgets", **wanted)
    (condition,) = status["conditions"]
    assert (condition["type"], condition["status"]) == ("DisruptionAllowed", "True" if allowed else "False")


async def test_a_budget_gives_back_what_an_eviction_took_when_the_replacement_is_ready(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.create("deployments", workload(replicas=2))
    budget = {"metadata": {"name": "ocr"}, "spec": {"selector": {"matchLabels": LABELS}, "maxUnavailable": 1}}
    await lab.create("poddisruptionbudgets", budget)
    (pod, _) = await lab.running_pods(2)
    await status_when(lab, "poddisruptionbudgets", disruptionsAllowed=1)
    name = pod["metadata"]["name"]
    await lab.client.patch("nodes", machine.name, {"spec": {"unschedulable": True}})  # the replacement has to wait
    await lab.create("pods/eviction", {"metadata": {"name": name, "namespace": lab.namespace}})
    await status_when(lab, "poddisruptionbudgets", disruptionsAllowed=0)
    await lab.client.patch("nodes", machine.name, {"spec": {"unschedulable": None}})
    await status_when(lab, "poddisruptionbudgets", disruptionsAllowed=1, disruptedPods=None, currentHealthy=2)
