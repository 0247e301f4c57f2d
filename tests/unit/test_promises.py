"""What a drain has moved is heard elsewhere: one new pod of each workload writes its promised line, or that is said."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from functions.errors import Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Container, Owner, Pod
from functions.model.refresh import Method, Outcome, Phase
from functions.ownership import BEFORE
from functions.phases import cordon, retry_pods
from functions.phases.promises import controllers
from functions.phases.result import Done, HandOver, Next, Result
from tests.unit.make import T0, failing, owner, pod
from tests.unit.renewing import CORDONED, Machine

LINE = "listening for messages"
DEADLINE = T0 + timedelta(minutes=5)
CORDONED_AT = T0 - timedelta(minutes=4)
NOTED = "ReplicaSet/prod-app/ocr-7d9"
PLAIN = "node n1: renewed and verified"
OTHER_IMAGE = (Container(name="main", image="nginx"),)
BUSY = 0.05
"""Seconds between two changes of the node's pods."""


def moved(name: str = "ocr-2", of: str = "ocr-7d9", **fields: Any) -> Pod:
    """It has come up on another node for one that the drain has moved."""
    made = {"node": "n2", "created": CORDONED_AT + timedelta(minutes=1), "owner": owner("ReplicaSet", of)}
    return pod(name, **(made | fields))


def of(number: int) -> str:
    return f"ReplicaSet/prod-app/ocr{number}-7d9"


@dataclass
class Team:
    """A cluster's workloads, as every port sees them that is asked about one."""

    machine: Machine = field(default_factory=Machine)
    there: tuple[Pod, ...] = ()  # on the node
    elsewhere: tuple[Pod, ...] = (moved(),)
    promises: dict[str, str] = field(default_factory=lambda: {"ocr": LINE})  # by the workloads' names
    logs: dict[str, str] = field(default_factory=dict)  # by the pods' names
    fails: dict[str, Refused | Retryable] = field(default_factory=dict)  # by what is asked for
    takes: dict[str, float] = field(default_factory=dict)  # seconds, by what is asked for
    changes: float = 1.0  # seconds until the node's pods change
    asked: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)  # whose logs
    held: list[Hold] = field(default_factory=list)

    def play(self, *, until: timedelta = timedelta(hours=8), **slot: Any) -> Result:
        held = {"deadline": DEADLINE, "cordoned_at": CORDONED_AT, "moved": (NOTED,)}
        hold = self.machine.hold(Phase.RETRY_PODS, method=Method.RESET, **(held | slot))
        one: Any = self
        hold.cluster = replace(hold.cluster, pods=one, workloads=one)
        hold.until = T0 + until
        self.held.append(hold)
        return retry_pods.step(hold)

    @property
    def seconds(self) -> float:
        return (self.machine.now - T0).total_seconds()

    def called(self, what: str) -> None:
        self.asked.append(what)
        self.machine.now += timedelta(seconds=self.takes.get(what, 0))
        if error := self.fails.get(what):
            raise error

    def on_node(self, _: str) -> tuple[Pod, ...]:
        return self.there

    def unplaced(self, *, limit: int) -> tuple[()]:  # noqa: ARG002 - there are none
        return ()

    def await_change(self, _: str, *, seconds: float) -> None:
        passed = max(min(seconds, self.changes), 0.001)
        self.machine.now += timedelta(seconds=passed)
        self.machine.passes(passed)

    def deployment_of(self, namespace: str, replica_set: str) -> Owner | None:
        assert namespace == "prod-app"
        self.called("deployment_of")
        name = replica_set.partition("-")[0]
        return Owner(kind="Deployment", name=name, uid=f"uid-{name}") if name != "orphan" else None

    def annotations(self, _: str, workload: Owner) -> dict[str, str]:
        self.called("annotations")
        return {"repull.dev/ready-log": self.promises[workload.name]} if workload.name in self.promises else {}

    def pods(self, namespace: str, workload: Owner) -> tuple[Pod, ...]:
        assert namespace == "prod-app"
        self.called("pods")
        return tuple(each for each in (*self.there, *self.elsewhere) if each.name.startswith(f"{workload.name}-"))

    def log(self, found: Pod, _: str, *, since_seconds: int | None = None) -> str:  # noqa: ARG002 - it is short
        self.read.append(found.name)
        self.called("log")
        return self.logs.get(found.name, "")


