"""A world in memory for tests of the diagnosis: it answers every port, counts what it is asked, and keeps its books."""

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from functions.diagnosis import DiagnosisMemory, handle
from functions.errors import Refused, RepullError
from functions.messages.pull_failure import PullFailure
from functions.model.cluster import Container, Node, Pod, PullSecret, ServiceAccount
from functions.model.google import GkeCluster, Instance, NodePool
from functions.model.names import ClusterKey, ImageRef, InstanceRef, Repository
from functions.model.refresh import Refresh, RefreshSpec
from functions.model.verdict import VerdictKind
from functions.ports import Access, AccessAnswer, Cluster, DiagnosisPorts, ImageAnswer, Presence
from functions.reply import Reply
from functions.settings import Settings
from tests.unit import make
from tests.unit.make import ACCOUNT, CLUSTER, IMAGE, T0

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
POOLED = GkeCluster(pools=(NodePool(name="pool-1", service_account=ACCOUNT),))
THERE = ImageAnswer(presence=Presence.EXISTS, evidence="HEAD: 200", digest="sha256:1")
GRANTED = AccessAnswer(access=Access.GRANTED, evidence="CAN_ACCESS")
SETTINGS = Settings(
    clusters=(CLUSTER,),
    step_topic="projects/acme-prod/topics/node-refresh",
    dead_letter_topic="projects/acme-prod/topics/dead",
)
DENIED = (
    f'failed to pull and unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": failed to authorize: failed to '
    "fetch oauth token: unexpected status from GET request to https://us-central1-docker.pkg.dev/v2/token?a=b: 401 "
    "Unauthorized"
)


def failure(
    pod: str = "p1", *, message: str = f'Failed to pull image "{IMAGE}": {DENIED}', **fields: Any
) -> PullFailure:
    """The kubelet's event about a pod of `make`."""
    defaults: dict[str, Any] = {
        "cluster": CLUSTER,
        "namespace": "prod-app",
        "pod_uid": f"uid-{pod}",
        "container": "main",
        "node_hint": "n1",
        "reason": "Failed",
    }
    return PullFailure(pod=pod, message=message, **(defaults | fields))


def puller(name: str = "puller", **fields: Any) -> Pod:
    """A pod on another node that pulled from the repository a minute ago, long after `make.failing` began to fail."""
    container = Container(
        name="main",
        image=str(IMAGE),
        image_id="sha256:1",
        pull_policy="Always",
        ready=True,
        running_since=T0 - timedelta(minutes=1),
    )
    return make.pod(name, **({"node": "n2", "containers": (container,)} | fields))


@dataclass
class World:
    """Node n1 is denied, and everything else is as it should be. A test changes what matters to it."""

    now: datetime = T0
    settings: Settings = SETTINGS
    nodes: dict[str, Node] = field(default_factory=lambda: {"n1": make.node("n1"), "n2": make.node("n2")})
    pods: list[Pod] = field(default_factory=lambda: [make.failing("p1", message=DENIED)])
    accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    secrets: dict[str, PullSecret] = field(default_factory=dict)
    gke: GkeCluster = POOLED
    account: str = ACCOUNT  # of every machine
    scopes: tuple[str, ...] = SCOPES
    machines: bool = True
    image: ImageAnswer = THERE
    tried: ImageAnswer = THERE  # what a fresh token of the account gets
    access: AccessAnswer = GRANTED
    default_account: str = ""  # "" where it can't be found out
    changed: datetime | None = None  # when the audit log last saw a grant
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    faults: dict[str, RepullError] = field(default_factory=dict)  # call -> what it raises
    asked: Counter[str] = field(default_factory=Counter)
    lines: list[dict[str, Any]] = field(default_factory=list)
    published: list[dict[str, object]] = field(default_factory=list)
    announced: list[tuple[str, str, str, bool]] = field(default_factory=list)  # pod, topic, message, warning
    memory: DiagnosisMemory = field(default_factory=DiagnosisMemory)
    gate: threading.Event | None = None  # where set, the first question waits for it

    def diagnose(self, event: PullFailure | None = None) -> Reply:
        return handle(event or failure(), self.ports, self.settings, self.memory)

    def verdict(self, event: PullFailure | None = None) -> dict[str, Any]:
        """Diagnose, and the audit's line about it."""
        before = len(self.verdicts)
        self.diagnose(event)
        assert len(self.verdicts) == before + 1, "no diagnosis was made"
        return self.verdicts[-1]

    def kind(self, event: PullFailure | None = None) -> VerdictKind:
        return VerdictKind(self.verdict(event)["kind"])

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == "repull.verdict"]

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def denied_elsewhere(self, name: str, node: str) -> PullFailure:
        """One more pod that is denied, on this node."""
        self.nodes.setdefault(node, make.node(node))
        self.pods.append(make.failing(name, node=node, message=DENIED))
        return failure(name, node_hint=node)

    @property
    def ports(self) -> DiagnosisPorts:
        return cast("DiagnosisPorts", _Ports(self))

    def called(self, name: str) -> None:
        self.asked[name] += 1
        if self.gate:
            self.gate.wait(60)
        if error := self.faults.get(name):
            raise error


