"""What holds the chain holds it whenever it comes, and what a setting forbids by now is not done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from functions import events
from functions.reply import Reply
from functions.settings import read_settings
from sandbox import deployment
from sandbox.books import Call
from sandbox.scenarios import runbook
from tests.e2e.smallest import IMAGE, STALE
from tests.proof.gate import Gate, Life
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.product import Message
from tests.proof.scene import Scene
from tests.proof.story import SWEEP, Story
from tests.proof.watch import watched

SCENE = Scene(name="brakes", ends="", nodes=tuple(runbook.NODES))


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    with laboratory(SCENE) as found:
        yield found


def test_the_breaker_stays_open_until_a_person_has_closed_it(here: Laboratory) -> None:
    """However long that takes; and what came before does not trip it again."""
    story = watched(here, Story(laboratory=here))
    with settings(here, REPULL_BREAKER_RENEWALS="1"):
        until_silent(story, start(here, runbook.A1, runbook.A2, runbook.B1))
        assert (resets(here), "renewals within an hour: 1" in held(here)) == ([runbook.A1], True), story.told()
        here.time.skip(2 * 3600)
        until_silent(story, SWEEP)
        assert (resets(here), "circuit breaker is open" in held(here)) == ([runbook.A1], True), story.told()
        close(here)
        until_silent(story, SWEEP)
        assert (resets(here), "circuit breaker is open" in held(here)) == ([runbook.A1, runbook.A2], True), story.told()
        close(here)
        story.play(SWEEP)
    assert (resets(here), phase(here)) == ([runbook.A1, runbook.A2, runbook.B1], "Succeeded"), story.told()


def test_who_dies_as_the_breaker_trips_has_told_of_it(here: Laboratory) -> None:
    """Whoever comes after finds it open, and that alone alarms nobody."""
    story = watched(here, Story(laboratory=here))

    def dying(life: Life) -> None:
        life.last = bool(resets(here)) and life.calls[-1] == "update configmaps"

    with settings(here, REPULL_BREAKER_RENEWALS="1"):
        story.deliver(start(here, runbook.A1, runbook.B1))
        while story.replies[-1][1] is not None:
            story.deliver(story.mail.steps[-1], dying)
        here.time.skip(here.settings.holder_seconds)
        until_silent(story, story.mail.steps[-1])
    assert "circuit breaker is open" in held(here), story.told()
    assert [line["event"] for line in story.mail.lines].count(events.BREAKER_TRIPPED) == 1, story.told()


def test_slots_side_by_side_do_not_pass_the_breaker_together(here: Laboratory) -> None:
    """Two of four nodes may be renewed within an hour; one is, and one is being drained when a third is looked at."""
    story = watched(here, Story(laboratory=here))
    with settings(here, REPULL_BREAKER_PERCENT="50", REPULL_HOLDER_SECONDS="300"):
        asked = start(here, runbook.A1, runbook.A2, runbook.B1, maxUnavailable="2")
        story.deliver(asked)
        story.deliver(story.mail.steps[0])
        first, *others = story.mail.steps[1:]

        def draining(life: Life) -> None:
            if life.at[0] == "create pods/eviction" and others:
                story.deliver(others.pop())

        story.deliver(first, draining)
    assert "renewals within an hour in pool apps of 4 nodes: 2" in held(here), story.told()
    assert len(resets(here)) == 2, story.told()


def test_a_pause_while_a_node_is_looked_for_is_seen_before_it_is_asked(here: Laboratory) -> None:
    def looking(life: Life) -> None:
        if life.calls[-1] == "get nodes":
            pause(here, "wait")

    story = watched(here, Story(laboratory=here))
    story.deliver(start(here, STALE, force=False))
    assert story.deliver(story.mail.steps[0], looking) is Reply.HANDLED
    assert [line for line in story.mail.lines if line["event"] == events.PROBED] == [], story.told()
    goes_on_after_a_pause(here, story)


def test_a_pause_during_the_preflight_is_seen_by_its_compare_and_set(here: Laboratory) -> None:
    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("list poddisruptionbudgets", 1):
            pause(here, "wait")

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    until_silent(story, start(here, STALE))
    assert [line for line in story.mail.lines if line.get("phase") == "Cordon"] == []
    goes_on_after_a_pause(here, story)


def test_a_pause_while_the_process_is_dead_right_before_its_cordon_is_heeded(here: Laboratory) -> None:
    """The slot says Cordon, and the node is not: whoever takes it up does not cordon it."""
    story = dead_before_its_cordon(here)
    pause(here, "wait")
    here.time.skip(here.settings.holder_seconds)
    assert story.deliver(story.mail.steps[0]) is Reply.HANDLED
    goes_on_after_a_pause(here, story)


def test_a_pause_right_before_a_cordon_is_heeded(here: Laboratory) -> None:
    """By the very process that has judged the node."""

    def looking(_: Life) -> None:
        if here.is_about_to_cordon():
            pause(here, "wait")

    story = watched(here, Story(laboratory=here))
    story.deliver(start(here, STALE))
    assert story.deliver(story.mail.steps[0], looking) is Reply.HANDLED
    assert "Cordon" in [line.get("phase") for line in story.mail.lines], story.told()
    goes_on_after_a_pause(here, story)


def test_what_was_judged_before_its_process_died_is_judged_anew(here: Laboratory) -> None:
    """An hour later a pod is there that nobody would bring back."""
    story = dead_before_its_cordon(here)
    lone = {"metadata": {"name": "lone"}, "spec": {"nodeName": STALE, "containers": [{"name": "app", "image": IMAGE}]}}
    here.background.run(here.world.admin.create("pods", lone, runbook.NAMESPACE))
    try:
        here.time.skip(here.settings.holder_seconds)
        story.play(story.mail.steps[0])
    finally:
        here.background.run(here.world.admin.delete("pods", "lone", runbook.NAMESPACE, grace=0))
    assert (resets(here), phase(here)) == ([], "Failed"), story.told()
    assert "pod prod-app/lone has no controller" in str(status(here)["notes"])
    assert [call.name for call in changes_of_nodes(here) if "unschedulable" in call.body.get("spec", {})] == []


def test_what_a_setting_forbids_meanwhile_is_not_done(here: Laboratory) -> None:
    """A node that can pull is left alone, though its renewal was asked for when that was allowed."""
    here.world.fleet[STALE].renew_token()
    story = watched(here, Story(laboratory=here))
    story.deliver(start(here, STALE))
    with settings(here, REPULL_FORCE="forbid"):
        story.play(*story.mail.steps[:1])
    assert (resets(here), status(here)["fresh"], phase(here)) == ([], 1, "Succeeded"), story.told()


def test_a_run_that_stops_takes_the_taint_off_those_that_wait(here: Laboratory) -> None:
    """Two can't pull, and are closed to new pods; the renewal of the first is in vain. Nobody sweeps."""
    for name in (runbook.A1, runbook.A2):
        here.world.fleet[name].heals = False
        here.world.fleet[name].make_stale()
    story = watched(here, Story(laboratory=here))
    story.play(start(here, runbook.A1, runbook.A2, force=False))
    (failed,) = resets(here)
    others = [each for each in here.world.view.list("nodes") if each["metadata"]["name"] != failed]
    assert sum(call.body.get("spec", {}).get("taints") is not None for call in changes_of_nodes(here)) >= 2
    assert [each for each in others if "repull.dev/stale" in each["metadata"]["labels"]] == [], story.told()
    assert [taint for each in others for taint in each["spec"].get("taints") or () if "repull" in taint["key"]] == []


