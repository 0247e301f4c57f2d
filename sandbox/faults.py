"""Fault injection for every simulated HTTP API: fail, delay, drop the n-th call of a kind, or run a hook around it.

A hook is how a function's process is killed at an exact point: `before` runs when the request has arrived and nothing
has been done, `after` when the work is done and the answer has not been sent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Hook = Callable[[], Awaitable[None]]


@dataclass(kw_only=True, slots=True)
class Fault:
    """What happens to calls number `first` … `first + times - 1` (counted from 1) of those that match.

    Empty match fields match everything. `resource` is written as in the books ("pods/eviction").
    """

    api: str = ""
    user: str = ""
    verb: str = ""
    resource: str = ""
    name: str = ""
    first: int = 1
    times: int = 1
    status: int = 0  # answer with this HTTP status instead of doing the work
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  # real seconds before the work
    drop: bool = False  # do the work, close the connection without an answer
    before: Hook | None = None
    after: Hook | None = None
    seen: int = 0  # calls that matched so far

    def matches(self, *, api: str, user: str, verb: str, resource: str, name: str) -> bool:
        pairs = ((self.api, api), (self.user, user), (self.verb, verb), (self.resource, resource), (self.name, name))
        return all(not wanted or wanted == got for wanted, got in pairs)


class Faults:
    """The faults in force. One registry serves all simulated APIs."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def due(self, *, api: str, user: str, verb: str, resource: str, name: str = "") -> list[Fault]:
        """Count this call on every fault that it matches, and say which of them strike now."""
        due = []
        for fault in self._faults:
            if fault.matches(api=api, user=user, verb=verb, resource=resource, name=name):
                fault.seen += 1
                if fault.first <= fault.seen < fault.first + fault.times:
                    due.append(fault)
        return due

    @staticmethod
    async def begin(due: list[Fault]) -> Fault | None:
        """Delays and `before` hooks; the fault that answers instead of the API, where one does."""
        for fault in due:
            if fault.delay:
                await asyncio.sleep(fault.delay)
            if fault.before:
                await fault.before()
        return next((fault for fault in due if fault.status), None)

    @staticmethod
    async def finish(due: list[Fault]) -> bool:
        """`after` hooks; True where the answer must be dropped."""
        for fault in due:
            if fault.after:
                await fault.after()
        return any(fault.drop for fault in due)
