"""What a plan may touch when whoever asks makes it on their own machine: reads, with their own rights."""

from typing import Never

from functions.adapters.groups import InstanceGroups
from functions.errors import Refused
from functions.ports import Compute, RefreshPorts
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


def _no_compute() -> Compute:
    _refuse()


def _refuse() -> Never:
    raise Refused("a plan changes nothing")


class _Nothing:
    """`ports.Outbox` and `ports.Audit`."""

    def publish_step(self, message: dict[str, object]) -> None:  # noqa: ARG002 - the port hands it in
        _refuse()

    def dead_letter(self, data: bytes, attributes: dict[str, str], reason: str) -> None:  # noqa: ARG002 - likewise
        _refuse()

    def record(self, event: str, message: str, *, warning: bool = False, **fields: object) -> None:  # noqa: ARG002
        _refuse()
