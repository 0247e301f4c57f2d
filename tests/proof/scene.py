"""A story whose every call is a point of the matrix: how the world is before, what is asked for, who interferes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.machines.machine import Machine
from sandbox.scenarios.stage import Stage
from tests.e2e import smallest

Body = dict[str, Any]
"""Of a message that somebody publishes."""
Act = Callable[[Stage], Awaitable[Body | None]]
"""What somebody else does; the message is delivered at once."""


def _ails(machine: Machine) -> None:
    machine.make_stale()


async def _nothing(_: Stage) -> None:
    return


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    name: str
    ends: str  # the phase of its refresh
    settings: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)  # fields of the start message
    nodes: tuple[str, ...] = (smallest.STALE, smallest.OTHER)  # of the cluster, with a pod each
    pools: Mapping[str, str] = field(default_factory=dict)  # of nodes that are not in the usual one
    ails: tuple[str, ...] = (smallest.STALE,)  # those to whose machines something is done …
    before: Callable[[Machine], None] = _ails  # … namely this
    ready: Act = _nothing  # then this happens, before anything is asked for
    amid: Mapping[tuple[str, int], Act] = field(default_factory=dict)  # … and this right before the n-th call of a kind
    turn: tuple[str, int] | None = None  # a call that is rightly never made where the process dies right before it
    silent: Act | None = None  # what somebody does where no message waits, and a sweep has set nothing going

    @property
    def start(self) -> Body:
        usual = {"action": "start", "image": smallest.IMAGE, "reason": "a proof", "nodes": ",".join(self.ails)}
        return usual | dict(self.asked)