def test_the_node_is_done_once_a_pod_that_has_moved_is_at_work() -> None:
    team = Team()

    def passes(_: float) -> None:
        if team.seconds >= 20:
            team.logs["ocr-2"] = f"Starting\n{LINE}...\n"

    team.machine.passes = passes

    assert team.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert 20 <= team.seconds < 30


def test_a_stateful_sets_pods_are_heard_as_well() -> None:
    there = moved("db-0", owner=owner("StatefulSet", "db"))
    team = Team(elsewhere=(there,), promises={"db": LINE})

    assert "StatefulSet prod-app/db: prod-app/db-0 has not logged" in str(team.play(moved=("StatefulSet/prod-app/db",)))


def test_where_none_speaks_that_is_a_warning_and_no_failed_renewal() -> None:
    team = Team()

    found = team.play()

    said = f"{PLAIN}; for another reason Deployment prod-app/ocr: prod-app/ocr-2 has not logged '{LINE}'"
    assert found == Done(outcome=Outcome.RENEWED, note=said)
    assert team.machine.now >= DEADLINE
    assert (team.machine.said, team.machine.told) == (["repull.not_at_work"], [said])


def test_one_new_pod_is_enough_and_is_not_asked_again_while_others_are_silent() -> None:
    web = moved("web-1", "web-7d9")
    team = Team(elsewhere=(moved(), moved("ocr-3"), web), promises={"ocr": LINE, "web": LINE}, logs={"ocr-3": LINE})
    team.machine.passes = lambda _: team.logs.update({"web-1": LINE, "ocr-3": ""})

    assert team.play(moved=(NOTED, "ReplicaSet/prod-app/web-7d9")) == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert team.read == ["ocr-2", "ocr-3", "web-1", "web-1"]


def test_whoever_goes_on_does_not_ask_those_again_that_have_kept_their_promise() -> None:
    """They may have logged so much since that the line is gone."""
    team = Team(elsewhere=(moved(), moved("web-1", "web-7d9")), promises={"ocr": LINE, "web": LINE})
    team.logs = {"web-1": LINE}

    def dies(_: float) -> None:
        raise Refused("403")

    team.machine.passes = dies
    with pytest.raises(Refused):
        team.play(moved=(NOTED, "ReplicaSet/prod-app/web-7d9"))
    assert team.held[0].slot.moved == (NOTED,)


def test_an_invocation_whose_time_is_up_hands_over() -> None:
    assert isinstance(Team().play(until=timedelta(seconds=100)), HandOver)


def test_who_was_not_there_to_be_asked_is_asked_once_it_is() -> None:
    """As long as somebody else is waited for, it may find a place, or pull."""
    team = Team(elsewhere=(moved(node="", phase="Pending", ready=False), moved("web-1", "web-7d9")))
    team.promises["web"] = LINE

    def passes(_: float) -> None:
        if team.seconds >= 20:
            team.elsewhere = (moved(), *team.elsewhere[1:])
        if team.seconds >= 200:
            team.logs["web-1"] = LINE

    team.machine.passes = passes

    assert "prod-app/ocr-2 has not logged" in str(team.play(moved=(NOTED, "ReplicaSet/prod-app/web-7d9")))


@pytest.mark.parametrize(
    "there",
    [
        pytest.param(moved(created=CORDONED_AT - timedelta(hours=1)), id="was-there-before"),
        pytest.param(moved(created=CORDONED_AT - timedelta(seconds=6)), id="came-right-before"),
        pytest.param(moved(deleting_since=T0), id="on-its-way-out"),
        pytest.param(moved(node="", phase="Pending", ready=False), id="without-a-place"),
        pytest.param(moved(containers=OTHER_IMAGE), id="another-image"),
        pytest.param(moved(owner=owner("Job", "ocr")), id="a-jobs"),
        pytest.param(moved(owner=None), id="nobodys"),
        pytest.param(
            failing("ocr-2", node="n2", created=T0, owner=owner("ReplicaSet", "ocr-7d9")), id="can't-pull-there"
        ),
    ],
)
def test_nobody_waits_for_a_pod_that_has_not_moved_or_whose_turn_it_is_not(there: Pod) -> None:
    team = Team(elsewhere=(there,))

    assert team.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert (team.seconds, team.read) == (0, [])


