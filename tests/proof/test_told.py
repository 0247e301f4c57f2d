"""What was done is said, though the process that did it dies as it is about to say so: each line comes all the same.

Two of them alarm whoever is on call, and no message of a refresh that is over is heard any more.
"""

from typing import Any

import pytest

from functions import events
from functions.adapters import kube_events
from functions.model.refresh import Outcome
from functions.reply import Reply
from sandbox import deployment
from sandbox.faults import Fault
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook, workloads
from tests.e2e.smallest import REPLICAS, STALE, WORKER
from tests.proof.gate import Crash, Gate, Life, Point
from tests.proof.laboratory import PATIENCE, Laboratory, laboratory
from tests.proof.product import Mail, Message
from tests.proof.scenes import SCENES
from tests.proof.story import SWEEP, Story
from tests.proof.watch import watched


class Dying(list[dict[str, Any]]):
    """Whoever is about to say this for the first time dies instead."""

    def __init__(self, event: str) -> None:
        super().__init__()
        self.event, self.story = event, Story.__new__(Story)
        self.died = False

    def append(self, line: dict[str, Any]) -> None:
        if line["event"] == self.event and not self.died:
            self.died = self.story.lives[-1].dead = True
            raise Crash
        super().append(line)


def dying_at(here: Laboratory, event: str) -> tuple[Story, Dying]:
    lines = Dying(event)
    lines.story = watched(here, Story(laboratory=here, mail=Mail(lines=lines)))
    return lines.story, lines


@pytest.mark.parametrize(
    "event", [events.REFRESH_OPENED, events.REFRESH_STARTED, events.RESET, events.RENEWED, events.REFRESH_ENDED]
)
def test_whoever_dies_as_it_would_say_so_is_said_for(here: Laboratory, event: str) -> None:
    story, lines = dying_at(here, event)
    story.play(story.start)
    assert lines.died, story.told()
    assert [line["node"] for line in lines if line["event"] == event] != [], story.told()


def test_that_a_node_is_closed_and_opened_again_is_said(here: Laboratory) -> None:
    """To new pods, once it is known to be stale; and altogether, by its cordon. Again where somebody wrote it first."""
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    lines = [line for line in story.mail.lines if line.get("node") == STALE]
    said = [line["event"] for line in lines if line["event"] in (events.TAINTED, events.UNTAINTED)]
    assert [said[0], said[-1], *sorted(set(said))] == [events.TAINTED, events.UNTAINTED] * 2, story.told()
    cordons = [line["message"] for line in lines if "cordon" in line["message"] and "->" not in line["message"]]
    assert list(dict.fromkeys(cordons)) == [f"cordons {STALE}", f"takes its cordon off {STALE}"], story.told()


@pytest.mark.parametrize(
    "scene, event", [("stop-start", events.START), ("scale-workloads", events.SCALED_DOWN)], ids=["start", "scale-down"]
)
def test_what_was_done_to_the_world_is_said_whoever_dies(scene: str, event: str) -> None:
    with laboratory(SCENES[scene]) as here:
        here.prepare()
        story, lines = dying_at(here, event)
        story.play(story.start)
        assert lines.died, story.told()
        assert {line["node"] for line in lines if line["event"] == event} == {STALE}, story.told()


def test_what_is_cordoned_is_said_whoever_dies(here: Laboratory) -> None:
    """Right after the API server has taken the cordon: by the time that somebody looks again, it is there."""
    died = Point(kind="patch nodes", nth=2, done=True)  # the first is its taint
    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(died,))))
    story.play(story.start)
    assert died in story.gate.reached
    said = {line["node"] for line in story.mail.lines if line["message"] == f"cordons {STALE}"}
    assert said == {STALE}, story.told()


