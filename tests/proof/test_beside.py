"""Nodes of one run that are in each other's way: one waits until the other is back, and none is refused for it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from functions.reply import Reply
from sandbox import deployment, judge
from sandbox.books import Call
from sandbox.scenarios import runbook
from tests.proof import acts
from tests.proof.gate import Gate, Life
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.scene import Scene
from tests.proof.story import Story
from tests.proof.watch import watched

CANARY, FIRST, SECOND = NODES = (runbook.A1, runbook.B1, runbook.B2)
SCENE = Scene(
    name="beside",
    ends="Succeeded",
    nodes=(*NODES, runbook.A2),
    ails=NODES,
    pools={FIRST: acts.BATCH, SECOND: acts.BATCH},
    asked={"maxUnavailable": "2"},
)


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    with laboratory(SCENE) as found:
        found.settings = replace(found.settings, holder_seconds=200, probe_seconds=30, budget_seconds=100)
        yield found


def test_two_nodes_that_are_a_whole_pool_go_one_after_the_other(here: Laboratory) -> None:
    """The second is not the last Ready node of its pool for good, and so it is not refused."""
    meanwhile: list[tuple[Reply | None, dict[str, Any]]] = []

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("create pods/eviction", 2):  # the first of the two is cordoned
            reply = story.deliver(story.mail.steps[-1])  # of the slot that the canary was in
            (refresh,) = here.world.view.list("noderefreshes")
            meanwhile.append((reply, refresh["status"]["slots"][0]))

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)

    ((reply, slot),) = meanwhile
    assert reply is Reply.HANDLED, story.told()  # it has handed over, and will look again
    assert (slot["node"], slot["phase"]) == (SECOND, "Preflight")
    assert slot["reason"] == f"it goes once others of this run are back in service: {FIRST} (1)"
    went_one_by_one(here, story, NODES)


@pytest.mark.parametrize("look", [1, 2, 3], ids=["it-is-looked-at", "it-is-judged", "it-is-written"])
def test_who_is_overtaken_before_its_cordon_waits(here: Laboratory, look: int) -> None:
    """The other has been cordoned since, and its process has died."""
    overtaken, asked = list[str](), count(1)

    def dying(life: Life) -> None:
        life.dead = life.at[0] == "create pods/eviction"

    def passing(kind: str, _: int) -> None:
        slots = {slot["index"]: slot for each in here.world.view.list("noderefreshes") for slot in slots_of(each)}
        asks = kind == "get configmaps" and slots.get(1, {}).get("phase") == "Preflight" and not overtaken
        if asks and next(asked) == look:
            overtaken.append(slots[1]["node"])
            assert story.deliver(story.mail.steps[-1], dying) is None

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)

    assert overtaken == [FIRST], story.told()
    went_one_by_one(here, story, (CANARY, SECOND, FIRST))


def slots_of(refresh: dict[str, Any]) -> list[dict[str, Any]]:
    return (refresh.get("status") or {}).get("slots") or []


def went_one_by_one(here: Laboratory, story: Story, nodes: tuple[str, ...]) -> None:
    """Each is in service again before the next one goes; and in the end all of them have been renewed."""
    patches = here.world.books.calls(api="kubernetes", verb="patch", resource="nodes", user=deployment.REFRESH)
    seen = [(call.name, call.body["spec"]["unschedulable"]) for call in patches if says_so(call)]
    assert seen == [(name, cordoned) for name in nodes for cordoned in (True, None)], story.told()
    for check in (
        judge.were_reset(here.world, nodes),
        judge.counted(here.world, renewed=len(nodes)),
        judge.refresh_ended(here.world, "Succeeded", "Complete"),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"


def says_so(call: Call) -> bool:
    return "unschedulable" in (call.body.get("spec") or {})
