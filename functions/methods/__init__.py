"""How a machine may be renewed: one file per method, each a row of this table."""

from functions.methods import recreate, reset, scale_workloads, stop_start
from functions.methods.circumstances import Circumstances
from functions.methods.way import Call, Way
from functions.model.refresh import Method, Refresh, Slot

CALLS: dict[Method, Call] = {
    Method.RESET: reset.WAY,
    Method.STOP_START: stop_start.WAY,
    Method.RECREATE: recreate.WAY,
}
METHODS: dict[Method, Way] = {**CALLS, Method.SCALE_WORKLOADS: scale_workloads.WAY}


def chosen(refresh: Refresh, slot: Slot) -> Method:
    """How the slot's machine is renewed now: as the refresh says, unless that did not help and more was permitted."""
    return Method.RECREATE if slot.escalated else refresh.spec.method


def refusals(method: Method, found: Circumstances) -> tuple[str, ...]:
    """Every reason why the machine can't, or must not, be renewed in this way; () where there is none. Pure."""
    return tuple(reason for row in METHODS[method].refuses if (reason := row(found)))