def dead_before_its_cordon(here: Laboratory) -> Story:
    """The slot says Cordon, and whoever has judged its node is dead."""
    story = watched(here, Story(laboratory=here))

    def dying(life: Life) -> None:
        life.dead = here.is_about_to_cordon()

    story.deliver(start(here, STALE))
    assert story.deliver(story.mail.steps[0], dying) is None, story.told()
    return story


def goes_on_after_a_pause(here: Laboratory, story: Story) -> None:
    """Nothing was touched; it rests, and goes on by itself."""
    assert (resets(here), "paused: wait" in held(here)) == ([], True), story.told()
    assert [each for each in here.world.view.list("nodes") if each["spec"].get("unschedulable")] == []
    pause(here, None)
    story.play(SWEEP)
    assert (resets(here), phase(here)) == ([STALE], "Succeeded"), story.told()


def start(here: Laboratory, *nodes: str, **asked: Any) -> Message:
    """Whether or not they can pull."""
    return Message(id="start", body={**here.scene.start, "force": True, "nodes": ",".join(nodes), **asked})


def until_silent(story: Story, *messages: Message) -> None:
    """Deliver these, and whatever is published then."""
    waiting, taken = list(messages), len(story.mail.steps)
    while waiting:
        story.deliver(waiting.pop(0))
        waiting += story.mail.steps[taken:]
        taken = len(story.mail.steps)


@contextmanager
def settings(here: Laboratory, **changed: str) -> Iterator[None]:
    before = here.settings
    here.settings = read_settings(here.world.refresh.environ | changed)
    try:
        yield
    finally:
        here.settings = before


def close(here: Laboratory) -> None:
    run(here, here.world.admin.patch("configmaps", "state", {"data": {"breaker": None}}, "repull"))


def pause(here: Laboratory, why: str | None) -> None:
    annotations = {"metadata": {"annotations": {"repull.dev/pause": why}}}
    for each in here.world.view.list("noderefreshes"):
        run(here, here.world.admin.patch("noderefreshes", each["metadata"]["name"], annotations))


def run(here: Laboratory, work: Any) -> None:
    here.background.run(work)


def resets(here: Laboratory) -> list[str]:
    return [call.name for call in here.world.books.calls(api="compute", verb="reset")]


def changes_of_nodes(here: Laboratory) -> list[Call]:
    return here.world.books.calls(verb="patch", resource="nodes", user=deployment.REFRESH)


def status(here: Laboratory) -> dict[str, Any]:
    (refresh,) = here.world.view.list("noderefreshes")
    found: dict[str, Any] = refresh.get("status") or {}
    return found


def held(here: Laboratory) -> str:
    return str(status(here).get("held"))


def phase(here: Laboratory) -> str:
    return str(status(here).get("phase"))
