"""One machine, its node and its group, held by an invocation whose clock stands still but for its pauses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from functions.errors import Conflict, Refused, Retryable
from functions.hold import Hold
from functions.model.cluster import Attachment, Node, NodeChange, Pod
from functions.model.google import GkeCluster, Group, Instance, Member, NodePool, Operation
from functions.model.names import ClusterKey, InstanceRef
from functions.model.refresh import Method, Phase, Refresh, RefreshPhase, RefreshStatus, Slot
from functions.ports import Brakes, Cluster, Guard, Pause, RefreshPorts, Renewal, Stop
from functions.settings import Settings, Switch
from tests.unit.make import ACCOUNT, CLUSTER, T0, node, refresh

GROUP_URL = "https://compute/projects/acme-prod/zones/us-central1-a/instanceGroupManagers/g"
REF = InstanceRef(project="acme-prod", zone="us-central1-a", name="n1")
MEMBER = Member(group=GROUP_URL, id="4711", status="RUNNING")
POOL = NodePool(name="pool-1", service_account=ACCOUNT, group_urls=(GROUP_URL,))
CORDONED = node(
    unschedulable=True,
    boot_id="before",
    labels={"repull.dev/cordoned-by": "r1", "cloud.google.com/gke-nodepool": "pool-1"},
)


SETTINGS = Settings(
    clusters=(CLUSTER,),
    step_topic="",
    dead_letter_topic="",
    lb_drain_seconds=0.0,
    allow_stop_start=Switch.ON,
    escalate=Switch.ON,
)


@dataclass
class Machine:
    """What every port answers. A member or a group that is an error is one that can't be read."""

    member: Member | Refused | Retryable | None = MEMBER
    group: Group | Refused | None = field(default_factory=Group)
    machine: Instance | None = field(default_factory=lambda: Instance(ref=REF, id="4711", status="RUNNING"))
    node: Node = CORDONED
    pool: NodePool = POOL
    nodes: int = 100  # of the pool
    status: str | None = "RUNNING"  # of the cluster, as GKE says; None while it says nothing
    earlier: Refresh | None = None  # r0
    remembered: str | None = None  # what it was a minute ago, which whoever does not ask anew is told
    operations: tuple[Operation, ...] = ()  # what GKE is at work on, as it says where it is asked for them
    operations_then: tuple[Operation, ...] | None = None  # a minute ago, which whoever does not ask anew is told
    renewals: tuple[Renewal, ...] = ()
    volumes: tuple[Attachment, ...] = ()  # attached to the node
    pending: tuple[Pod, ...] = ()
    left: tuple[Node, ...] = ()  # cordoned by earlier refreshes
    asked: bool | Retryable = False  # whether Compute has an operation for every request
    unreadable: str = ""  # what is wrong with what is remembered
    lease: str = ""  # who has it; "" where it is to be had
    unforgettable: Refused | Retryable | None = None  # why no renewal can be forgotten
    pause: Pause | None = None  # of the cluster
    tripped: str | None = None  # why the breaker is open
    start: Callable[[], None] = lambda: None
    passes: Callable[[float], None] = lambda _: None  # what happens in a pause
    meanwhile: Callable[[], None] = lambda: None  # what happens while a stop is noted
    now: datetime = T0
    cleared: list[str] = field(default_factory=list)  # notes of stops
    counts: list[int | None] = field(default_factory=list)  # how far the pool was counted, each time
    calls: list[str] = field(default_factory=list)  # what Compute was asked to do, and changes of the node
    said: list[str] = field(default_factory=list)  # events of the audit trail
    told: list[str] = field(default_factory=list)  # … and their sentences

    def hold(self, phase: Phase, *, method: Method = Method.STOP_START, **slot: Any) -> Hold:
        held: dict[str, Any] = {
            "node": "n1",
            "node_uid": "uid-n1",
            "instance_id": "4711",
            "provider_id": CORDONED.provider_id,
            "group": GROUP_URL,
            "boot_id_before": "before",
            "deadline": T0 + timedelta(minutes=5),
            "holder_expires": T0 + timedelta(hours=9),
        }
        asked = refresh(method=method)
        mine = Slot(index=0, phase=phase, holder="h", **(held | slot))
        status = RefreshStatus(phase=RefreshPhase.RUNNING, slots=(mine,))
        one: Any = _One(self, replace(asked, status=status))
        unasked: dict[str, Any] = dict.fromkeys(port.name for port in fields(RefreshPorts))
        return Hold(
            refresh=one.refresh,
            index=0,
            holder="h",
            cluster=Cluster(**{port.name: one for port in fields(Cluster)} | {"key": CLUSTER, "stops": _Stops(self)}),
            ports=RefreshPorts(
                **unasked
                | {
                    "clock": one,
                    "audit": one,
                    "gke": one,
                    "groups": one,
                    "instances": _Instances(self),
                    "compute": lambda: one,
                }
            ),
            settings=SETTINGS,
            until=T0 + timedelta(hours=8),
        )


