"""Where the outside is built from the settings, once per process and only as far as it is needed.

What only a renewal needs (google-cloud-compute) is loaded when the first one is due.
"""

import threading
from functools import cache

import google.auth
from google.auth.credentials import Credentials

from functions.adapters.audit import StructuredAudit
from functions.adapters.clock import WallClock
from functions.adapters.gke import Endpoint, GkeClusters
from functions.adapters.gke_operations import GkeOperations
from functions.adapters.google_session import SCOPE, GoogleSession
from functions.adapters.kube_transport import Transport, server
from functions.adapters.tokens import Tokens
from functions.assembly import connected, reading
from functions.diagnosis import DiagnosisMemory
from functions.model.names import ClusterKey
from functions.ports import Audit, Cluster, Compute, DiagnosisPorts, Gke, Outbox, RefreshPorts
from functions.settings import Settings

_building = threading.Lock()


def diagnosis(settings: Settings) -> tuple[DiagnosisPorts, DiagnosisMemory]:
    """What on_pull_event may touch, and what it remembers between messages. The same every time."""
    with _building:
        return _diagnosis(settings)


def refresh(settings: Settings) -> RefreshPorts:
    """What on_refresh_step may touch. The same every time."""
    with _building:
        return _refresh(settings)


@cache
def _diagnosis(settings: Settings) -> tuple[DiagnosisPorts, DiagnosisMemory]:
    common = _Common(settings)
    reads = reading(clock=common.clock, gke=common.gke, session=common.session, tokens=common.tokens, settings=settings)
    return DiagnosisPorts(reads=reads, outbox=common.outbox, audit=common.audit), DiagnosisMemory()


@cache
def _refresh(settings: Settings) -> RefreshPorts:
    from functions.adapters.groups import InstanceGroups
    from functions.adapters.instances import ComputeInstances

    common = _Common(settings, refreshing=True)
    return RefreshPorts(
        clock=common.clock,
        gke=common.gke,
        groups=InstanceGroups(common.session, settings.compute_endpoint),
        instances=ComputeInstances(common.session, settings.compute_endpoint),
        compute=_LazyCompute(common.credentials, settings.compute_endpoint),
        outbox=common.outbox,
        audit=common.audit,
    )


class _Common:
    """What both need: one identity, and everything that speaks with it. Who is `refreshing` sees GKE's operations."""

    def __init__(self, settings: Settings, *, refreshing: bool = False) -> None:
        self.credentials, project = google.auth.default(scopes=[SCOPE])
        self.clock = WallClock()
        self.tokens = Tokens(self.credentials)
        self.session = GoogleSession(self.credentials)
        self.audit: Audit = StructuredAudit(project=project)
        endpoint = settings.container_endpoint
        operations = GkeOperations(self.session, endpoint) if refreshing else None
        self.gke: Gke = GkeClusters(self.session, endpoint, self._connect, operations=operations)
        self.outbox: Outbox = _LazyOutbox(self.credentials, settings)

    def _connect(self, key: ClusterKey, endpoint: Endpoint) -> Cluster:
        return connected(key, Transport(server(endpoint.host, endpoint.ca), self.tokens), self.clock)


class _LazyOutbox:
    """`ports.Outbox` that loads google-cloud-pubsub with the first message: most diagnoses publish none."""

    def __init__(self, credentials: Credentials, settings: Settings) -> None:
        self._credentials = credentials
        self._settings = settings
        self._lock = threading.Lock()
        self._outbox: Outbox | None = None

    def publish_step(self, message: dict[str, object]) -> None:
        self._loaded().publish_step(message)

    def dead_letter(self, data: bytes, attributes: dict[str, str], reason: str) -> None:
        self._loaded().dead_letter(data, attributes, reason)

    def _loaded(self) -> Outbox:
        from functions.adapters.pubsub import PubsubOutbox

        with self._lock:
            if self._outbox is None:
                self._outbox = PubsubOutbox(
                    credentials=self._credentials,
                    step_topic=self._settings.step_topic,
                    dead_letter_topic=self._settings.dead_letter_topic,
                )
            return self._outbox


class _LazyCompute:
    """`ports.ComputeFactory` that loads google-cloud-compute with the first renewal."""

    def __init__(self, credentials: Credentials, endpoint: str) -> None:
        self._credentials = credentials
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._compute: Compute | None = None

    def __call__(self) -> Compute:
        from functions.adapters.compute import ComputeEngine

        with self._lock:
            if self._compute is None:
                self._compute = ComputeEngine(credentials=self._credentials, endpoint=self._endpoint)
            return self._compute