def test_who_was_evicted_is_said_whoever_dies(here: Laboratory) -> None:
    """Right after the API server has taken the eviction: by the time that somebody looks again, the pod is gone."""
    died = Point(kind="create pods/eviction", nth=1, done=True)
    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(died,))))
    (pod,) = (each for each in here.world.view.list("pods", runbook.NAMESPACE) if node_of(each) == STALE)
    story.play(story.start)
    assert died in story.gate.reached
    said = [line["pods"] for line in story.mail.lines if line["event"] == events.EVICTING]
    assert said == [(f"{runbook.NAMESPACE}/{name_of(pod)}",)], story.told()


def test_what_has_its_replicas_back_is_said_whoever_dies() -> None:
    """The note goes with the very write that gives them back."""
    died = Point(kind="patch deployments", nth=2, done=True)
    with laboratory(SCENES["scale-workloads"]) as here:
        here.prepare()
        story = watched(here, Story(laboratory=here, gate=Gate(strikes=(died,))))
        story.play(story.start)
    assert died in story.gate.reached
    said = {line["message"] for line in story.mail.lines if line["event"] == events.SCALING_UP}
    assert said == {f"gives Deployment {runbook.NAMESPACE}/{WORKER} its {REPLICAS} replicas back"}, story.told()


def dying_in(here: Laboratory, monkeypatch: pytest.MonkeyPatch, scene: str, event: str) -> tuple[Story, Dying]:
    """The scene is over, and somebody has died as it was about to say this."""
    monkeypatch.setattr(here, "scene", SCENES[scene])
    here.prepare()
    story, lines = dying_at(here, event)
    story.play(story.start)
    assert lines.died, story.told()
    return story, lines