@pytest.mark.parametrize(
    "noted", [(), (NOTED,), ("ReplicaSet/prod-app/orphan-7d9",)], ids=["was-none", "was-withdrawn", "has-no-deployment"]
)
def test_nobody_is_asked_where_nobody_promises(noted: tuple[str, ...]) -> None:
    team = Team(promises={} if noted else {"ocr": LINE})

    assert team.play(moved=noted) == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert (team.seconds, team.asked.count("pods")) == (0, 0)


def test_a_pod_that_seems_older_by_as_much_as_clocks_differ_is_new() -> None:
    team = Team(elsewhere=(moved(created=CORDONED_AT - timedelta(seconds=4)),))

    assert "has not logged" in str(team.play())


def test_of_a_slot_of_an_older_version_the_earliest_time_of_its_cordon_counts() -> None:
    """Its drain had fifteen minutes."""
    renewed: dict[str, Any] = {"cordoned_at": None, "renewed_at": T0 - timedelta(minutes=2)}

    assert "has not logged" in str(Team(elsewhere=(moved(created=T0 - timedelta(minutes=16)),)).play(**renewed))
    assert Team(elsewhere=(moved(created=T0 - timedelta(minutes=18)),)).play(**renewed) == Done(
        outcome=Outcome.RENEWED, note=PLAIN
    )


def test_of_many_pods_the_ready_ones_are_heard_first_and_each_in_its_turn() -> None:
    crowd = tuple(moved(f"ocr-{number}", ready=number >= 15) for number in range(30))
    team = Team(elsewhere=crowd, logs={"ocr-3": LINE})

    assert team.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert team.read == [f"ocr-{number}" for number in (*range(15, 30), 0, 1, 2, 3)]
    assert 5 <= team.seconds < 12, "ten at a look, and one look each five seconds"


def test_a_busy_node_does_not_have_workloads_elsewhere_listed_all_the_time() -> None:
    team = Team(changes=BUSY)

    team.play(deadline=T0 + timedelta(seconds=21))

    assert team.asked.count("pods") <= 5


@pytest.mark.parametrize("what", ["deployment_of", "annotations", "pods", "log"])
@pytest.mark.parametrize("error", [Refused("403"), Retryable("503")])
def test_what_can_t_be_read_has_its_time_and_decides_nothing(what: str, error: Refused | Retryable) -> None:
    team = Team(fails={what: error})

    found = team.play()

    assert isinstance(found, Done)
    assert (found.outcome, found.stop, f"{error}" in found.note) == (Outcome.RENEWED, "", True)
    assert team.machine.now >= DEADLINE
    assert team.machine.said == ["repull.not_at_work"]


def test_pods_that_still_can_t_pull_fail_the_run_whatever_can_t_be_read_of_others() -> None:
    team = Team(there=(failing("ocr-1"),), fails={"annotations": Retryable("429")})

    found = team.play(deadline=T0)

    assert isinstance(found, Done)
    assert (found.outcome, "still can't pull" in found.stop) == (Outcome.FAILED, True)


def test_what_has_come_about_during_the_last_look_counts() -> None:
    """A pod on the node could not pull before, and is READY now."""
    team = Team(there=(failing("ocr-1"),), takes={"log": 9}, fails={"log": Retryable("error dialing backend")})
    asked = team.called

    def called(what: str) -> None:
        if what == "log":
            team.there = ()
        asked(what)

    team.called = called  # type: ignore[method-assign]  # the world moves on
    found = team.play(deadline=T0)

    assert isinstance(found, Done)
    assert (found.outcome, found.stop) == (Outcome.RENEWED, "")


def test_what_is_late_on_the_node_hides_no_silence_elsewhere() -> None:
    team = Team(there=(pod("agent-1", ready=False),))

    found = team.play()

    assert isinstance(found, Done)
    assert "prod-app/agent-1 is not READY, Deployment prod-app/ocr: prod-app/ocr-2 has not logged" in found.note


