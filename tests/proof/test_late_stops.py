"""An abort that comes while the last look before a change is under way keeps the change from being made."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from sandbox import judge
from sandbox.scenarios.stage import Stage
from tests.proof import acts
from tests.proof.laboratory import Laboratory
from tests.proof.scene import Act, Body
from tests.proof.story import Story
from tests.proof.watch import watched

UNHURRIED = 300.0
"""Nothing is written for the sake of the hold, by which an abort would be heard of."""
STEPS = pytest.mark.parametrize(
    "moment",
    [("list volumeattachments", 2), ("create configmaps", 1), ("patch nodes", 2)],
    ids=["in-the-last-look", "as-it-is-remembered", "as-the-node-is-marked"],
)


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    opened.prepare()
    scene, settings = opened.scene, opened.settings
    opened.settings = replace(settings, holder_seconds=UNHURRIED)
    yield opened
    opened.scene, opened.settings = scene, settings


def played(here: Laboratory, amid: Mapping[tuple[str, int], Act]) -> Story:
    here.scene = replace(here.scene, amid=dict(amid))
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    return story


@STEPS
def test_an_abort_before_the_call_keeps_the_machine_from_its_renewal(here: Laboratory, moment: tuple[str, int]) -> None:
    """Then it counts for no cooldown either, and the node is back in service."""
    story = played(here, {moment: acts.abort})

    for check in (
        judge.were_reset(here.world, ()),
        judge.refresh_ended(here.world, "Aborted", "Aborted", naming=("aborted by message",)),
        judge.nothing_is_left(here.world),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"
    for state in here.world.view.list("configmaps", "repull"):
        assert json.loads((state.get("data") or {}).get("renewals", "[]")) == [], story.told()


def test_after_an_abort_no_further_pod_is_evicted(here: Laboratory) -> None:
    """A budget refuses the first, which would be asked for again; the hold is not half over."""

    async def guard_and_abort(stage: Stage) -> Body:
        await acts.guard(stage)
        return await acts.abort(stage)

    story = played(here, {("create pods/eviction", 1): guard_and_abort})

    asked = [call for life in story.lives for call in life.calls if call == "create pods/eviction"]
    assert len(asked) == 1, story.told()
