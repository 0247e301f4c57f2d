"""The sweep lets what is held rest, and wakes it by itself once nothing holds it; a node under way never rests."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions import holding
from functions.errors import Retryable
from functions.holding import Facts
from functions.messages.steps import Sweep
from functions.model.google import GkeCluster, Operation
from functions.model.refresh import Phase, Refresh, RefreshPhase, RefreshStatus, Slot
from functions.model.schedule import parse_freezes, parse_windows
from functions.ports import Brakes, Cluster, Noted, Pause, RefreshPorts
from functions.reply import Reply
from functions.settings import Settings, Switch
from functions.sweep import sweep
from tests.unit.make import CLUSTER, T0, refresh

SETTINGS = Settings(clusters=(CLUSTER,), step_topic="", dead_letter_topic="")
NOON = T0.replace(hour=12)
CLOSED = parse_windows("Mon-Sun 13:00-14:00")


@dataclass
class World:
    """A cluster with one refresh and no nodes: all that a sweep asks for, and the steps that it publishes."""

    refresh: Refresh
    settings: Settings = SETTINGS
    state: Brakes = field(default_factory=Brakes)
    now: datetime = NOON
    gke: GkeCluster | None = field(default_factory=GkeCluster)  # None while it says nothing
    noted: Noted = field(default_factory=Noted)  # machines that were stopped
    lease: str = ""  # who holds it
    asked: int = 0  # how often the memory was
    published: list[tuple[object, object]] = field(default_factory=list)  # slot and step
    silent: bool = False  # nothing can be published

    def sweep(self) -> list[tuple[object, object]]:
        """Look once; the steps published now."""
        before = len(self.published)
        answering: dict[str, Any] = {
            "clock": _Clock(self),
            "gke": _Gke(self),
            "outbox": _Outbox(self),
            "audit": _Audit(),
        }
        unasked: dict[str, Any] = dict.fromkeys(port.name for port in fields(RefreshPorts))
        ports = RefreshPorts(**unasked | answering)
        assert sweep(Sweep(clusters=(CLUSTER,)), ports, self.settings) is Reply.HANDLED
        return self.published[before:]


@dataclass
class _Clock:
    world: World

    def now(self) -> datetime:
        return self.world.now


@dataclass
class _Gke:
    world: World

    def cluster(self, _: object) -> GkeCluster:
        if self.world.gke is None:
            raise Retryable("no answer")
        return replace(self.world.gke, operations=())

    def at_work(self, key: object) -> GkeCluster:
        return replace(self.cluster(key), operations=self.world.gke.operations if self.world.gke else ())

    def connect(self, _: object) -> Cluster:
        one: Any = _One(self.world)
        return Cluster(**{port.name: one for port in fields(Cluster)} | {"key": CLUSTER, "stops": _Stops(self.world)})


@dataclass
class _One:
    """Every port of the cluster, as far as a sweep asks."""

    world: World

    def all(self) -> tuple[Refresh, ...]:
        return (self.world.refresh,)

    def get(self, name: str) -> Refresh | None:
        return self.world.refresh if name == self.world.refresh.name else None

    def holder(self) -> str:
        return self.world.lease

    def release(self, holder: str) -> None:
        assert holder == self.world.lease
        self.world.lease = ""

    def carrying(self, *_: object, **__: object) -> tuple[()]:
        return ()

    def unlabelled(self, *, limit: int) -> tuple[()]:  # noqa: ARG002 - the port hands it in
        return ()

    def probes(self) -> tuple[()]:
        return ()

    def brakes(self) -> Brakes:
        self.world.asked += 1
        return self.world.state


@dataclass
class _Stops:
    world: World

    def all(self) -> Noted:
        return self.world.noted


@dataclass
class _Outbox:
    world: World

    def publish_step(self, message: dict[str, object]) -> None:
        if self.world.silent:
            raise Retryable("Pub/Sub is away")
        self.world.published.append((message["slot"], message["step"]))


class _Audit:
    def record(self, *_: object, **__: object) -> None: ...


def held_world(slots: tuple[Slot, ...] = (Slot(index=0, step=4),), **world: Any) -> World:
    """A refresh that an invocation has held back for what holds it in this world."""
    made = World(refresh=refresh(), **world)
    gke = made.gke or GkeCluster()
    held = holding.held(Facts(refresh=made.refresh, brakes=made.state, gke=gke, settings=made.settings, now=made.now))
    assert held
    status = RefreshStatus(
        phase=RefreshPhase.RUNNING, slots=slots, held=held.reason, message=held.reason, not_before=held.until
    )
    made.refresh = replace(made.refresh, status=status)
    return made


def with_settings(**settings: Any) -> Settings:
    return replace(SETTINGS, **settings)


REPAIR = Operation(pool="", kind="AUTO_REPAIR_NODES")


def worlds() -> Iterator[Any]:
    """What holds it, and what has to happen before it may go on."""
    ends: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("window", {"settings": with_settings(windows=CLOSED)}, {"now": NOON + timedelta(hours=1)}),
        (
            "freeze",
            {"settings": with_settings(freezes=parse_freezes("2026-11-20..2026-11-24"))},
            {"now": NOON + timedelta(hours=12)},
        ),
        ("setting", {"settings": with_settings(pause=Switch.ON)}, {"settings": SETTINGS}),
        ("paused", {"state": Brakes(pause=Pause(why="wait"))}, {"state": Brakes()}),
        ("breaker", {"state": Brakes(tripped="too many")}, {"state": Brakes()}),
        ("spoilt", {"state": Brakes(unreadable="data.renewals can't be read")}, {"state": Brakes()}),
        ("gke", {"gke": GkeCluster(status="RECONCILING")}, {"gke": GkeCluster()}),
        ("gke-repairs", {"gke": GkeCluster(operations=(REPAIR,))}, {"gke": GkeCluster()}),
        ("gke-says-nothing", {"gke": GkeCluster(status="RECONCILING")}, {"gke": None}),
        ("windows-are-widened", {"settings": with_settings(windows=CLOSED)}, {"settings": SETTINGS}),
    )
    for name, before, after in ends:
        yield pytest.param(before, after, id=name)


@pytest.mark.parametrize("before, after", tuple(worlds()))
def test_it_rests_while_it_is_held_and_goes_on_by_itself(before: dict[str, Any], after: dict[str, Any]) -> None:
    world = held_world(**before)
    assert world.sweep() == []
    for name, value in after.items():
        setattr(world, name, value)
    assert world.sweep() == [(0, 4)]


def test_a_minute_before_the_window_it_still_rests() -> None:
    world = held_world(settings=with_settings(windows=CLOSED))
    world.now = NOON + timedelta(minutes=59)
    assert world.sweep() == []


def test_what_holds_it_now_is_not_what_stands_there() -> None:
    """The window opens during a pause that came later: the step says so, and then it rests again."""
    world = held_world(settings=with_settings(windows=CLOSED))
    world.state = Brakes(pause=Pause(why="wait"))
    world.now = NOON + timedelta(hours=1)
    assert world.sweep() == [(0, 4)]


def test_a_node_under_way_is_woken_all_the_same() -> None:
    under_way = Slot(index=1, step=7, phase=Phase.UNCORDON, node="n1")
    world = held_world((Slot(index=0, step=4), under_way), state=Brakes(tripped="too many"))
    assert world.sweep() == [(1, 7)]


@pytest.mark.parametrize("seconds, woken", [(7200.0, []), (60.0, [(0, 4)])], ids=["theirs", "a-clock-was-wrong"])
def test_nobody_is_woken_who_is_at_work_for_as_long_as_a_hold_may_last(
    seconds: float, woken: list[tuple[object, object]]
) -> None:
    at_work = Slot(index=0, step=4, node="n1", phase=Phase.DRAIN, holder="h", holder_expires=NOON + timedelta(hours=2))
    status = RefreshStatus(phase=RefreshPhase.RUNNING, slots=(at_work,))
    world = World(refresh=replace(refresh(), status=status), settings=with_settings(holder_seconds=seconds))
    assert world.sweep() == woken


def test_a_refresh_that_is_to_end_is_woken_all_the_same() -> None:
    world = held_world(state=Brakes(tripped="too many"))
    world.refresh = replace(world.refresh, status=replace(world.refresh.status, stopping="aborted", aborting=True))
    assert world.sweep() == [(0, 4)]


def test_a_refresh_that_does_not_say_that_it_is_held_is_woken_to_say_so() -> None:
    """Its step was lost before it could; nothing is read in vain."""
    world = World(refresh=replace(refresh(), status=RefreshStatus(slots=(Slot(index=0, step=4),))))
    world.state = Brakes(tripped="too many")
    assert world.sweep() == [(0, 4)]
    assert world.asked == 0


@pytest.mark.parametrize(
    "holder, phase, left",
    [
        ("deleted", RefreshPhase.RUNNING, ""),
        ("r1", RefreshPhase.FAILED, ""),
        ("r1", RefreshPhase.RUNNING, "r1"),
        ("r1", RefreshPhase.PENDING, "r1"),
    ],
)
def test_a_lease_is_given_back_where_no_refresh_at_work_has_it(holder: str, phase: RefreshPhase, left: str) -> None:
    """One that was deleted can't; one that has just taken it is at work soon."""
    world = World(refresh=replace(refresh(), status=RefreshStatus(phase=phase)), lease=holder)
    world.sweep()
    assert world.lease == left