@pytest.mark.parametrize("what", ["annotations", "log"])
def test_no_look_takes_long_and_all_have_their_turn(what: str) -> None:
    """Where no kubelet is within reach, say, each log is waited for; and the node has its end all the same."""
    crowd = tuple(moved(f"ocr{number}-{each}", f"ocr{number}-7d9") for number in range(30) for each in range(9))
    team = Team(elsewhere=crowd, promises={f"ocr{number}": LINE for number in range(30)})
    team.takes, team.fails = {what: 20}, {what: Retryable("error dialing backend")}

    found = team.play(moved=tuple(map(of, range(30))))

    assert isinstance(found, Done)
    assert DEADLINE <= team.machine.now < DEADLINE + timedelta(seconds=25)
    assert found.note.count("error dialing backend") > 10, "each look asks others"


def test_whoever_is_asked_late_is_heard_though_others_can_t_be_read() -> None:
    crowd = tuple(moved(f"ocr-{number}") for number in range(9))
    team = Team(elsewhere=(*crowd, moved("web-1", "web-7d9")), promises={"ocr": LINE, "web": LINE})
    team.logs, team.takes = {"web-1": LINE}, {"log": 20}

    found = team.play(moved=(NOTED, "ReplicaSet/prod-app/web-7d9"))

    assert "web" not in str(found)
    assert "web-1" in team.read[:3]


def test_whoever_asks_for_long_keeps_its_slot() -> None:
    """Each is answered slowly, and together they take longer than a hold lasts that nobody extends."""
    team = Team(takes={"deployment_of": 31, "annotations": 31, "pods": 25}, logs={"ocr-2": LINE})

    assert team.play(holder_expires=T0 + timedelta(seconds=60)) == Done(outcome=Outcome.RENEWED, note=PLAIN)
    team.held[0].guard()


# What is noted


def here(name: str, kind: str, whose: str, *, api_version: str = "apps/v1", **fields: Any) -> Pod:
    return pod(name, owner=owner(kind, whose, api_version=api_version), **fields)


@pytest.mark.parametrize(
    "there, expected",
    [
        (here("ocr-1", "ReplicaSet", "ocr-7d9"), (NOTED,)),
        (here("db-0", "StatefulSet", "db"), ("StatefulSet/prod-app/db",)),
        (here("db-0", "StatefulSet", "db", api_version="apps.kruise.io/v1"), ()),
        (here("agent-1", "DaemonSet", "agent"), ()),
        (here("job-1", "Job", "ocr"), ()),
        (here("ocr-1", "ReplicaSet", "ocr-7d9", containers=OTHER_IMAGE), ()),
        (here("ocr-1", "ReplicaSet", "ocr-7d9", phase="Failed"), ()),
        (pod("bare", owner=None), ()),
    ],
    ids=["replica-set", "stateful-set", "anothers", "stays-on-its-node", "a-job", "image", "over", "bare"],
)
def test_who_is_about_to_be_moved_is_noted(there: Pod, expected: tuple[str, ...]) -> None:
    hold = Machine().hold(Phase.DRAIN, method=Method.RESET)

    assert controllers(hold, (there, there)) == expected


def test_no_more_are_noted_than_the_custom_resource_takes() -> None:
    hold = Machine().hold(Phase.DRAIN, method=Method.RESET)

    assert len(controllers(hold, (here(f"db{each}-0", "StatefulSet", f"db{each}") for each in range(60)))) == 50


def test_a_cordon_is_as_old_as_it_says() -> None:
    """An earlier invocation has set it, and died."""
    before = CORDONED.annotations.get(BEFORE)
    assert before is None, "by nothing it is told"
    machine = Machine()
    assert noted(machine) == T0
    at = '{"refresh": "r1", "unschedulable": false, "renewed": "", "at": "%s", "scaleDownDisabled": null, '
    machine.node = replace(
        CORDONED, annotations={BEFORE: at % CORDONED_AT.isoformat() + '"excludeFromLoadBalancers": null}'}
    )
    assert noted(machine) == CORDONED_AT


def noted(machine: Machine) -> Any:
    found = cordon.step(machine.hold(Phase.CORDON, method=Method.RESET))
    assert isinstance(found, Next)
    return found.changes["cordoned_at"]
