"""The canary of a run whose verdict nothing has proven: the denied node whose drain disturbs the fewest pods.

Others are taken beside each other once it is verified.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions import events
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


def test_the_other_places_are_used_once_the_first_node_is_verified(
    here: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here, "scene", replace(SCENE, asked={"maxUnavailable": "2"}))
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    further = next(line for line in story.mail.lines if line.get("slot") == 1)
    before = [line["event"] for line in story.mail.lines[: story.mail.lines.index(further)]]
    assert before.count(events.RENEWED) == 1, story.told()
    (refresh,) = here.world.view.list("noderefreshes")
    assert [slot["index"] for slot in refresh["status"]["slots"]] == [0, 1], story.told()


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