class _Ports:
    """The ports that the diagnosis has, each a thin view of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.clock = self.gke = self.instances = self.registry = self.iam = self.outbox = self.audit = self
        self.impersonation = self.grants = self.reads = self

    def now(self) -> datetime:
        return self._world.now

    def cluster(self, key: ClusterKey) -> GkeCluster:
        assert key == CLUSTER
        self._world.called("gke.cluster")
        return self._world.gke

    def connect(self, key: ClusterKey) -> Cluster:
        assert key == CLUSTER
        return cast("Cluster", _Kube(self._world))

    def get(self, ref: InstanceRef) -> Instance | None:
        self._world.called("instances.get")
        world = self._world
        if not world.machines:
            return None
        return Instance(ref=ref, id="1", status="RUNNING", service_account=world.account, scopes=world.scopes)

    def image(self, image: ImageRef, *, os: str, architecture: str, token: str = "") -> ImageAnswer:
        self._world.called("registry.image with a token" if token else "registry.image")
        answer = self._world.tried if token else self._world.image
        return replace(answer, evidence=f"{image} for {os}/{architecture}: {answer.evidence}")

    def token(self, account: str, scopes: tuple[str, ...]) -> str:
        assert (account, scopes) == (self._world.account, self._world.scopes)
        self._world.called("impersonation.token")
        return "ya29.fresh"

    def last_change(self, repository: Repository, account: str, *, since: datetime) -> datetime | None:
        assert (account, repository) == (self._world.account, IMAGE.repository)
        self._world.called("grants.last_change")
        changed = self._world.changed
        return changed if changed and changed >= since else None

    def may_pull(self, account: str, repository: Repository) -> AccessAnswer:
        assert (account, repository) == (self._world.account, IMAGE.repository)
        self._world.called("iam.may_pull")
        return self._world.access

    def default_account(self, project: str) -> str:
        self._world.called("iam.default_account")
        if not self._world.default_account:
            raise Refused(f"resourcemanager.projects.get on {project}")
        return self._world.default_account

    def publish_step(self, message: dict[str, object]) -> None:
        self._world.called("outbox.publish_step")
        self._world.published.append(message)

    def record(self, event: str, message: str, *, warning: bool = False, **fields: object) -> None:
        self._world.lines.append({"event": event, "message": message, "warning": warning, **fields})


class _Kube:
    """One cluster's API."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.nodes, self.pods, self.refreshes = _Nodes(world), _Pods(world), _Refreshes(world)
        self.workloads = self.announcer = self

    def service_account(self, namespace: str, name: str) -> ServiceAccount | None:
        self._world.called("workloads.service_account")
        if error := self._world.faults.get(f"service account {name}"):
            raise error
        return self._world.accounts.get(name) if namespace == "prod-app" else None

    def pull_secret(self, namespace: str, name: str) -> PullSecret | None:
        assert namespace == "prod-app"
        self._world.called("workloads.pull_secret")
        return self._world.secrets.get(name)

    def on_pod(self, pod: Pod, reason: str, message: str, *, topic: str, warning: bool = False) -> None:
        assert reason == "PullDiagnosed"
        self._world.announced.append((pod.key, topic, message, warning))


class _Nodes:
    def __init__(self, world: World) -> None:
        self._world = world

    def get(self, name: str) -> Node | None:
        self._world.called("nodes.get")
        if error := self._world.faults.get(f"node {name}"):
            raise error
        return self._world.nodes.get(name)


class _Pods:
    def __init__(self, world: World) -> None:
        self._world = world

    def get(self, namespace: str, name: str) -> Pod | None:
        self._world.called("pods.get")
        return next((pod for pod in self._world.pods if pod.key == f"{namespace}/{name}"), None)

    def using(self, repository: Repository, *, limit: int) -> tuple[Pod, ...]:
        self._world.called("pods.using")
        assert repository == IMAGE.repository
        return tuple(self._world.pods[:limit])


class _Refreshes:
    def __init__(self, world: World) -> None:
        self._world = world

    def get(self, name: str) -> Refresh | None:
        return self._world.refreshes.get(name)

    def create(self, name: str, spec: RefreshSpec) -> Refresh | None:
        self._world.called("refreshes.create")
        if name in self._world.refreshes:
            return None
        created = Refresh(name=name, uid=f"uid-{name}", resource_version="1", created=self._world.now, spec=spec)
        self._world.refreshes[name] = created
        return created