def test_a_machine_that_cannot_be_looked_at_is_told_of_once_the_rest_is_done() -> None:
    """The sweep's message is delivered again."""
    world = World(refresh=refresh(), lease="deleted", noted=Noted(unreadable=("data.4711 can't be read",)))
    with pytest.raises(Retryable, match=r"data\.4711 can't be read"):
        world.sweep()
    assert (world.published, world.lease) == ([(0, 0)], "")


def test_a_step_that_cannot_be_published_keeps_nothing_else_from_being_seen_to() -> None:
    """A machine that is off, say, or a lease that nobody gives back."""
    world = World(refresh=refresh(), lease="deleted", silent=True)
    with pytest.raises(Retryable, match="Pub/Sub is away"):
        world.sweep()
    assert world.lease == ""


@pytest.mark.parametrize(
    "ahead, woken",
    [
        pytest.param(timedelta(seconds=60), [], id="at-work"),
        pytest.param(timedelta(days=365 * 70), [(0, 4)], id="longer-than-any-hold"),
    ],
)
def test_a_slot_is_woken_where_nobody_can_hold_it_for_so_long(
    ahead: timedelta, woken: list[tuple[object, object]]
) -> None:
    at_work = Slot(index=0, step=4, phase=Phase.DRAIN, node="n1", holder="a", holder_expires=NOON + ahead)
    found = World(refresh=replace(refresh(), status=RefreshStatus(phase=RefreshPhase.RUNNING, slots=(at_work,))))

    assert found.sweep() == woken
