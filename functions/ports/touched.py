"""What each function may touch."""

from dataclasses import dataclass

from functions.ports.clock import Clock
from functions.ports.google import ComputeFactory, Gke, GrantLog, Groups, Iam, Impersonation, Instances, Registry
from functions.ports.messaging import Audit, Outbox


@dataclass(frozen=True, kw_only=True, slots=True)
class DiagnosisPorts:
    """What on_pull_event may touch: reads, one NodeRefresh, one message."""

    clock: Clock
    gke: Gke
    instances: Instances
    registry: Registry
    iam: Iam
    impersonation: Impersonation
    grants: GrantLog
    outbox: Outbox
    audit: Audit


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshPorts:
    """What on_refresh_step may touch."""

    clock: Clock
    gke: Gke
    groups: Groups
    compute: ComputeFactory
    outbox: Outbox
    audit: Audit
