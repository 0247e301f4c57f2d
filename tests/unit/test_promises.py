"""What a drain has moved is heard elsewhere: one new pod of each workload writes its promised line, or that is said."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from functions.errors import Retryable
from functions.hold import Hold
from functions.model.cluster import Container, Owner, Pod
from functions.model.refresh import Method, Outcome, Phase
from functions.phases import cordon, retry_pods
from functions.phases.result import Done, HandOver, Next, Result
from tests.unit.make import T0, failing, owner, pod
from tests.unit.renewing import CORDONED, Machine

LINE = "listening for messages"
DEADLINE = T0 + timedelta(minutes=5)
CORDONED_AT = T0 - timedelta(minutes=4)
NOTED = "Deployment/prod-app/ocr"
PLAIN = "node n1: renewed and verified"
NAMES = ("one", "two", "three", "four")
SLOWLY, HELD_FOR = timedelta(seconds=25), timedelta(seconds=60)
OTHER_IMAGE = (Container(name="main", image="nginx"),)


def moved(name: str = "ocr-2", **fields: Any) -> Pod:
    """It has come up on another node for one that the drain has moved."""
    made = {"node": "n2", "created": CORDONED_AT + timedelta(minutes=1), "owner": owner("ReplicaSet", "ocr-7d9")}
    return pod(name, **(made | fields))


@dataclass
class Team:
    """A cluster's workloads, as every port sees them that is asked about one."""

    machine: Machine = field(default_factory=Machine)
    there: tuple[Pod, ...] = ()  # on the node
    elsewhere: tuple[Pod, ...] = (moved(),)
    promises: dict[str, str] = field(default_factory=lambda: {"ocr": LINE})  # by the workloads' names
    logs: dict[str, str] = field(default_factory=dict)  # by the pods' names
    fails: bool = False  # whether no log can be read
    listed: int = 0  # how often a workload's pods were
    read: list[str] = field(default_factory=list)  # whose logs
    takes: timedelta = timedelta()  # to tell what a workload promises
    held: list[Hold] = field(default_factory=list)

    def play(self, phase: Phase = Phase.RETRY_PODS, *, method: Method = Method.RESET, **slot: Any) -> Result:
        held = {"deadline": DEADLINE, "cordoned_at": CORDONED_AT, "promises": (NOTED,)}
        hold = self.machine.hold(phase, method=method, **(held | slot))
        one: Any = self
        hold.cluster = replace(hold.cluster, pods=one, workloads=one)
        self.held.append(hold)
        return {Phase.RETRY_PODS: retry_pods.step, Phase.CORDON: cordon.step}[phase](hold)

    def on_node(self, _: str) -> tuple[Pod, ...]:
        return self.there

    def unplaced(self, *, limit: int) -> tuple[()]:  # noqa: ARG002 - there are none
        return ()

    def await_change(self, _: str, *, seconds: float) -> None:
        self.machine.now += timedelta(seconds=max(seconds, 0.001))
        self.machine.passes(seconds)

    def deployment_of(self, namespace: str, replica_set: str) -> Owner | None:
        assert namespace == "prod-app"
        name = replica_set.partition("-")[0]
        return Owner(kind="Deployment", name=name, uid=f"uid-{name}") if name != "orphan" else None

    def annotations(self, _: str, workload: Owner) -> dict[str, str]:
        self.machine.now += self.takes
        return {"repull.dev/ready-log": self.promises[workload.name]} if workload.name in self.promises else {}

    def pods(self, namespace: str, workload: Owner) -> tuple[Pod, ...]:
        assert (namespace, workload.kind) == ("prod-app", "Deployment")
        self.listed += 1
        return tuple(each for each in (*self.there, *self.elsewhere) if each.name.startswith(workload.name))

    def log(self, found: Pod, _: str, *, since_seconds: int | None = None) -> str:  # noqa: ARG002 - it is short
        self.read.append(found.name)
        if self.fails:
            raise Retryable("error dialing backend")
        return self.logs.get(found.name, "")


