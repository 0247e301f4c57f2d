"""What each function may touch."""

from dataclasses import dataclass

from functions.ports.clock import Clock
from functions.ports.google import ComputeFactory, Gke, GrantLog, Groups, Iam, Impersonation, Instances, Registry
from functions.ports.messaging import Audit, Outbox


@dataclass(frozen=True, kw_only=True, slots=True)
class InquiryPorts:
    """What a diagnosis asks."""

    clock: Clock
    gke: Gke
    instances: Instances
    registry: Registry
    iam: Iam
    impersonation: Impersonation
    grants: GrantLog


@dataclass(frozen=True, kw_only=True, slots=True)
class DiagnosisPorts:
    """What on_pull_event may touch: reads, one NodeRefresh, one message, an Event about a pod."""

    reads: InquiryPorts
    outbox: Outbox
    audit: Audit

    @property
    def clock(self) -> Clock:
        return self.reads.clock

    @property
    def gke(self) -> Gke:
        return self.reads.gke


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshPorts:
    """What on_refresh_step may touch."""

    clock: Clock
    gke: Gke
    groups: Groups
    instances: Instances
    compute: ComputeFactory
    outbox: Outbox
    audit: Audit
