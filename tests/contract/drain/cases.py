"""A node to drain: what is on it, what guards it, and how its pods come back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from tests.contract.drain.pods import Owner, Shape


class State(StrEnum):
    """In which state the drain finds the pods."""

    READY = "ready"
    UNREADY = "unready"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    GOING = "going"  # being deleted; the kubelet ends them during the drain
    STUCK = "stuck"  # being deleted; no kubelet ever ends them


class Guard(StrEnum):
    """The disruption budgets over a workload's pods, of all nodes."""

    NONE = "none"
    ALLOWS = "allows"  # minAvailable: 0
    SPARES_ONE = "spares-one"  # minAvailable: one less than there are
    ONE_AT_A_TIME = "one-at-a-time"  # maxUnavailable: 1, which asks the pods' controllers how many there should be
    ALL = "all"  # minAvailable: as many as there are
    LATER = "later"  # those elsewhere are not ready, and become so once an eviction was refused
    HOPELESS = "hopeless"  # those elsewhere are not ready and stay so
    OVERLAPPING = "overlapping"  # two budgets, both of which would allow it


class Comeback(StrEnum):
    """How the pods come back that replace the evicted ones."""

    ELSEWHERE = "elsewhere"
    NEVER_READY = "never-ready"  # elsewhere, where they don't get ready
    SAME_NODE = "same-node"  # pinned to the node, and tolerating its cordon


REPLACED = (Owner.REPLICA_SET, Owner.STATEFUL_SET, Owner.REPLICATION_CONTROLLER)
"""Those whose pods a controller brings back for as long as the workload is there."""
RATIONS = (Guard.SPARES_ONE, Guard.ONE_AT_A_TIME, Guard.LATER)
"""Budgets that allow one eviction after the other, or later."""
ONE_EACH = (Owner.DAEMON_SET, Owner.DAEMON_SET_GONE, Owner.DAEMON_SET_ORPHAN, Owner.NODE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """Pods that are all alike. `here` of them are on the node."""

    owner: Owner = Owner.REPLICA_SET
    here: int = 1
    elsewhere: int = 0
    state: State = State.READY
    guard: Guard = Guard.NONE
    always_evict_unhealthy: bool = False
    comeback: Comeback = Comeback.ELSEWHERE
    shape: Shape = field(default_factory=Shape)
    debugged: bool = False  # with an ephemeral container
    doomed: bool = False  # in a namespace that is being deleted

    @property
    def going(self) -> bool:
        """Whether its pods are being deleted before the drain begins."""
        return self.doomed or self.owner is Owner.DAEMON_SET_GONE or self.state in (State.GOING, State.STUCK)

    @property
    def total(self) -> int:
        return self.here + self.elsewhere

    @property
    def comes_back(self) -> bool:
        return self.owner in REPLACED and not self.doomed

    @property
    def stays(self) -> bool:
        """Whether both leave it where it is."""
        return self.owner in (Owner.DAEMON_SET, Owner.NODE)

    @property
    def holds_out(self) -> bool:
        """Whether no patience gets all of its pods away."""
        if self.state is State.STUCK:
            return True
        uncounted = self.guard is Guard.ONE_AT_A_TIME and self.owner not in REPLACED
        return self.state is State.READY and (uncounted or self.guard in (Guard.ALL, Guard.HOPELESS, Guard.OVERLAPPING))

    @property
    def may_hang(self) -> bool:
        """Whether a drain of it may never end."""
        if self.state is State.STUCK or self.guard in (Guard.ALL, Guard.HOPELESS):
            return True
        if self.guard is Guard.ALLOWS:
            return self.state is State.UNREADY
        recovers = self.comes_back and self.comeback is not Comeback.NEVER_READY and self.state is State.READY
        return self.guard in RATIONS and not recovers

    @property
    def certainly_goes(self) -> bool:
        """Whether a drain that looks at replacements, too, gets all of its pods away."""
        return not self.stays and not self.may_hang and self.comeback is Comeback.ELSEWHERE

    @property
    def waits(self) -> int:
        """How often an eviction of it may be refused before it succeeds in the end."""
        if self.may_hang:
            return 1 if self.guard is Guard.LATER else 0
        return self.total if self.guard in RATIONS else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A node. `force` is kubectl's, and our consent to evict bare pods."""

    workloads: tuple[Workload, ...]
    force: bool = False

    @property
    def going(self) -> frozenset[int]:
        return frozenset(number for number, each in enumerate(self.workloads) if each.going)

    @property
    def may_hang(self) -> bool:
        return any(each.may_hang for each in self.workloads)

    @property
    def may_be_given_back(self) -> bool:
        """Whether our drain may end by its deadline: it looks at replacements, too."""
        return self.may_hang or any(each.comeback is not Comeback.ELSEWHERE for each in self.workloads)

    def is_due(self, left: Iterable[int]) -> bool:
        """Whether pods of these workloads are left that go in the end."""
        return any(self.workloads[number].certainly_goes for number in left)

    @property
    def waits(self) -> int:
        return max(each.waits for each in self.workloads)

    @property
    def patience(self) -> float:
        """Seconds that kubectl is given. It asks again every five seconds, and on a busy machine a pod goes slowly."""
        if not self.may_hang:
            return 90
        # A Job's controller lets go of a pod late: while it backs off, it counts none as active but some as ready, what
        # the API server refuses (seen on 1.34).
        return 9.5 + 5 * self.waits + (25 if any(each.owner is Owner.JOB for each in self.workloads) else 0)