def seconds(team: Team) -> float:
    return (team.machine.now - T0).total_seconds()


def test_the_node_is_done_once_a_pod_that_has_moved_is_at_work() -> None:
    team = Team()

    def passes(_: float) -> None:
        if seconds(team) >= 20:
            team.logs["ocr-2"] = f"Starting\n{LINE}...\n"

    team.machine.passes = passes

    assert team.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert 20 <= seconds(team) < 30


def test_where_none_speaks_that_is_a_warning_and_no_failed_renewal() -> None:
    team = Team()

    found = team.play()

    said = f"{PLAIN}; for another reason Deployment prod-app/ocr: prod-app/ocr-2 has not logged '{LINE}'"
    assert found == Done(outcome=Outcome.RENEWED, note=said)
    assert team.machine.now >= DEADLINE
    assert (team.machine.said, team.machine.told) == (["repull.not_at_work"], [said])


def test_one_new_pod_is_enough_and_is_not_asked_again_while_others_are_silent() -> None:
    web = moved("web-1", owner=owner("ReplicaSet", "web-7d9"))
    team = Team(elsewhere=(moved(), moved("ocr-3"), web), promises={"ocr": LINE, "web": LINE}, logs={"ocr-3": LINE})

    def passes(_: float) -> None:
        team.logs = {"web-1": LINE}

    team.machine.passes = passes

    assert team.play(promises=(NOTED, "Deployment/prod-app/web")) == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert (team.read, team.listed) == (["ocr-2", "ocr-3", "web-1", "web-1"], 3)


@pytest.mark.parametrize(
    "there",
    [
        pytest.param(moved(created=CORDONED_AT - timedelta(hours=1)), id="was-there-before"),
        pytest.param(moved(deleting_since=T0), id="on-its-way-out"),
        pytest.param(moved(node="", phase="Pending", ready=False), id="without-a-place"),
        pytest.param(moved(containers=OTHER_IMAGE), id="another-image"),
        pytest.param(
            failing("ocr-2", node="n2", created=T0, owner=owner("ReplicaSet", "ocr-7d9")), id="can't-pull-there"
        ),
    ],
)
def test_nobody_waits_for_a_pod_that_has_not_moved_or_whose_turn_it_is_not(there: Pod) -> None:
    team = Team(elsewhere=(there,))

    assert team.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert (seconds(team), team.read) == (0, [])


@pytest.mark.parametrize("noted", [(), (NOTED,)], ids=["was-none", "was-withdrawn"])
def test_nobody_is_asked_where_nobody_promises(noted: tuple[str, ...]) -> None:
    team = Team(promises={"ocr": LINE} if not noted else {})

    assert team.play(promises=noted) == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert (seconds(team), team.listed) == (0, 0)


def test_a_pod_that_came_within_the_second_of_the_cordon_is_new() -> None:
    """Its time is the API server's, in whole seconds, and the clocks differ."""
    team = Team(elsewhere=(moved(created=CORDONED_AT - timedelta(seconds=4)),))

    assert "has not logged" in str(team.play())


def test_of_many_pods_the_ready_ones_are_heard_first_and_no_more_than_a_few_at_a_look() -> None:
    crowd = tuple(moved(f"ocr-{number}", ready=number >= 15) for number in range(30))
    team = Team(elsewhere=crowd, logs={"ocr-20": LINE})

    assert team.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert team.read == [f"ocr-{number}" for number in range(15, 21)]

    silent = Team(elsewhere=crowd)
    silent.play(deadline=T0)
    assert len(silent.read) == 10


def test_a_log_that_can_t_be_read_has_its_time_and_keeps_no_run_from_its_end() -> None:
    team = Team(fails=True)

    assert "the log of prod-app/ocr-2 can't be read: error dialing backend" in str(team.play())
    assert team.machine.now >= DEADLINE


