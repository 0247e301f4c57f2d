"""The canary of a run whose verdict nothing has proven: the denied node whose drain disturbs the fewest pods."""

from collections.abc import Iterator

import pytest

from functions.ownership import STALE
from sandbox.objects.pods import is_ready, node_of
from sandbox.scenarios import runbook
from tests.e2e import smallest
from tests.proof.calls import cordons_for
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.scene import Scene
from tests.proof.story import Story
from tests.proof.waiting import comes
from tests.proof.watch import watched

NODES = (runbook.A1, runbook.B1)
SCENE = Scene(name="canary", ends="Succeeded", nodes=NODES, ails=NODES, asked={"deleteBarePods": True})
ALONE = "alone"


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    with laboratory(SCENE) as found:
        yield found


@pytest.mark.parametrize("crowded, canary", [NODES, NODES[::-1]])
def test_the_first_node_is_the_one_whose_drain_disturbs_fewer_pods(here: Laboratory, crowded: str, canary: str) -> None:
    here.background.run(one_pod_more(here, crowded))
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    cordoned = [call.name for call in here.world.books for _ in cordons_for(call)]
    assert cordoned == [canary, crowded], story.told()
    denied = [call.name for call in here.world.books if STALE in (call.body.get("metadata") or {}).get("labels", {})]
    assert set(denied[:2]) == set(NODES)  # it was a choice


async def one_pod_more(here: Laboratory, node: str) -> None:
    made = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": ALONE, "namespace": runbook.NAMESPACE},
        "spec": {"nodeName": node, "containers": [{"name": ALONE, "image": smallest.IMAGE}]},
    }
    await here.world.admin.create("pods", made)

    def runs() -> bool:
        pods = here.world.view.list("pods", runbook.NAMESPACE)
        return sum(node_of(pod) == node and is_ready(pod) for pod in pods) == 1 + 1

    await comes(here.stage, runs, f"two pods on {node}, READY")
