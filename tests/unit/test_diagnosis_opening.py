"""From a verdict to a refresh, and to no second one."""

import argparse
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.errors import Retryable
from functions.messages.steps import Start, parse_step
from functions.model.refresh import RefreshPhase, RefreshStatus, Slot
from functions.reply import Reply
from functions.settings import Elimination, Mode
from repull import start
from tests.unit import make
from tests.unit.diagnosing import DENIED, World, failure, puller
from tests.unit.make import ACCOUNT, CLUSTER, IMAGE, T0
from tests.unit.pulling import patient


def test_stale_credentials_open_a_refresh_and_publish_its_first_step() -> None:
    world = patient()
    assert world.diagnose() is Reply.HANDLED
    ((name, refresh),) = world.refreshes.items()
    assert name.startswith("refresh-")
    assert len(name) <= 63
    assert (refresh.spec.account, refresh.spec.repository) == (ACCOUNT, IMAGE.repository)
    assert refresh.spec.max_unavailable == "1"
    assert world.published == [
        {"action": "continue", "cluster": "acme-prod/us-central1/main", "refresh": name, "slot": 0, "step": 0}
    ]


def test_observe_mode_opens_nothing_and_asks_for_the_plan() -> None:
    world = patient()
    world.settings = replace(world.settings, mode=Mode.OBSERVE)
    world.diagnose()
    assert not world.refreshes
    (asked,) = world.published
    plan = parse_step(asked, (CLUSTER,))
    assert isinstance(plan, Start)
    assert (plan.dry_run, plan.cluster, plan.image, plan.requested_by) == (True, CLUSTER, IMAGE, "repull")
    assert plan.account == ACCOUNT
    assert world.lines[-1]["refresh"] in plan.reason, "the plan says for which refresh it is"
    assert world.lines[-1]["event"] == "repull.observed"
    (command,) = re.findall(r"; (repull start .+) shows node by node", world.lines[-1]["message"])
    parser = argparse.ArgumentParser()
    start.add_to(parser.add_subparsers())
    options = parser.parse_args(command.split()[1:])
    assert (options.dry_run, options.cluster, options.image) == (True, CLUSTER, IMAGE)


def test_the_same_cause_is_planned_once_a_day() -> None:
    world = patient()
    world.settings = replace(world.settings, mode=Mode.OBSERVE)
    world.faults["outbox.publish_step"] = Retryable("503")
    with pytest.raises(Retryable):
        world.diagnose()
    del world.faults["outbox.publish_step"]
    for _ in range(3):
        world.diagnose()
        world.later(world.settings.memory_seconds + 1)
    assert len(world.published) == 1
    world.later(timedelta(days=1).total_seconds())
    world.diagnose()
    assert len(world.published) == 2


def test_a_plan_can_be_asked_for_however_long_the_names_are() -> None:
    world = patient()
    world.settings = replace(world.settings, mode=Mode.OBSERVE)
    long = "n" * 240
    world.pods = [make.failing(long, message=DENIED)]
    world.diagnose(failure(long))
    (asked,) = world.published
    assert isinstance(parse_step(asked, (CLUSTER,)), Start)


def test_what_is_found_by_elimination_may_be_a_persons_decision() -> None:
    """Nothing is opened; the log and the pod's Event have the very command, which a hand may publish."""
    world = patient()
    world.settings = replace(world.settings, elimination=Elimination.ASK)
    said = world.verdict()
    assert (said["kind"], said["contrast"], said["wants_consent"]) == ("STALE_CREDENTIALS", "elimination", True)
    assert (world.refreshes, world.published) == ({}, [])
    (asked,) = (line for line in world.lines if line["event"] == "repull.consent_wanted")
    assert "add --impersonate-service-account=repull-operator@acme-prod.iam.gserviceaccount.com)" in said["advice"]
    (message,) = re.findall(r"publish node-refresh --project=acme-prod --message='(.+)'", said["advice"])
    assert asked["message"] == said["advice"]
    assert [(told.endswith(said["advice"]), warning) for _, _, told, warning in world.announced] == [(True, True)]
    step = parse_step(json.loads(message), world.settings.clusters)
    assert step == Start(cluster=CLUSTER, nodes=("n1",), image=IMAGE)


