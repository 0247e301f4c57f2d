"""A story whose every call is a point of the matrix: how the world is before, what is asked for, who interferes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from sandbox.judge import Check
from sandbox.machines.machine import Machine
from sandbox.scenarios import obstacles
from sandbox.scenarios.stage import Stage
from sandbox.world import World
from tests.e2e import smallest

Body = dict[str, Any]
"""Of a message that somebody publishes."""
Act = Callable[[Stage], Awaitable[Body | None]]
"""What somebody else does; the message is delivered at once."""
Lines = Sequence[Mapping[str, Any]]
"""Of the audit trail."""


def _ails(machine: Machine) -> None:
    machine.make_stale()


async def _nothing(_: Stage) -> None:
    return


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    name: str
    ends: str  # the phase of its refresh; "" where none is opened, or somebody deletes it
    settings: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)  # fields of the start message; None leaves one out
    nodes: tuple[str, ...] = (smallest.STALE, smallest.OTHER)  # of the cluster, with a pod each
    pools: Mapping[str, str] = field(default_factory=dict)  # of nodes that are not in the usual one
    ails: tuple[str, ...] = (smallest.STALE,)  # those to whose machines something is done …
    before: Callable[[Machine], None] = _ails  # … namely this
    inside: Callable[[Stage], AbstractAsyncContextManager[None]] = obstacles.nothing  # in the way until the next story
    ready: Act = _nothing  # then this happens, before anything is asked for
    amid: Mapping[tuple[str, int], Act] = field(default_factory=dict)  # … and this right before the n-th call of a kind
    passing: Mapping[tuple[str, int], float] = field(default_factory=dict)  # seconds that pass before such a call
    turn: tuple[str, int] | None = None  # a call that is rightly never made where the process dies right before it
    silent: Act | None = None  # what somebody does where no message waits, and a sweep has set nothing going
    after: Act | None = None  # what somebody does once the refresh is over, or gone; then a sweep comes
    backoff: float = 10.0  # simulated seconds after which a kubelet tries for the second time to pull
    again_at_once: bool = False  # a message that must come again does so before those that wait
    may_write: bool = True  # as observe mode and a dry run may not
    judged: Callable[[World, Lines], Iterable[Check]] = lambda _world, _lines: ()  # at its end

    @property
    def start(self) -> Body:
        usual = {"action": "start", "image": smallest.IMAGE, "reason": "a proof", "nodes": ",".join(self.ails)}
        return {name: value for name, value in (usual | dict(self.asked)).items() if value is not None}

    @property
    def phases(self) -> list[str]:
        """Of all its refreshes, at the end."""
        return [self.ends] if self.ends else []
