"""Pods that could not pull are retried on a node that can, whoever dies: who comes after does not look at it again."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions import events
from functions.reply import Reply
from functions.settings import LONGEST_CALL_SECONDS
from sandbox import deployment
from sandbox.faults import Fault
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.smallest import OTHER, STALE, WORKER
from tests.proof import acts
from tests.proof.gate import Life
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.scene import Scene
from tests.proof.scenes import SCENES
from tests.proof.story import Story
from tests.proof.waiting import waits_with
from tests.proof.watch import ends_as, watched

RETRIES = SCENES["retries"]
LONG = 0.55
"""Of the time that an invocation holds its slot: two such calls are too many for one that does not breathe."""


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    with laboratory(RETRIES) as found:
        yield found


def prepared(opened: Laboratory, scene: Scene) -> Laboratory:
    opened.become(scene)
    opened.prepare()
    return opened


def test_who_dies_as_it_has_counted_a_node_that_can_pull_has_retried_its_pods(opened: Laboratory) -> None:
    here = prepared(opened, RETRIES)
    story = watched(here, Story(laboratory=here))

    def fresh() -> int:
        (refresh,) = here.world.view.list("noderefreshes")
        return int((refresh.get("status") or {}).get("fresh") or 0)

    def dying(life: Life) -> None:
        life.dead = bool(fresh())

    story.deliver(story.start)
    (step,) = story.mail.steps
    assert story.deliver(step, dying) is None, story.told()
    calls = here.world.books.calls(verb="delete", resource="pods", user=deployment.REFRESH)
    assert [call.name for call in calls if call.name.startswith(WORKER)] != [], story.told()
    here.time.skip(here.settings.holder_seconds)
    story.play(step)
    ends_as(here, story, None)


@pytest.mark.parametrize("status", [403, 500])
def test_a_pod_that_nobody_may_delete_does_not_keep_the_run_from_the_nodes_that_need_it(
    opened: Laboratory, status: int
) -> None:
    """A policy denies it (403), or the webhook that is asked about it is down (500)."""
    here = prepared(opened, replace(RETRIES, asked={"nodes": f"{STALE},{OTHER}"}, ready=failed_here_stale_there))
    pod = failing(here)
    here.world.faults.add(
        Fault(verb="delete", resource="pods", name=pod, user=deployment.REFRESH, status=status, times=10**9)
    )
    story = watched(here, Story(laboratory=here))

    story.play(story.start)

    (refresh,) = here.world.view.list("noderefreshes")
    done = {name: refresh["status"].get(name) for name in ("phase", "fresh", "renewed")}
    assert done == {"phase": "Succeeded", "fresh": 1, "renewed": 1}, story.told()
    said = [line["message"] for line in story.mail.lines if line["event"] == events.POD_RETRIED and line["warning"]]
    assert [f"can't delete {runbook.NAMESPACE}/{pod}, " in each for each in said] == [True], story.told()


async def failed_here_stale_there(stage: Stage) -> None:
    """The one node has come round, and its kubelet backs off still; the other can't pull."""
    await acts.failed(stage)
    stage.world.fleet[OTHER].make_stale()


def failing(here: Laboratory) -> str:
    pods = here.world.view.list("pods", runbook.NAMESPACE)
    (found,) = [pod for pod in pods if node_of(pod) == STALE and waits_with(pod, "ImagePullBackOff")]
    return name_of(found)


def test_an_invocation_without_much_time_counts_the_node_and_leaves_its_pods_to_the_kubelet(opened: Laboratory) -> None:
    """Deletions that nobody answers may take all of it, and who is killed amid them has found out nothing."""
    here = prepared(opened, RETRIES)
    here.settings = replace(here.settings, budget_seconds=LONGEST_CALL_SECONDS + 30, probe_seconds=10)
    pod = failing(here)
    story = watched(here, Story(laboratory=here))
    story.deliver(story.start)
    (step,) = story.mail.steps

    def passing(life: Life) -> None:
        if life.at == ("delete pods", 1):  # of the probe, which has its answer
            here.time.skip(LONG * here.settings.holder_seconds)

    story.deliver(step, passing)

    (refresh,) = here.world.view.list("noderefreshes")
    assert refresh["status"].get("fresh") == 1, story.told()
    deleted = here.world.books.calls(verb="delete", resource="pods", name=pod, user=deployment.REFRESH)
    assert deleted == [], story.told()


@pytest.mark.parametrize(
    "scene, slow",
    [
        (RETRIES, ("get nodes", "delete pods")),
        (replace(SCENES["can-pull"], asked={"nodes": None}), ("get nodes", "get nodes")),
    ],
    ids=["a-pod", "two-nodes"],
)
def test_a_slow_api_server_does_not_have_nodes_asked_once_more(
    opened: Laboratory, scene: Scene, slow: tuple[str, ...]
) -> None:
    """Nothing is counted by who loses its hold while it sees to what it has asked."""
    here = prepared(opened, scene)
    story = watched(here, Story(laboratory=here))
    story.deliver(story.start)
    (step,) = story.mail.steps
    left = ["create pods", *slow]  # from the probe on

    def passing(life: Life) -> None:
        if left and life.at[0] == left[0]:
            here.time.skip(LONG * here.settings.holder_seconds if len(left) <= len(slow) else 0)
            left.pop(0)

    reply = story.deliver(step, passing)

    assert (reply, left) == (Reply.HANDLED, []), story.told()
