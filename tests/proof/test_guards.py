"""Each obstacle in turn, in the test's own process: it is named, and nothing is done to the node."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from functions.settings import Settings
from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios.refusals import NODE, OBSTACLES, Obstacle
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.product import Message
from tests.proof.story import Story
from tests.proof.watch import watched


@pytest.fixture(scope="module")
def here() -> Iterator[Laboratory]:
    with laboratory() as opened:
        yield opened


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda each: each.name)
def test_what_is_in_the_way_is_named_and_nothing_is_touched(here: Laboratory, obstacle: Obstacle) -> None:
    with in_the_way(here, obstacle) as story:
        story.play(Message(id="start", body=here.scene.start | dict(obstacle.asked)))
        world = here.world
        holds(
            story,
            judge.refresh_ended(world, "Failed", "Failed", naming=obstacle.words),
            judge.counted(world, refused=1),
            judge.no_node_was_cordoned(world),
            judge.nothing_was_evicted(world),
            judge.were_reset(world, ()),
            judge.nothing_is_left(world),
        )


def test_a_lack_of_room_is_said_and_the_node_is_renewed_all_the_same(here: Laboratory) -> None:
    """Without the setting."""
    (obstacle,) = (each for each in OBSTACLES if each.name == "no-room")
    with in_the_way(here, obstacle, settings={}) as story:
        story.play(story.start)
        said = [line for line in story.mail.lines if line["event"] == "repull.no_room"]
        assert [line["node"] for line in said] == [NODE]
        assert all(word in said[0]["message"] for word in obstacle.words)
        told = [each["message"] for each in here.world.view.list("events") if each["reason"] == "RepullNoRoom"]
        assert told == [said[0]["message"].removeprefix(f"node {NODE}: ")]
        holds(story, judge.were_reset(here.world, [NODE]), judge.refresh_ended(here.world, "Succeeded", "Complete"))


@contextmanager
def in_the_way(here: Laboratory, obstacle: Obstacle, *, settings: dict[str, str] | None = None) -> Iterator[Story]:
    """A story whose start asks for NODE, which can't pull; the obstacle is taken away afterwards."""
    here.prepare()
    before = here.settings
    here.settings = Settings.from_environ(
        here.world.refresh.environ | dict(obstacle.settings if settings is None else settings)
    )
    standing = obstacle.inside(here.stage)
    here.background.run(standing.__aenter__())
    try:
        story = watched(here, Story(laboratory=here))
        here.world.books._calls.clear()
        yield story
    finally:
        here.background.run(standing.__aexit__(None, None, None))
        here.settings = before


def holds(story: Story, *checks: Check) -> None:
    assert all(check.holds for check in checks), "\n".join((*(check.line for check in checks), story.told()))