def test_what_is_proven_asks_nobody() -> None:
    world = patient(pods=[make.failing("p1", message=DENIED), puller()])
    world.settings = replace(world.settings, elimination=Elimination.ASK)
    said = world.verdict()
    assert (said["contrast"], said["wants_consent"]) == ("proven", False)
    assert len(world.refreshes) == 1


def elsewhere(world: World) -> World:
    """The same cluster, seen by another process that remembers nothing."""
    return patient(refreshes=world.refreshes, now=world.now)


def test_another_process_opens_no_second_one() -> None:
    first = patient()
    first.diagnose()
    second = elsewhere(first)
    second.diagnose()
    assert len(second.refreshes) == 1


def test_a_refresh_that_nobody_has_taken_up_is_said_to_be_opened_once_more() -> None:
    """Whoever opened it may have died before it said so."""
    first = patient()
    first.diagnose()
    second = elsewhere(first)
    second.diagnose()
    told = [[line for line in each.lines if line["event"] == "repull.refresh_opened"] for each in (first, second)]
    assert told[0] == told[1] != []


def test_a_lost_first_step_is_published_again() -> None:
    world = patient(faults={"outbox.publish_step": Retryable("no answer")})
    with pytest.raises(Retryable):
        world.diagnose()
    assert [each["kind"] for each in world.verdicts] == ["STALE_CREDENTIALS"]  # told first, whatever comes of it
    world.faults.clear()
    assert world.diagnose() is Reply.HANDLED
    assert len(world.published) == len(world.refreshes) == 1


@pytest.mark.parametrize(
    "status",
    [RefreshStatus(phase=RefreshPhase.RUNNING, slots=(Slot(index=0),)), RefreshStatus(phase=RefreshPhase.SUCCEEDED)],
    ids=["taken-up", "over"],
)
def test_what_was_taken_up_is_not_published_again(status: RefreshStatus) -> None:
    first = patient()
    first.diagnose()
    second = elsewhere(first)
    for name, refresh in second.refreshes.items():
        second.refreshes[name] = replace(refresh, status=status)
    assert second.diagnose() is Reply.DUPLICATE
    assert not second.published


@pytest.mark.parametrize("phase", [RefreshPhase.PENDING, RefreshPhase.SUCCEEDED])
def test_two_events_astride_the_end_of_a_window_open_one(phase: RefreshPhase) -> None:
    first = patient(now=T0 - timedelta(seconds=1))
    first.diagnose()
    for name, refresh in first.refreshes.items():
        first.refreshes[name] = replace(refresh, status=RefreshStatus(phase=phase))
    second = elsewhere(first)
    second.later(2)
    second.diagnose()
    assert len(second.refreshes) == 1


def test_the_next_window_may_open_another() -> None:
    first = patient()
    first.diagnose()
    for name, refresh in first.refreshes.items():
        first.refreshes[name] = replace(refresh, status=RefreshStatus(phase=RefreshPhase.SUCCEEDED))
    second = elsewhere(first)
    second.later(3601)
    assert second.diagnose() is Reply.HANDLED
    assert len(second.refreshes) == 2


def test_a_refresh_that_still_runs_stands_whatever_the_window() -> None:
    first = patient()
    first.diagnose()
    for name, refresh in first.refreshes.items():
        running = RefreshStatus(phase=RefreshPhase.RUNNING, slots=(Slot(index=0),))
        first.refreshes[name] = replace(refresh, status=running)
    second = elsewhere(first)
    second.later(3601)
    assert second.diagnose() is Reply.DUPLICATE
    assert len(second.refreshes) == 1
