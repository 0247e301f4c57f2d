"""Every machine that is owed a start gets it, whatever is the matter with another, unless its refresh is at work."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest

from functions.errors import Refused, RepullError, Retryable
from functions.model.google import GkeCluster, Instance, Member, NodePool
from functions.model.names import InstanceRef
from functions.model.refresh import Phase, Refresh, RefreshPhase, RefreshStatus, Slot
from functions.ports import Cluster, Noted, RefreshPorts, Stop
from functions.restarts import settle
from tests.unit.make import ACCOUNT, CLUSTER, T0, refresh

BAD = "ConfigMap repull/stopped: data.4713 can't be read"
FIRST = Stop(
    instance="4711",
    provider_id="gce://acme-prod/us-central1-a/n1",
    group="broken",
    refresh="r",
    at=T0,
    target_size=3,
    target_stopped_size=0,
)
SECOND = replace(FIRST, instance="4712", provider_id="gce://acme-prod/us-central1-a/n2", group="well")
ABOUT = "machine acme-prod/us-central1-a/n2, which r had stopped"
OFF = Member(group="well", id="4712", status="TERMINATED")


@dataclass
class _Machines:
    """Every port, as far as it is asked: two machines are off, and the first one's group gives trouble."""

    trouble: RepullError
    refresh: Refresh | None = None  # that stopped them; None where it was deleted
    found: Member = OFF  # the second one's
    refuses: bool = False
    groups: tuple[str, ...] = ("broken", "well")  # of the cluster
    started: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # what was said and done about the second one, in its order

    def all(self) -> Noted:
        return Noted(stops=(FIRST, SECOND), unreadable=(BAD,))

    def get(self, _: str) -> Refresh | None:
        return self.refresh

    def clear(self, instance: str) -> None:
        self.cleared.append(instance)

    def cluster(self, _: object) -> GkeCluster:
        return GkeCluster(pools=(NodePool(name="p", service_account=ACCOUNT, group_urls=self.groups),))

    def members(self, group: str) -> dict[InstanceRef, Member]:
        if group == FIRST.group:
            raise self.trouble
        ref = InstanceRef(project="acme-prod", zone="us-central1-a", name="n2")
        return {ref: self.found}

    def start(self, machine: Instance, *_: object) -> None:
        self.told.append("asked")
        if self.refuses:
            raise Refused("no capacity")
        self.started.append(machine.id)

    def record(self, event: str, said: str, **_: object) -> None:
        self.told.append(f"{event}: {said}")


def settled(found: _Machines) -> tuple[str, ...]:
    """What could not be looked at."""
    one: Any = found
    unasked: dict[str, Any] = dict.fromkeys(port.name for port in fields(RefreshPorts))
    cluster = Cluster(**{port.name: one for port in fields(Cluster)} | {"key": CLUSTER})
    return settle(cluster, RefreshPorts(**unasked | {"gke": one, "groups": one, "audit": one, "compute": lambda: one}))


@pytest.mark.parametrize("trouble", [Refused("403"), Retryable("503")], ids=str)
def test_one_machine_that_cannot_be_looked_at_leaves_no_other_off(trouble: RepullError) -> None:
    found = _Machines(trouble)

    failures = settled(found)

    assert found.started == found.cleared == ["4712"]
    assert failures == (BAD, f"machine 4711, which r had stopped: {trouble}")


@pytest.mark.parametrize(
    "phase, started", [(RefreshPhase.RUNNING, []), (RefreshPhase.FAILED, ["4712"]), (RefreshPhase.ABORTED, ["4712"])]
)
def test_a_refresh_at_work_starts_its_machines_itself(phase: RefreshPhase, started: list[str]) -> None:
    slot = Slot(index=0, phase=Phase.AWAIT_STOP, node="n2", instance_id="4712")
    found = _Machines(Refused("403"), refresh=replace(refresh(), status=RefreshStatus(phase=phase, slots=(slot,))))
    settled(found)
    assert found.started == found.cleared == started


@pytest.mark.parametrize("phase", [RefreshPhase.PENDING, RefreshPhase.RUNNING])
def test_one_that_was_opened_again_under_a_deleted_ones_name_starts_nothing_of_that(phase: RefreshPhase) -> None:
    """Nor does one that has given the node up: the machine may be off for as long as the run goes on, or is held."""
    at_another = Slot(index=0, phase=Phase.DRAIN, node="n3", instance_id="4713")
    status = RefreshStatus(phase=phase, slots=(at_another,) if phase is RefreshPhase.RUNNING else ())
    found = _Machines(Refused("403"), refresh=replace(refresh(), status=status))
    settled(found)
    assert found.started == found.cleared == ["4712"]


def test_a_note_is_no_warrant_for_a_machine_of_somebody_elses() -> None:
    """Whoever may write ConfigMaps of ours may not therefore have any machine started; the note stays to be read."""
    found = _Machines(Refused("403"), groups=("broken",))
    settled(found)
    assert (found.started, found.cleared) == ([], [])
    (told,) = (each for each in found.told if ABOUT in each)
    assert "group well is none of this cluster's" in told


def test_a_machine_that_is_not_off_yet_is_owed_its_start_still() -> None:
    found = _Machines(Refused("403"), found=replace(OFF, status="STOPPING"))
    settled(found)
    assert (found.started, found.cleared) == ([], [])


def test_a_start_that_is_refused_is_said_and_tried_again() -> None:
    found = _Machines(Refused("403"), refuses=True)
    settled(found)
    assert (found.started, found.cleared) == ([], [])
    assert found.told[-1] == f"repull.swept: {ABOUT}: start it, which was refused: no capacity"


def test_a_start_is_said_before_it_is_asked_for() -> None:
    """Whoever dies right after leaves a machine that runs, of which the next sweep could only say so."""
    found = _Machines(Refused("403"))
    settled(found)
    assert found.told == [f"repull.start: {ABOUT}: start it", "asked"]


def test_a_machine_that_runs_or_is_another_by_now_is_owed_nothing() -> None:
    for member in (replace(OFF, status="RUNNING"), replace(OFF, id="4713")):
        found = _Machines(Refused("403"), found=member)
        settled(found)
        assert (found.started, found.cleared) == ([], ["4712"])
        assert [each.split(": ")[0] for each in found.told] == ["repull.swept"]
