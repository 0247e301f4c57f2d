"""The outside, as the product needs it. Adapters implement these and do nothing else.

For every method: an answer of None, or an enum member that says so, means "not there" and is no error.
`Retryable` means the call should have worked (outage, throttled, no answer in time); `Refused` that the outside
said no for good; `Conflict` that a compare-and-set lost. Nothing here retries what cannot succeed.
"""

from functions.ports.clock import Clock
from functions.ports.cluster import (
    Announcer,
    Cluster,
    Eviction,
    EvictionAnswer,
    Leases,
    Nodes,
    Pods,
    Refreshes,
    View,
    Views,
    Workloads,
)
from functions.ports.deployments import Deployments, Rights
from functions.ports.google import (
    Access,
    AccessAnswer,
    Compute,
    ComputeFactory,
    Gke,
    GrantLog,
    Groups,
    Iam,
    ImageAnswer,
    Impersonation,
    Instances,
    Presence,
    Registry,
)
from functions.ports.guard import Guard, unguarded
from functions.ports.memory import Brakes, Memory, Noted, Pause, Renewal, Stop, Stops
from functions.ports.messaging import Audit, Outbox
from functions.ports.touched import DiagnosisPorts, InquiryPorts, RefreshPorts

__all__ = [
    "Access",
    "AccessAnswer",
    "Announcer",
    "Audit",
    "Brakes",
    "Clock",
    "Cluster",
    "Compute",
    "ComputeFactory",
    "Deployments",
    "DiagnosisPorts",
    "Eviction",
    "EvictionAnswer",
    "Gke",
    "GrantLog",
    "Groups",
    "Guard",
    "Iam",
    "ImageAnswer",
    "Impersonation",
    "InquiryPorts",
    "Instances",
    "Leases",
    "Memory",
    "Nodes",
    "Noted",
    "Outbox",
    "Pause",
    "Pods",
    "Presence",
    "RefreshPorts",
    "Refreshes",
    "Registry",
    "Renewal",
    "Rights",
    "Stop",
    "Stops",
    "View",
    "Views",
    "Workloads",
    "unguarded",
]
