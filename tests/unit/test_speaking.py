"""A Deployment may promise a line of its pods' log: a node is done when it was written, or the time is up."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from functions.errors import Retryable
from functions.model.cluster import Owner, Pod
from functions.model.refresh import Method, Outcome, Phase
from functions.model.workload import Deployment
from functions.phases import retry_pods, scale_up
from functions.phases.result import Done, Result
from tests.unit.make import T0, owner, pod
from tests.unit.renewing import Machine

LINE = "listening for messages"
OURS = Owner(kind="Deployment", name="ocr", uid="uid-ocr", api_version="apps/v1")
DEADLINE = T0 + timedelta(minutes=5)
MUTE = f"prod-app/ocr-1 has not logged '{LINE}'"


@dataclass
class Team:
    """One Deployment with one READY pod, as every port sees it that is asked about workloads."""

    machine: Machine = field(default_factory=Machine)
    promises: dict[str, str] = field(default_factory=lambda: {"repull.dev/ready-log": LINE})
    log_text: str = ""
    read: int = 0  # how often a log was
    since: list[int | None] = field(default_factory=list)  # how far back, each time
    pods_there: tuple[Pod, ...] = (pod("ocr-1", owner=owner("ReplicaSet", "ocr-7d9")),)
    logs: dict[str, str] = field(default_factory=dict)  # of pods that have one of their own
    takes: timedelta = timedelta(0)  # to read one
    fails: int = 0  # so many times, or for good

    def play(self, phase: Phase, **slot: object) -> Result:
        steps: dict[Phase, tuple[Callable[..., Result], Method]] = {
            Phase.RETRY_PODS: (retry_pods.step, Method.RESET),
            Phase.SCALE_UP: (scale_up.step, Method.SCALE_WORKLOADS),
        }
        step, method = steps[phase]
        hold = self.machine.hold(phase, method=method, workloads=("prod-app/ocr",), deadline=DEADLINE, **slot)
        one: Any = self
        hold.cluster = replace(hold.cluster, pods=one, workloads=one, deployments=one)
        return step(hold)

    def on_node(self, _: str) -> tuple[Pod, ...]:
        return self.pods_there

    def pods(self, _: Deployment) -> tuple[Pod, ...]:
        return self.on_node("")

    def log(self, found: Pod, container: str, *, since_seconds: int | None = None) -> str:
        assert (found.name in self.logs or found.name == "ocr-1", container) == (True, "main")
        self.read += 1
        self.machine.now += self.takes
        if self.fails:
            self.fails -= 1
            raise Retryable("error dialing backend")
        self.since.append(since_seconds)
        return self.logs.get(found.name, self.log_text)

    def await_change(self, _: str, *, seconds: float) -> None:
        self.machine.now += timedelta(seconds=max(seconds, 0.001))
        self.machine.passes(seconds)

    def deployment_of(self, namespace: str, replica_set: str) -> Owner | None:
        return OURS if (namespace, replica_set) == ("prod-app", "ocr-7d9") else None

    def annotations(self, namespace: str, found: Owner) -> dict[str, str]:
        return self.promises if (namespace, found) == ("prod-app", OURS) else {}

    def unplaced(self, *, limit: int) -> tuple[()]:  # noqa: ARG002 - there are none
        return ()

    def carrying(self, *_: object, **__: object) -> tuple[()]:
        return ()

    def get(self, namespace: str, name: str) -> Deployment:
        return Deployment(namespace=namespace, name=name, uid=OURS.uid, resource_version="1")


@pytest.fixture(params=[Phase.RETRY_PODS, Phase.SCALE_UP], ids=["on-the-node", "after-an-outage"])
def phase(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_a_deployments_promised_line_is_waited_for(phase: Phase) -> None:
    team, looks = Team(), []

    def passes(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            team.log_text = f"Starting\n{LINE}...\n"

    team.machine.passes = passes

    found = team.play(phase)

    assert isinstance(found, Done)
    assert (found.outcome, "has not logged" in found.note, len(looks)) == (Outcome.RENEWED, False, 3)
    assert team.machine.now < DEADLINE


def test_a_pod_that_stays_silent_is_named_and_no_failed_renewal(phase: Phase) -> None:
    team = Team()

    found = team.play(phase)

    assert isinstance(found, Done)
    assert found.outcome is Outcome.RENEWED
    assert MUTE in found.note
    assert team.machine.now >= DEADLINE


def test_nobody_is_asked_where_nobody_promised(phase: Phase) -> None:
    team = Team(promises={})

    found = team.play(phase)

    assert isinstance(found, Done)
    assert (found.outcome, team.machine.now, team.read) == (Outcome.RENEWED, T0, 0)


def test_a_log_is_read_from_its_beginning_and_then_what_is_new(phase: Phase) -> None:
    """However much a workload logs after its promise: nothing that it has said since the last look is left out."""
    team, looks = Team(), []

    def passes(seconds: float) -> None:
        looks.append(team.machine.now)
        if len(looks) == 3:
            team.log_text = LINE

    team.machine.passes = passes
    team.play(phase)

    assert team.since[0] is None
    apart = [(after - before).total_seconds() for before, after in pairwise((T0, *looks))]
    assert len(team.since) == 4
    assert all(since is not None and since > passed for since, passed in zip(team.since[1:], apart, strict=True))
    assert max(since or 0 for since in team.since) < 30


def test_a_pod_that_has_spoken_is_not_asked_again_while_others_are_silent(phase: Phase) -> None:
    """What it has said is no news any more at the next look."""
    first, second = (pod(f"ocr-{number}", owner=owner("ReplicaSet", "ocr-7d9")) for number in (1, 2))
    team = Team(pods_there=(first, second), logs={"ocr-1": LINE, "ocr-2": ""})

    def passes(_: float) -> None:
        team.logs = {"ocr-1": "", "ocr-2": LINE}

    team.machine.passes = passes
    found = team.play(phase)

    assert isinstance(found, Done)
    assert ("has not logged" in found.note, team.read) == (False, 3)


def test_a_container_that_has_started_again_is_asked_anew(phase: Phase) -> None:
    """Its last run has spoken, and this one may not work."""
    (before,) = Team().pods_there
    again = replace(before, containers=tuple(replace(each, running_since=T0) for each in before.containers))
    other = pod("ocr-2", owner=owner("ReplicaSet", "ocr-7d9"))
    team = Team(pods_there=(before, other), logs={"ocr-1": LINE, "ocr-2": ""})

    def passes(_: float) -> None:
        team.pods_there, team.logs = (again, other), {"ocr-1": "", "ocr-2": LINE}

    team.machine.passes = passes
    found = team.play(phase)

    assert isinstance(found, Done)
    assert MUTE in found.note
    assert team.since[:3] == [None, None, None]


def test_whoever_reads_long_logs_keeps_its_slot() -> None:
    """Together they take longer than a hold lasts that nobody extends."""
    pods = tuple(pod(f"ocr-{number}", owner=owner("ReplicaSet", "ocr-7d9")) for number in (1, 2, 3))
    team = Team(pods_there=pods, logs={"ocr-2": LINE, "ocr-3": LINE}, takes=timedelta(seconds=25))
    done = team.play(Phase.RETRY_PODS, holder_expires=T0 + timedelta(seconds=60))
    assert isinstance(done, Done)
    assert MUTE in done.note


def test_a_log_that_can_t_be_read_has_its_time_and_keeps_no_run_from_its_end(phase: Phase) -> None:
    team = Team(fails=10**6)
    found = team.play(phase)
    assert isinstance(found, Done)
    assert found.outcome is Outcome.RENEWED
    assert "the log of prod-app/ocr-1 can't be read: error dialing backend" in found.note
    assert team.machine.now >= DEADLINE


def test_what_a_look_that_failed_should_have_read_is_read_by_the_next(phase: Phase) -> None:
    team = Team(fails=1, log_text=LINE)
    found = team.play(phase)
    assert isinstance(found, Done)
    assert (found.outcome, "can't be read" in found.note, team.since) == (Outcome.RENEWED, False, [None])