def test_what_is_late_on_the_node_hides_no_silence_elsewhere() -> None:
    team = Team(there=(pod("agent-1", ready=False),))

    found = team.play()

    assert isinstance(found, Done)
    assert "prod-app/agent-1 is not READY, Deployment prod-app/ocr: prod-app/ocr-2 has not logged" in found.note


def test_an_invocation_whose_time_is_up_hands_over() -> None:
    team = Team()
    team.machine.now = T0 + timedelta(hours=8)

    assert isinstance(team.play(deadline=T0 + timedelta(hours=9)), HandOver)


def test_whoever_asks_for_long_keeps_its_slot() -> None:
    """Many workloads, each answered slowly, take longer than a hold lasts that nobody extends."""
    many = tuple(f"Deployment/prod-app/{name}" for name in NAMES)
    team = Team(promises={}, takes=SLOWLY)

    assert team.play(promises=many, holder_expires=T0 + HELD_FOR) == Done(outcome=Outcome.RENEWED, note=PLAIN)
    team.held[0].guard()


# What is noted


def noted(team: Team, *, method: Method = Method.RESET) -> tuple[str, ...]:
    team.machine.node = CORDONED
    found = team.play(Phase.CORDON, method=method, promises=(), cordoned_at=None)
    assert isinstance(found, Next)
    assert found.changes["cordoned_at"] == T0
    kept: tuple[str, ...] = found.changes["promises"]
    return kept


def here(name: str, kind: str, of: str, **fields: Any) -> Pod:
    return pod(name, owner=owner(kind, of), **fields)


@pytest.mark.parametrize(
    "there, expected",
    [
        (here("ocr-1", "ReplicaSet", "ocr-7d9"), (NOTED,)),
        (here("db-0", "StatefulSet", "db"), ("StatefulSet/prod-app/db",)),
        (here("agent-1", "DaemonSet", "agent"), ()),
        (here("job-1", "Job", "ocr"), ()),
        (here("web-1", "ReplicaSet", "web-7d9"), ()),
        (here("orphan-1", "ReplicaSet", "orphan-7d9"), ()),
        (here("ocr-1", "ReplicaSet", "ocr-7d9", containers=OTHER_IMAGE), ()),
        (here("ocr-1", "ReplicaSet", "ocr-7d9", phase="Failed"), ()),
        (pod("bare", owner=None), ()),
    ],
    ids=[
        "deployment",
        "stateful-set",
        "stays-on-its-node",
        "a-job",
        "no-promise",
        "no-deployment",
        "image",
        "over",
        "bare",
    ],
)
def test_the_cordon_notes_who_promises_and_is_about_to_move(there: Pod, expected: tuple[str, ...]) -> None:
    team = Team(there=(there,), promises=dict.fromkeys(("ocr", "db", "agent", "orphan"), LINE))

    assert noted(team) == expected


def test_a_workload_is_noted_once() -> None:
    """Its rollout under way has two ReplicaSets."""
    found = (here("ocr-1", "ReplicaSet", "ocr-7d9"), here("ocr-2", "ReplicaSet", "ocr-555"))

    assert noted(Team(there=(*found, here("ocr-3", "ReplicaSet", "ocr-7d9")))) == (NOTED,)


def test_no_more_are_noted_than_the_custom_resource_takes() -> None:
    many = tuple(here(f"db{number}-0", "StatefulSet", f"db{number}") for number in range(300))
    team = Team(there=many, promises={f"db{number}": LINE for number in range(300)})

    assert len(noted(team)) == 256


def test_an_outage_moves_nothing() -> None:
    """Whatever is scaled for it is looked at anyway, wherever it comes up."""
    assert noted(Team(there=(here("ocr-1", "ReplicaSet", "ocr-7d9"),)), method=Method.SCALE_WORKLOADS) == ()


def test_whoever_asks_many_workloads_keeps_its_slot() -> None:
    team = Team(there=tuple(here(f"{name}-0", "StatefulSet", name) for name in NAMES), takes=SLOWLY)

    assert isinstance(team.play(Phase.CORDON, promises=(), holder_expires=T0 + HELD_FOR), Next)
    team.held[0].guard()