@dataclass
class _One:
    """Every port, as far as a renewal asks."""

    world: Machine
    refresh: Refresh

    def now(self) -> datetime:
        return self.world.now

    def on_refresh(self, *_: Any, **__: Any) -> None:
        return

    def pause(self, seconds: float) -> None:
        self.world.now += timedelta(seconds=max(seconds, 0.001))
        self.world.passes(seconds)

    def record(self, event: str, message: str, **_: object) -> None:
        self.world.said.append(event)
        self.world.told.append(message)

    def get(self, name: str) -> Any:
        """A refresh, r1 and so on, or the node."""
        return {self.refresh.name: self.refresh, "r0": self.world.earlier}.get(name, self.world.node)

    def write(self, found: Refresh, status: RefreshStatus) -> Refresh:
        if found is not self.refresh:
            raise Conflict("somebody has written it")
        self.refresh = replace(self.refresh, status=status)
        return self.refresh

    def change(self, found: Node, change: NodeChange) -> Node:
        self.world.calls.append("patch")
        noted = {key: value for key, value in change.annotations.items() if value is not None}
        self.world.node = replace(found, annotations=found.annotations | noted)
        return self.world.node

    def follow(self, _: str, *, seconds: float) -> Iterator[Node]:
        yield self.world.node
        self.pause(seconds)

    def await_change(self, _: str, *, seconds: float) -> None:
        self.pause(seconds)

    def nothing(self, *_: object, **__: object) -> tuple[()]:
        return ()

    on_node = of_pool = nothing  # no pods, and no other nodes

    def attached_volumes(self, _: str) -> tuple[Attachment, ...]:
        return self.world.volumes

    def carrying(self, *_: object, limit: int, **__: object) -> tuple[Node, ...]:
        return self.world.left[:limit]

    def count(self, *, pools: tuple[str, ...], most: int | None = None) -> int:  # noqa: ARG002 - there is one
        self.world.counts.append(most)
        return self.world.nodes if most is None else min(self.world.nodes, most)

    def pending(self, *, limit: int) -> tuple[Pod, ...]:
        return self.world.pending[:limit]

    def take(self, holder: str, guard: Guard) -> str:  # noqa: ARG002
        return self.world.lease or holder

    def renewals(self) -> tuple[Renewal, ...]:
        if self.world.unreadable:
            raise Refused(self.world.unreadable)
        return self.world.renewals

    def brakes(self) -> Brakes:
        spoilt = self.world.unreadable
        renewals = () if spoilt else self.world.renewals
        return Brakes(pause=self.world.pause, tripped=self.world.tripped, renewals=renewals, unreadable=spoilt)

    def trip(self, why: str, _: datetime) -> None:
        self.world.tripped = why

    def remember(self, renewal: Renewal) -> None:
        self.world.renewals += (renewal,)

    def forget(self, renewal: Renewal) -> None:
        """As the adapter tells one from another."""
        if self.world.unforgettable:
            raise self.world.unforgettable
        key = (renewal.instance, renewal.at, renewal.refresh)
        self.world.renewals = tuple(
            each for each in self.world.renewals if (each.instance, each.at, each.refresh) != key
        )

    def cluster(self, _: ClusterKey, *, anew: bool = False) -> GkeCluster:
        if anew:
            self.world.remembered = None
        status = self.world.remembered or self.world.status
        if status is None:
            raise Retryable("no answer")
        return GkeCluster(status=status, pools=(self.world.pool,))

    def at_work(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:
        if anew:
            self.world.operations_then = None
        then = self.world.operations_then
        return replace(self.cluster(key, anew=anew), operations=self.world.operations if then is None else then)

    def members(self, _: str) -> dict[InstanceRef, Member]:
        return {REF: found} if (found := _read(self.world.member)) else {}

    def group(self, _: str) -> Group | None:
        found: Group | None = _read(self.world.group)
        return found

    def was_asked(self, *_: object) -> bool:
        asked: bool = _read(self.world.asked)
        return asked

    def start(self, *_: object) -> None:
        self.world.calls.append("start")
        self.world.start()

    def stop(self, *_: object) -> None:
        self.world.calls.append("stop")

    def reset(self, *_: object) -> None:
        self.world.calls.append("reset")


@dataclass
class _Stops:
    world: Machine

    def note(self, _: Stop) -> None:
        self.world.meanwhile()

    def clear(self, instance: str) -> None:
        self.world.cleared.append(instance)


@dataclass
class _Instances:
    world: Machine

    def get(self, _: InstanceRef) -> Instance | None:
        return self.world.machine


def _read(found: Any) -> Any:
    if isinstance(found, Refused | Retryable):
        raise found
    return found
