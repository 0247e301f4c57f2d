"""The settings: what there is to set, its default, and what can't be true together."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from functions.model.names import ClusterKey
from functions.model.refresh import Method
from functions.model.schedule import DEFAULT_ZONE, Freeze, Window
from functions.settings.choices import Consent, Elimination, Mode, Severity, Switch

LONGEST_CALL_SECONDS = 60.0
"""What one renewal's call and its operation are given."""
SPARE_SECONDS = 30.0
LONGEST_BUDGET_SECONDS = 510.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All durations in seconds. Defaults are what production wants."""

    clusters: tuple[ClusterKey, ...]
    step_topic: str
    dead_letter_topic: str
    mode: Mode = Mode.REMEDIATE
    # diagnosis
    propagation_seconds: float = 600  # how long access must have held before a node is blamed
    impersonate: tuple[str, ...] = ()  # nodes' accounts of which a token may be minted, to try the image with it
    read_pull_secrets: tuple[str, ...] = ()  # namespaces in which pull secrets may be read, by RBAC of their own
    read_audit_log: Switch = Switch.OFF  # how old a grant is, as Cloud Audit Logs tell it
    elimination: Elimination = Elimination.CANARY
    memory_seconds: float = 600  # how long one cause is one diagnosis
    window_seconds: float = 3600  # one refresh per cause and window
    # refresh
    max_unavailable: str = "1"
    force: Consent = Consent.ASK
    delete_bare_pods: Consent = Consent.ASK
    delete_local_storage: Consent = Consent.ASK
    method: Method = Method.RESET
    allow_stop_start: Switch = Switch.OFF
    escalate: Switch = Switch.OFF  # recreate a machine whose reset did not help, once
    delete_local_ssd: Consent = Consent.ASK
    accept_outage: Consent = Consent.ASK
    cooldown_seconds: float = 21600
    probes_at_once: int = 5
    stale_taints: int = 10
    room: Severity = Severity.WARN  # that pods would find none on other nodes
    last_node: Severity = Severity.REFUSE  # that no other of its pool is Ready and takes pods
    not_ready: int = 1  # other nodes of the pool
    # what holds the chain
    pause: Switch = Switch.OFF
    windows: tuple[Window, ...] = ()  # in which nodes may be taken; none: at any time
    freezes: tuple[Freeze, ...] = ()
    time_zone: ZoneInfo = DEFAULT_ZONE  # of both
    breaker_renewals: int = 30  # within an hour
    breaker_percent: int = 100  # of a pool's nodes, within an hour
    # patience
    budget_seconds: float = 480  # of one invocation; the platform's limit is 540
    holder_seconds: float = 60  # how long a silent invocation keeps its slot
    probe_seconds: float = 120
    drain_seconds: float = 900
    evict_retry_seconds: float = 5
    lb_drain_seconds: float = 30
    scale_down_seconds: float = 1800  # an autoscaler waits for ten minutes before it removes a node
    stop_seconds: float = 300
    boot_seconds: float = 540
    ready_seconds: float = 300
    retry_pods_after_seconds: float = 60
    # where Google is; a deployed function accepts nothing else
    compute_endpoint: str = "https://compute.googleapis.com"
    container_endpoint: str = "https://container.googleapis.com"
    troubleshooter_endpoint: str = "https://policytroubleshooter.googleapis.com"
    artifact_registry_endpoint: str = "https://artifactregistry.googleapis.com"
    resource_manager_endpoint: str = "https://cloudresourcemanager.googleapis.com"
    credentials_endpoint: str = "https://iamcredentials.googleapis.com"
    logging_endpoint: str = "https://logging.googleapis.com"
    registry_endpoint: str = ""  # "" means the image's own host

    def contradictions(self) -> list[str]:
        """What can't be true together, or not on the platform.

        Every invocation must fit its longest call, and end before the platform ends it.
        """
        least = max(self.probe_seconds, LONGEST_CALL_SECONDS) + SPARE_SECONDS
        problems = []
        if not least <= self.budget_seconds <= LONGEST_BUDGET_SECONDS:
            problems.append(
                f"REPULL_BUDGET_SECONDS={self.budget_seconds:g} is not accepted; use {least:g} (a reset, or a probe of "
                f"REPULL_PROBE_SECONDS, and some) to {LONGEST_BUDGET_SECONDS:g} (the platform ends it at 540)"
            )
        if self.method is Method.STOP_START and self.allow_stop_start is Switch.OFF:
            problems.append("REPULL_METHOD='StopStart' is not accepted; use REPULL_ALLOW_STOP_START=on with it")
        if self.method is Method.SCALE_WORKLOADS and self.accept_outage is not Consent.ALLOW:
            problems.append("REPULL_METHOD='ScaleWorkloads' is not accepted; use REPULL_ACCEPT_OUTAGE=allow with it")
        return problems
