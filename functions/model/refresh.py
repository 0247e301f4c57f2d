"""A NodeRefresh: what was asked (spec), how far it is (status), and the slots in which nodes are renewed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from functions.model.names import ClusterKey, ImageRef, Repository
from functions.model.verdict import Contrast

LONGEST_HOLD = timedelta(hours=1)
"""Of a slot, whatever an earlier deployment was set to: an invocation lives for nine minutes (Cloud Run functions)."""


class Method(StrEnum):
    """How a machine is renewed, the gentlest way first: each undoes whatever those before it do, and more."""

    RESET = "Reset"  # power off and on again: the memory goes, the disk stays
    STOP_START = "StopStart"  # by its instance group: another boot, perhaps on another host; the disk stays
    RECREATE = "Recreate"  # by its instance group: another machine under the same name, and another disk
    SCALE_WORKLOADS = "ScaleWorkloads"  # by the autoscaler, once nothing is left to run there: an outage

    def covers(self, other: "Method") -> bool:
        """Whether nothing that `other` could cure is left after this.

        A machine that is still there after SCALE_WORKLOADS was not renewed by it.
        """
        if Method.SCALE_WORKLOADS in (self, other):
            return self is other
        order = tuple(Method)
        return order.index(self) >= order.index(other)


class RefreshPhase(StrEnum):
    """Where a whole refresh stands. The last three are ends; exactly one condition of the same name becomes True."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    ABORTED = "Aborted"

    @property
    def over(self) -> bool:
        return self in (RefreshPhase.SUCCEEDED, RefreshPhase.FAILED, RefreshPhase.ABORTED)


class Phase(StrEnum):
    """Where a slot's node stands, in the order of the road. CHOOSE has no node yet; FINISHED has none any more."""

    CHOOSE = "Choose"
    PREFLIGHT = "Preflight"
    CORDON = "Cordon"
    DRAIN = "Drain"
    RECHECK = "Recheck"
    RENEW = "Renew"
    SCALE_DOWN = "ScaleDown"
    AWAIT_REMOVAL = "AwaitRemoval"
    SCALE_UP = "ScaleUp"
    AWAIT_STOP = "AwaitStop"
    AWAIT_BOOT = "AwaitBoot"
    VERIFY = "Verify"
    UNCORDON = "Uncordon"
    RETRY_PODS = "RetryPods"
    ROLL_BACK = "RollBack"
    FINISHED = "Finished"


class Outcome(StrEnum):
    """How a node ended. Written on the node as the label `repull.dev/outcome` while the refresh runs."""

    FRESH = "fresh"  # its kubelet could pull: nothing was done to it
    RENEWED = "renewed"
    PASSED_OVER = "passed-over"  # nothing to do there: excluded, newer than the refresh, or gone
    NEW = "new"  # the same, and made since the nodes in scope were counted: not one of those
    REFUSED = "refused"  # it may need renewal, and something forbids it or is unknown
    GIVEN_BACK = "given-back"  # cordoned, perhaps drained, and given back without a renewal
    FAILED = "failed"  # its renewal failed, nothing proves that it helped, or its pods still can't pull


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A node whose outcome is counted and still has to be written on the Node object."""

    node: str
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """What must survive the node's own object. Taken by compare-and-set; freed only when its node is done.

    `holder_expires` lets another invocation continue this node; it never frees the place.
    """

    index: int
    step: int = 0
    phase: Phase = Phase.CHOOSE
    node: str = ""
    node_uid: str = ""
    instance_id: str = ""
    provider_id: str = ""
    group: str = ""  # URL of the instance group manager that lists the machine
    boot_id_before: str = ""
    taints_before: tuple[str, ...] = ()  # keys that look like start-up taints, and were there while it was Ready
    cordoned_before: bool = False
    cordoned_at: datetime | None = None
    moved: tuple[str, ...] = ()  # controllers of the pods that its drain has found, as kind/namespace/name
    attempt: int = 0  # number of the renewal call, written before the call
    target_size: int | None = None  # of the group, before it was asked to stop the machine
    target_stopped_size: int | None = None
    workloads: tuple[str, ...] = ()  # Deployments that are scaled to zero for its sake, as namespace/name
    escalated: bool = False  # its reset did not help: it is recreated, whatever the refresh's method is
    renewed_at: datetime | None = None  # when the renewal call was recorded
    reason: str = ""  # why the node is being rolled back, or what is being waited for
    gives_way: bool = False  # it is rolled back for somebody else's work: nothing failed, and it may be chosen again
    gave_way: int = 0  # how many times in a row that has happened in this slot, with no node done in between
    deadline: datetime | None = None  # of the present phase
    holder: str = ""
    holder_expires: datetime | None = None
    marks: tuple[Mark, ...] = ()

    def held(self, now: datetime, *, ttl: float = 0.0) -> bool:
        """Whether its holder may still be at work, where a hold lasts for `ttl` seconds.

        Where its end is later than any hold's, a hand or a clock was wrong: nobody must wait for it for ever.
        """
        if not self.holder or self.holder_expires is None:
            return False
        return now < self.holder_expires <= now + max(LONGEST_HOLD, timedelta(seconds=ttl))


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshSpec:
    cluster: ClusterKey
    account: str = ""  # the nodes' service account; "" where a person chose the nodes
    repository: Repository | None = None
    image: ImageRef | None = None
    method: Method = Method.RESET
    reason: str = ""
    requested_by: str = ""  # as claimed by the message
    asked_at: datetime | None = None  # when it was opened first: a backup restores an object as one just made
    nodes: tuple[str, ...] = ()  # the only nodes in scope; empty: every node of the account's pools
    first_nodes: tuple[str, ...] = ()  # known to fail: probed first
    force: bool = False
    delete_bare_pods: bool = False
    delete_local_storage: bool = False
    delete_local_ssd: bool = False
    accept_outage: bool = False
    max_unavailable: str = "1"
    contrast: Contrast = Contrast.ELIMINATION


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    type: str  # Complete, Failed, Aborted
    status: bool
    reason: str
    message: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshStatus:
    phase: RefreshPhase = RefreshPhase.PENDING
    message: str = ""
    total: int | None = None  # nodes in scope, counted once
    places: int = 1  # slots that maxUnavailable allows
    fresh: int = 0
    renewed: int = 0
    failed: int = 0
    passed_over: int = 0
    refused: int = 0
    given_back: int = 0
    done: int = 0  # the sum of these, for kubectl's column
    new: int = 0  # in neither sum: the total has none of them
    canary_verified: bool = False
    any_passed: bool = False  # some node in scope could pull
    stopping: str = ""  # why no further node is taken; "" while running
    aborting: bool = False
    trouble: str = ""  # what was said of the first node that failed, or else was refused or given back
    held: str = ""  # why no further node is taken for now; "" while the chain goes on
    not_before: datetime | None = None  # until when it is held; None: until a person says so
    started_at: datetime | None = None
    ended_at: datetime | None = None
    slots: tuple[Slot, ...] = ()
    notes: tuple[str, ...] = ()  # the last few outcomes that people should read, newest last
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Refresh:
    name: str
    uid: str
    resource_version: str
    created: datetime
    spec: RefreshSpec
    status: RefreshStatus = field(default_factory=RefreshStatus)
    paused: str | None = None  # why, by a person's annotation; None where there is none
