"""Our drain: the real phases with the real adapters, from the preflight until the re-check or the roll-back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from functions.adapters import clock
from functions.events import EVICTION_BLOCKED
from functions.hold import Hold
from functions.model.google import GkeCluster, Member, NodePool
from functions.model.names import ClusterKey, InstanceRef
from functions.model.refresh import Outcome, Phase, RefreshPhase, RefreshSpec, RefreshStatus, Slot
from functions.phases.result import Done, Next
from functions.ports import Cluster, RefreshPorts
from functions.refresh import STEPS
from functions.settings import Consent, Settings
from tests.contract.adapters.product import KEY
from tests.contract.drain.cases import Case
from tests.contract.drain.outcome import Verdict
from tests.contract.drain.yard import POOL

ROAD = (Phase.PREFLIGHT, Phase.CORDON, Phase.DRAIN, Phase.ROLL_BACK)
FOR_EVER = 10_000_000.0
GROUP = f"https://www.googleapis.com/compute/v1/projects/{KEY.project}/zones/us-central1-a/instanceGroupManagers/group"
PLACES = 10_000
"""More than the nodes of other cases that are cordoned meanwhile."""
ROUNDS = 60
"""How often a drain asks for the time, in eight rounds or so, until it is taken to be waiting."""
JUMPS = (200.0, 1000.0)
"""Then it waits no longer: past what a going pod may take, and in the end past the deadline."""


class Clock:
    """Moves on by itself where the drain only waits: it has asked for the time often, and no pod has changed.

    While there is something that `is_due`, it takes longer to believe so.
    """

    def __init__(self, case: Case, is_due: Callable[[], bool]) -> None:
        self._is_due = is_due
        self._skipped = timedelta()
        self._jumps = list(JUMPS) if case.may_be_given_back else []
        self._waits = bool(case.waits)
        self._asked = 0

    def stir(self) -> None:
        """Something happened: whoever waits may go on by itself."""
        self._asked = 0

    def now(self) -> datetime:
        self._asked += 1
        if self._jumps and self._asked > ROUNDS and self._asked > ROUNDS * self._patience:
            self._skipped += timedelta(seconds=self._jumps.pop(0))
            self._asked = 0
        return datetime.now(UTC) + self._skipped

    @property
    def _patience(self) -> int:
        """On a busy machine, what a budget waits for takes its time, and so does what is going."""
        return 9 if self._waits or self._is_due() else 1

    def pause(self, seconds: float) -> None:
        clock.pause(seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Machines:
    """Google Cloud, as far as a drain asks it: every node is a machine of the cluster's one group."""

    cluster_of_ours: Cluster
    node: str

    def cluster(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:  # noqa: ARG002 - it never changes
        assert key == KEY
        return GkeCluster(pools=(NodePool(name=POOL, service_account="default", group_urls=(GROUP,)),))

    at_work = cluster

    def connect(self, key: ClusterKey) -> Cluster:
        assert key == KEY
        return self.cluster_of_ours

    def members(self, group_url: str) -> dict[InstanceRef, Member]:
        assert group_url == GROUP
        machine = InstanceRef(project=KEY.project, zone="us-central1-a", name=self.node)
        return {machine: Member(group=GROUP, id="4711")}

    def group(self, group_url: str) -> NoReturn:
        raise AssertionError(f"a reset asks nothing of {group_url}")

    def get(self, ref: InstanceRef) -> NoReturn:
        raise AssertionError(f"a reset asks nothing of {ref}")


class Nowhere:
    """No message leaves, and no machine is reset."""

    def publish_step(self, message: dict[str, object]) -> None:
        raise AssertionError(f"published {message}")

    def dead_letter(self, data: bytes, attributes: dict[str, str], reason: str) -> None:
        raise AssertionError(f"a dead letter, {reason}: {data!r} {attributes}")


class Idle:
    """It is loaded before a node is cordoned, and a drain asks it for nothing."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"a drain resets nothing: {name}")


def no_compute() -> Any:
    """`ports.ComputeFactory`"""
    return Idle()


@dataclass(kw_only=True)
class Audit:
    """Calls `on_blocked` once."""

    on_blocked: Callable[[], None]
    blocked: bool = False

    def record(self, event: str, *_: object, **__: object) -> None:
        if event == EVICTION_BLOCKED and not self.blocked:
            self.blocked = True
            self.on_blocked()


def drain(
    cluster: Cluster, node_name: str, *, force: bool, passing: Clock, on_blocked: Callable[[], None]
) -> tuple[Verdict, str]:
    """How it ended, and why. It blocks."""
    hold = _hold(cluster, node_name, force=force, passing=passing, on_blocked=on_blocked)
    while hold.slot.phase in ROAD:
        result = STEPS[hold.slot.phase](hold)
        if isinstance(result, Done):
            verdict = {Outcome.REFUSED: Verdict.REFUSED, Outcome.GIVEN_BACK: Verdict.BLOCKED}[result.outcome]
            return verdict, result.note
        assert isinstance(result, Next), result
        deadline = hold.deadline(result.deadline_seconds) if result.deadline_seconds is not None else None
        hold.update(**{"phase": result.phase, "deadline": deadline, **result.changes})
    assert hold.slot.phase is Phase.RECHECK
    return Verdict.DRAINED, ""


def _hold(cluster: Cluster, name: str, *, force: bool, passing: Clock, on_blocked: Callable[[], None]) -> Hold:
    machines = Machines(cluster_of_ours=cluster, node=name)
    settings = Settings(
        clusters=(KEY,),
        step_topic="projects/p/topics/steps",
        dead_letter_topic="projects/p/topics/dead",
        delete_bare_pods=Consent.ALLOW if force else Consent.FORBID,
        delete_local_storage=Consent.ALLOW,
        evict_retry_seconds=0.3,
        lb_drain_seconds=0,
        holder_seconds=FOR_EVER,
    )
    ports = RefreshPorts(
        clock=passing,
        gke=machines,
        groups=machines,
        instances=machines,
        compute=no_compute,
        outbox=Nowhere(),
        audit=Audit(on_blocked=on_blocked),
    )
    refresh = cluster.refreshes.create(name, RefreshSpec(cluster=KEY, max_unavailable="50"))
    found = cluster.nodes.get(name)
    assert refresh
    assert found
    now = passing.now()
    slot = Slot(
        index=0,
        phase=Phase.PREFLIGHT,
        node=name,
        node_uid=found.uid,
        provider_id=found.provider_id,
        boot_id_before=found.boot_id,
        holder="test",
        holder_expires=now + timedelta(seconds=FOR_EVER),
    )
    status = RefreshStatus(phase=RefreshPhase.RUNNING, total=1, places=PLACES, slots=(slot,))
    return Hold(
        refresh=cluster.refreshes.write(refresh, status),
        index=0,
        holder="test",
        cluster=cluster,
        ports=ports,
        settings=settings,
        until=now + timedelta(seconds=FOR_EVER),
    )
