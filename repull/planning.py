"""What a plan may touch when whoever asks makes it on their own machine: reads, with their own rights."""

from dataclasses import replace
from typing import Never

from functions.adapters.groups import InstanceGroups
from functions.errors import Refused
from functions.model.workload import Deployment
from functions.ports import Cluster, Compute, RefreshPorts
from repull.wiring import Access


def planning_ports(access: Access) -> RefreshPorts:
    """The refresh function's ports, of which those that change or say anything refuse."""
    nothing = _Nothing()
    return RefreshPorts(
        clock=access.ports.clock,
        gke=access.ports.gke,
        instances=access.ports.instances,
        groups=InstanceGroups(access.session, access.settings.compute_endpoint),
        compute=_no_compute,
        outbox=nothing,
        audit=nothing,
    )


def planned_cluster(access: Access) -> Cluster:
    """The cluster, in which nobody's own rights are taken for those of the refresh function's account."""
    return replace(access.cluster, rights=_Unseen())


def _no_compute() -> Compute:
    _refuse()


def _refuse() -> Never:
    raise Refused("a plan changes nothing")


class _Unseen:
    """`ports.Rights`: an API server reviews the caller's alone, so whether a refresh may is left to its preflight."""

    def may_scale(self, found: Deployment) -> bool:  # noqa: ARG002 - the port hands it in
        return True


class _Nothing:
    """`ports.Outbox` and `ports.Audit`."""

    def publish_step(self, message: dict[str, object]) -> None:  # noqa: ARG002 - the port hands it in
        _refuse()

    def dead_letter(self, data: bytes, attributes: dict[str, str], reason: str) -> None:  # noqa: ARG002 - likewise
        _refuse()

    def record(self, event: str, message: str, *, warning: bool = False, **fields: object) -> None:  # noqa: ARG002
        _refuse()