def test_what_is_in_the_way_is_said_whoever_dies(here: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    story, lines = dying_in(here, monkeypatch, "bare-pod", events.PASSED_OVER)
    said = [(line["node"], line["outcome"]) for line in lines if line["event"] == events.PASSED_OVER]
    assert said == [(STALE, Outcome.REFUSED)], story.told()


def test_a_node_that_can_pull_is_said_whoever_dies(here: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    story, lines = dying_in(here, monkeypatch, "can-pull", events.FRESH)
    assert [line["node"] for line in lines if line["event"] == events.FRESH] == [STALE], story.told()


def test_how_far_a_node_has_come_is_said_whoever_dies(here: Laboratory) -> None:
    """It is written first, as it may not come about; whoever takes the slot over says where it goes on."""
    story, lines = dying_at(here, events.PHASE)
    story.play(story.start)
    assert lines.died, story.told()
    (first, *_) = (line["message"] for line in lines if line["event"] == events.PHASE)
    assert first == f"{STALE}: goes on in Preflight, as its holder fell silent", story.told()


def test_a_refresh_is_said_to_be_opened_though_the_sweep_is_faster_than_whoever_comes_again(here: Laboratory) -> None:
    story, lines = dying_at(here, events.REFRESH_OPENED)
    assert story.deliver(story.start) is None
    story.play(SWEEP)
    assert lines.died, story.told()
    (said,) = (line for line in lines if line["event"] == events.REFRESH_OPENED)
    (refresh,) = here.world.view.list("noderefreshes")
    assert (said["refresh"], said["reason"]) == (name_of(refresh), "a proof")


@pytest.mark.parametrize("event", [events.NODE_FAILED, events.STOPPING])
def test_a_node_that_stays_cordoned_alarms_somebody_whoever_dies(here: Laboratory, event: str) -> None:
    here.world.fleet[STALE].heals = False
    story, lines = dying_at(here, event)
    story.play(story.start)
    assert lines.died, story.told()
    (said,) = (line for line in lines if line["event"] == event)
    assert f"node {STALE} stays cordoned (when it is well again: kubectl uncordon {STALE})" in said["message"]
    assert (said["node"], said["warning"]) == (STALE, True)


def test_a_run_that_failed_by_refusals_alone_alarms_somebody_whoever_dies(here: Laboratory) -> None:
    """Its last line is the only one that does; and the Event and the condition are there as well."""
    wants_all = len(here.world.view.list("pods", runbook.NAMESPACE))
    budget = workloads.budget("all", in_namespace=runbook.NAMESPACE, app=WORKER, min_available=wants_all)
    here.background.run(here.world.admin.create("poddisruptionbudgets", budget))
    story, lines = dying_at(here, events.REFRESH_ENDED)
    story.play(story.start)
    assert lines.died, story.told()
    assert [(line["phase"], line["refused"], line["failed"]) for line in ends(lines)] == [("Failed", 1, 0)]
    assert (status(here)["phase"], "Failed" in reasons(here)) == ("Failed", True), story.told()


def test_an_end_that_an_abort_changes_at_the_last_moment_is_said_again(here: Laboratory) -> None:
    """It comes between the words and the write, which loses the race: the last that is said is what is written."""
    story = watched(here, Story(laboratory=here))
    aborted: list[Reply | None] = []

    def aborting(life: Life) -> None:
        if ends(story.mail.lines) and not aborted:
            aborted.append(None)
            aborted.append(story.deliver(abort(here)))

    story.deliver(story.start)
    while not story.over():
        story.deliver(story.mail.steps[-1], aborting)
    assert aborted[-1] is Reply.HANDLED, story.told()
    assert [line["phase"] for line in ends(story.mail.lines)] == ["Succeeded", "Aborted"], story.told()
    assert status(here)["phase"] == "Aborted"


def test_an_end_comes_though_nobody_answers_about_events(here: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told before it is written. A process that got no answer about one tries no other."""
    monkeypatch.setattr(kube_events, "SECONDS", 0.2)
    monkeypatch.setattr(kube_events, "QUIET_SECONDS", 1e6)  # the proof skips pauses, and with them a minute
    here.world.faults.add(Fault(user=deployment.REFRESH, resource="events", delay=PATIENCE, times=1000))
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    assert (status(here)["phase"], reasons(here)) == ("Succeeded", set()), story.told()
    assert max(life.calls.count("create events") for life in story.lives) == 1


@pytest.mark.parametrize("event", [events.HELD, events.RESUMED])
def test_a_pause_and_its_end_are_said_whoever_dies(here: Laboratory, event: str) -> None:
    story, lines = dying_at(here, event)
    story.deliver(story.start)
    pause(here, "wait")
    while not status(here).get("held"):
        story.deliver(story.mail.steps[-1])
        here.time.skip(here.settings.holder_seconds)
    pause(here, None)
    story.play(SWEEP)
    assert lines.died, story.told()
    told = [line["event"] for line in lines if line["event"] in (events.HELD, events.RESUMED)]
    assert told == [events.HELD, events.RESUMED], story.told()


def test_who_aborted_is_said_whoever_dies(here: Laboratory) -> None:
    story, lines = dying_at(here, events.STOPPING)
    story.deliver(story.start)
    story.play(abort(here))
    assert lines.died, story.told()
    (said,) = (line["message"] for line in lines if line["event"] == events.STOPPING)
    assert "aborted by message: a proof" in said


def abort(here: Laboratory) -> Message:
    (refresh,) = here.world.view.list("noderefreshes")
    body = {"action": "abort", "refresh": refresh["metadata"]["name"], "reason": "a proof"}
    return Message(id="abort", body=body)


def pause(here: Laboratory, why: str | None) -> None:
    (refresh,) = here.world.view.list("noderefreshes")
    patch = {"metadata": {"annotations": {"repull.dev/pause": why}}}
    here.background.run(here.world.admin.patch("noderefreshes", refresh["metadata"]["name"], patch))


def ends(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == events.REFRESH_ENDED]


def status(here: Laboratory) -> dict[str, Any]:
    (refresh,) = here.world.view.list("noderefreshes")
    found: dict[str, Any] = refresh.get("status") or {}
    return found


def reasons(here: Laboratory) -> set[str]:
    """Of the Events about the refresh."""
    found = here.world.view.list("events")
    return {each["reason"] for each in found if each["involvedObject"]["kind"] == "NodeRefresh"}
