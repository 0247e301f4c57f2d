"""An abort ends a run for whoever asked; what had stopped it before may name a node that a person must see to."""

from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any

import pytest

from functions import operations
from functions.aborting import abort
from functions.errors import BadInput, NotFound, Retryable
from functions.messages.steps import Abort
from functions.model.refresh import Refresh, RefreshPhase, RefreshStatus, Slot
from functions.ports import Cluster, RefreshPorts
from functions.reply import Reply
from functions.settings import Mode, Settings
from tests.unit.make import CLUSTER, T0, refresh

CORDONED = "node a1 stays cordoned (when it is well again: kubectl uncordon a1): " + "it can't pull " * 30
SETTINGS = Settings(clusters=(CLUSTER,), step_topic="", dead_letter_topic="")
OBSERVING = replace(SETTINGS, mode=Mode.OBSERVE)
LONG = "the launch is on " * 30


@dataclass
class World:
    """A cluster with one refresh, and every port of it, as far as an abort asks."""

    refresh: Refresh
    key: Any = CLUSTER
    settings: Settings = SETTINGS
    published: list[dict[str, object]] = field(default_factory=list)

    @property
    def ports(self) -> RefreshPorts:
        one: Any = self
        return RefreshPorts(**dict.fromkeys((port.name for port in fields(RefreshPorts)), one))

    def abort(self, reason: str) -> str:
        """Why the run is stopping then."""
        told = Abort(cluster=CLUSTER, refresh=self.refresh.name, reason=reason)
        assert abort(told, self.ports, self.settings) is Reply.HANDLED
        assert self.refresh.status.aborting
        return self.refresh.status.stopping

    def connect(self, _: object) -> Cluster:
        one: Any = self
        return Cluster(**dict.fromkeys((port.name for port in fields(Cluster)), one))

    def get(self, name: str) -> Refresh | None:
        return self.refresh if name == self.refresh.name else None

    def pause(self, _: float) -> None: ...

    def write(self, found: Refresh, status: RefreshStatus) -> Refresh:
        self.refresh = replace(found, status=status)
        return self.refresh

    def now(self) -> Any:
        return T0

    def publish_step(self, message: dict[str, object]) -> None:
        self.published.append(message)

    def record(self, *_: object, **__: object) -> None: ...


def running(stopping: str = "") -> World:
    status = RefreshStatus(phase=RefreshPhase.RUNNING, slots=(Slot(index=0),), stopping=stopping)
    return World(refresh=replace(refresh(), status=status))


def test_it_says_who_aborted_it_and_why() -> None:
    assert running().abort("ann: the launch is on") == "aborted by message: ann: the launch is on"


def test_a_long_reason_hides_nothing_of_what_had_stopped_it_before() -> None:
    said = running(CORDONED).abort(LONG)

    assert said.startswith("aborted by message: the launch is on")
    assert said.endswith(f"it was stopping already: {CORDONED}")
    assert len(said) < len(CORDONED) + 250


def test_it_wakes_a_run_that_rests_or_waits_and_nobody_who_is_at_work() -> None:
    """It may be held for days, and ends at once; whoever is at work sees it for himself."""
    resting, at_work = running(), running()
    busy = Slot(index=0, holder="h", holder_expires=T0 + timedelta(minutes=1))
    at_work.refresh = replace(at_work.refresh, status=replace(at_work.refresh.status, slots=(busy,)))
    for each in (resting, at_work):
        each.abort("ann")

    assert [(step["action"], step["refresh"], step["slot"]) for step in resting.published] == [("continue", "r1", 0)]
    assert at_work.published == []


def test_it_wakes_nobody_whose_hold_lasts_for_hours() -> None:
    """Where the settings say so, a hold that ends so late is no ghost's."""
    at_work = running()
    at_work.settings = replace(SETTINGS, holder_seconds=7200)
    busy = Slot(index=0, holder="h", holder_expires=T0 + timedelta(hours=2))
    at_work.refresh = replace(at_work.refresh, status=replace(at_work.refresh.status, slots=(busy,)))
    at_work.abort("ann")

    assert at_work.published == []


def test_what_is_deleted_before_its_abort_is_written_is_unknown() -> None:
    """Whoever sent it believes that something was stopped: the message is kept, with its reason."""

    class Deleted(World):
        def write(self, found: Refresh, _: RefreshStatus) -> Refresh:
            self.refresh = replace(found, name="another")
            raise NotFound("404")

    world = Deleted(refresh=running().refresh)
    with pytest.raises(BadInput, match="r1"):
        world.abort("ann")
    assert world.published == []


def observed(world: World, name: str) -> Reply:
    told = Abort(cluster=CLUSTER, refresh=name, reason="ann: the launch is on")
    return operations.handle(told, world.ports, OBSERVING, message_id="4711")


def test_in_observe_mode_it_waits_and_says_for_whom() -> None:
    world = running()
    with pytest.raises(Retryable, match=r"^r1 is not aborted yet \(ann: the launch is on\): observe mode") as waits:
        observed(world, "r1")

    assert waits.value.about == {"cluster": str(CLUSTER), "refresh": "r1"}
    assert not world.refresh.status.aborting


@pytest.mark.parametrize("status", [{"phase": RefreshPhase.SUCCEEDED}, {"aborting": True}], ids=["over", "ending"])
def test_in_observe_mode_none_waits_for_what_is_over_or_ending(status: dict[str, Any]) -> None:
    world = running()
    world.refresh = replace(world.refresh, status=replace(world.refresh.status, **status))

    assert observed(world, "r1") is Reply.DUPLICATE


def test_in_observe_mode_one_of_no_refresh_is_rejected() -> None:
    with pytest.raises(BadInput, match="refresh: 'r2' is not accepted"):
        observed(running(), "r2")
