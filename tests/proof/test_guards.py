"""Each obstacle in turn, in the test's own process: it is named, and nothing is done to the node."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from functions.settings import read_settings
from sandbox import judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.scenarios import obstacles
from sandbox.scenarios.attached_volume import attachment
from sandbox.scenarios.refusal import NODE, End, Refusal
from sandbox.scenarios.refusals import REFUSALS
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.product import Message
from tests.proof.story import Story
from tests.proof.watch import watched


@pytest.fixture(scope="module")
def here() -> Iterator[Laboratory]:
    with laboratory() as opened:
        yield opened


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.name)
def test_what_is_in_the_way_is_named_and_nothing_is_touched(here: Laboratory, refusal: Refusal) -> None:
    with in_the_way(here, refusal, refusal.settings) as story:
        story.may_write = refusal.end is not End.NOT_OPENED
        if refusal.end is End.HELD:
            story.deliver(start(here, refusal))
            story.deliver(story.mail.steps[0])
        else:
            story.play(start(here, refusal))
        said = "\n".join(str(line["message"]) for line in story.mail.lines)
        holds(story, *refusal.judged(here.world, said))
    holds(story, *refusal.judged_afterwards(here.world))


def test_without_an_obstacle_the_node_is_renewed(here: Laboratory) -> None:
    """So it is the obstacle that keeps it from being touched."""
    here.prepare()
    story = Story(laboratory=here)
    story.play(story.start)
    holds(story, judge.were_reset(here.world, [NODE]), judge.refresh_ended(here.world, "Succeeded", "Complete"))


def test_a_lack_of_room_is_said_and_the_node_is_renewed_all_the_same(here: Laboratory) -> None:
    """Without the setting."""
    (refusal,) = (each for each in REFUSALS if each.name == "no-room")
    with in_the_way(here, refusal, {}) as story:
        story.play(story.start)
        said = [line for line in story.mail.lines if line["event"] == "repull.no_room"]
        assert [line["node"] for line in said] == [NODE]
        assert all(word in said[0]["message"] for word in refusal.words)
        told = [each["message"] for each in here.world.view.list("events") if each["reason"] == "RepullNoRoom"]
        assert told == [said[0]["message"].removeprefix(f"node {NODE}: ")]
        holds(story, judge.were_reset(here.world, [NODE]), judge.refresh_ended(here.world, "Succeeded", "Complete"))


def test_the_only_node_of_a_pool_is_renewed_where_the_setting_says_so(here: Laboratory) -> None:
    """A pool of one has no other, and is not healed otherwise."""
    (refusal,) = (each for each in REFUSALS if each.name == "last-node")
    with in_the_way(here, refusal, {"REPULL_LAST_NODE": "warn"}) as story:
        story.play(story.start)
        said = [line["message"] for line in story.mail.lines if line["event"] == "repull.no_room"]
        assert said == [f"node {NODE}: it is the last Ready node of pool apps that takes pods"]
        holds(story, judge.were_reset(here.world, [NODE]), judge.refresh_ended(here.world, "Succeeded", "Complete"))


@pytest.mark.parametrize("told", [True, False], ids=["not-attached", "claims-may-not-be-read"])
def test_a_volume_that_is_let_go_is_not_in_the_way(here: Laboratory, *, told: bool) -> None:
    """A volume without an attacher never was; and where nobody can tell, it is waited for at the re-check."""
    (refusal,) = (each for each in REFUSALS if each.name == "volume-stays")
    run, admin = here.background.run, here.world.admin
    with in_the_way(here, refusal, {}) as story:

        def passing(kind: str, nth: int) -> None:
            if (kind, nth) == ("create pods/eviction", 1):
                run(admin.delete("volumeattachments", obstacles.VOLUME))

        if told:
            run(admin.delete("volumeattachments", obstacles.VOLUME))
        else:
            here.world.faults.add(Fault(api="kubernetes", resource="persistentvolumeclaims", status=403, times=1000))
            story.gate.passing = passing
        story.play(start(here, refusal))
        here.world.faults.clear()
        run(admin.create("volumeattachments", attachment(obstacles.VOLUME, node=NODE)))
        holds(story, judge.were_reset(here.world, [NODE]), judge.refresh_ended(here.world, "Succeeded", "Complete"))


@contextmanager
def in_the_way(here: Laboratory, refusal: Refusal, settings: Mapping[str, str]) -> Iterator[Story]:
    """A story about NODE, which can't pull; the obstacle is taken away afterwards."""
    here.prepare()
    before = here.settings
    here.settings = read_settings(here.world.refresh.environ | dict(settings))
    standing = refusal.inside(here.stage)
    here.background.run(standing.__aenter__())
    try:
        here.world.books._calls.clear()
        yield watched(here, Story(laboratory=here))
    finally:
        here.background.run(standing.__aexit__(None, None, None))
        here.settings = before


def start(here: Laboratory, refusal: Refusal) -> Message:
    return Message(id="start", body=here.scene.start | dict(refusal.asked))


def holds(story: Story, *checks: Check) -> None:
    assert all(check.holds for check in checks), "\n".join((*(check.line for check in checks), story.told()))
