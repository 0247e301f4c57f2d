"""Every machine that is owed a start is looked at, whatever is the matter with another."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest

from functions.errors import Conflict, Refused, RepullError, Retryable
from functions.model.cluster import Instance, Member
from functions.model.names import InstanceRef
from functions.ports import Cluster, Noted, RefreshPorts, Stop
from functions.restarts import settle
from tests.unit.make import CLUSTER, T0

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


@dataclass
class _Machines:
    """Every port, as far as it is asked: two machines are off, and the first one's group gives trouble."""

    trouble: RepullError
    started: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)

    def all(self) -> Noted:
        return Noted(stops=(FIRST, SECOND), unreadable=(BAD,))

    def get(self, _: str) -> None:
        """Their refresh was deleted."""

    def clear(self, instance: str) -> None:
        self.cleared.append(instance)

    def members(self, group: str) -> dict[InstanceRef, Member]:
        if group == FIRST.group:
            raise self.trouble
        ref = InstanceRef(project="acme-prod", zone="us-central1-a", name="n2")
        return {ref: Member(group=group, id="4712", status="TERMINATED")}

    def start(self, machine: Instance, *_: object) -> None:
        self.started.append(machine.id)

    def record(self, *_: object, **__: object) -> None: ...


@pytest.mark.parametrize("trouble", [Refused("403"), Retryable("503"), Conflict("lost")], ids=str)
def test_one_machine_that_cannot_be_looked_at_leaves_no_other_off(trouble: RepullError) -> None:
    found = _Machines(trouble)
    one: Any = found
    unasked: dict[str, Any] = dict.fromkeys(port.name for port in fields(RefreshPorts))
    cluster = Cluster(**{port.name: one for port in fields(Cluster)} | {"key": CLUSTER})
    ports = RefreshPorts(**unasked | {"groups": one, "audit": one, "compute": lambda: one})

    failures = settle(cluster, ports)

    assert found.started == found.cleared == ["4712"]
    assert failures == (BAD, f"machine 4711, which r had stopped: {trouble}")
