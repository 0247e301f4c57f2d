"""GKE: what a cluster is made of, and the way to its Kubernetes API."""

import base64
import binascii
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from functions.adapters.gke_operations import GkeOperations
from functions.adapters.google_session import GoogleSession
from functions.errors import Refused, Retryable
from functions.model.google import DEFAULT, Autoscaling, GkeCluster, NodePool, Operation
from functions.model.names import ClusterKey
from functions.ports import Cluster

PERMISSION = "container.clusters.get"
PERMISSIONS = frozenset({PERMISSION, "container.clusters.connect"})
"""The second opens the DNS endpoint."""

REMEMBERED_SECONDS = 60.0
"""How old an answer may be: an invocation asks again and again, and must see that a pool is being upgraded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where a cluster's Kubernetes API answers. `ca` is None where its certificate is a public one."""

    host: str
    ca: str | None


Connect = Callable[[ClusterKey, Endpoint], Cluster]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    at: float  # by time.monotonic
    cluster: GkeCluster
    endpoint: Endpoint


@dataclass(frozen=True, kw_only=True, slots=True)
class _AtWork:
    at: float  # by time.monotonic
    operations: tuple[Operation, ...]


class GkeClusters:
    """`ports.Gke`. `connect` builds a cluster's adapters; they are kept until the endpoint or its CA changes.

    Without `operations` nobody asks what is under way.
    """

    def __init__(
        self,
        session: GoogleSession,
        endpoint: str,
        connect: Connect,
        *,
        operations: GkeOperations | None = None,
        remembered_seconds: float = REMEMBERED_SECONDS,
    ) -> None:
        self._session = session
        self._endpoint = endpoint
        self._connect = connect
        self._operations = operations
        self._remembered_seconds = remembered_seconds
        self._locks: defaultdict[ClusterKey, threading.Lock] = defaultdict(threading.Lock)
        self._asking: defaultdict[ClusterKey, threading.Lock] = defaultdict(threading.Lock)  # nobody's way in waits
        self._known: dict[ClusterKey, _Known] = {}
        self._at_work: dict[ClusterKey, _AtWork] = {}
        self._connected: dict[ClusterKey, tuple[Endpoint, Cluster]] = {}

    def cluster(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:
        with self._locks[key]:
            return self._read(key, anew=anew).cluster

    def at_work(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:
        cluster = self.cluster(key, anew=anew)
        if self._operations is None:
            return cluster
        with self._asking[key]:
            known = self._at_work.get(key)
            if known is None or anew or not self._is_fresh(known.at):
                known = self._at_work[key] = _AtWork(at=time.monotonic(), operations=self._operations.under_way(key))
        return replace(cluster, operations=known.operations)

    def connect(self, key: ClusterKey) -> Cluster:
        """An outage of GKE's API must not keep us from giving a node back: a known endpoint serves on."""
        with self._locks[key]:
            before = self._connected.get(key)
            try:
                endpoint = self._read(key).endpoint
            except Retryable:
                if before is None:
                    raise
                return before[1]
            if before and before[0] == endpoint:
                return before[1]
            cluster = self._connect(key, endpoint)
            self._connected[key] = (endpoint, cluster)
            return cluster

    def _read(self, key: ClusterKey, *, anew: bool = False) -> _Known:
        known = self._known.get(key)
        if known and not anew and self._is_fresh(known.at):
            return known
        path = f"projects/{key.project}/locations/{key.location}/clusters/{key.name}"
        found = self._session.get(f"{self._endpoint}/v1/{path}", permission=PERMISSION)
        if found is None:
            raise Refused(f"cluster {key} does not exist; correct its name")
        known = _Known(at=time.monotonic(), cluster=_cluster(found), endpoint=_endpoint(key, found))
        self._known[key] = known
        return known

    def _is_fresh(self, at: float) -> bool:
        return time.monotonic() - at < self._remembered_seconds


def _cluster(found: dict[str, Any]) -> GkeCluster:
    return GkeCluster(
        status=str(found.get("status") or ""),
        autopilot=bool((found.get("autopilot") or {}).get("enabled")),
        pools=tuple(_pool(each) for each in found.get("nodePools") or ()),
    )


def _pool(found: dict[str, Any]) -> NodePool:
    config = found.get("config") or {}
    return NodePool(
        name=str(found.get("name") or ""),
        service_account=str(config.get("serviceAccount") or DEFAULT),
        scopes=tuple(config.get("oauthScopes") or ()),
        group_urls=tuple(found.get("instanceGroupUrls") or ()),
        status=str(found.get("status") or ""),
        autoscaling=_autoscaling(found.get("autoscaling") or {}),
    )


def _autoscaling(found: dict[str, Any]) -> Autoscaling | None:
    if not found.get("enabled"):
        return None
    return Autoscaling(
        least_per_zone=int(found.get("minNodeCount") or 0), least=int(found.get("totalMinNodeCount") or 0)
    )


def _endpoint(key: ClusterKey, found: dict[str, Any]) -> Endpoint:
    """The DNS endpoint where it lets us in (it needs no network of ours, and has a public certificate); else the IP."""
    dns = (found.get("controlPlaneEndpointsConfig") or {}).get("dnsEndpointConfig") or {}
    if dns.get("allowExternalTraffic") and dns.get("endpoint"):
        return Endpoint(host=f"https://{dns['endpoint']}", ca=None)
    address = str(found.get("endpoint") or "")
    try:
        ca = base64.b64decode((found.get("masterAuth") or {}).get("clusterCaCertificate") or "").decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused(f"cluster {key}: its CA certificate can't be read: {error}") from error
    if not address or not ca:
        raise Refused(f"cluster {key} has no endpoint yet (status {found.get('status') or 'unknown'})")
    return Endpoint(host=f"https://{address}", ca=ca)
