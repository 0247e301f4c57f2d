"""An API server as the adapters' tests see it: an administrator, and the product behind a gate."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from functions.adapters.kube_api import KubeApi
from functions.errors import Conflict
from functions.model.cluster import Node, NodeChange, Pod
from functions.ports import Cluster
from sandbox.books import Books
from sandbox.endpoint import Endpoint
from sandbox.faults import Fault, Faults, Hook
from sandbox.identities import Identities
from sandbox.kube import KubeClient
from sandbox.serving import Certificate, Served
from tests.background import Background
from tests.contract.adapters.product import Issued
from tests.contract.kube.server import eventually

Object = dict[str, Any]

EXPIRED = {
    "type": "ERROR",
    "object": {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "too old resource version: 1 (806118)",
        "reason": "Expired",
        "code": 410,
    },
}
"""What a real API server sends in a watch that begins too far back; which versions it remembers nobody can say."""


class Listener:
    """Before the gate: keeps what the books don't."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.headers: list[dict[str, str]] = []  # of each of the product's requests, oldest first
        self.expire: Hook | None = None  # the next watch, after this, is answered as one that begins too far back
        self.review: Object | None = None  # the status of every review of access, in place of the server's

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers.append({key.decode(): value.decode() for key, value in scope["headers"]})
        if self.review and scope["path"].endswith("/selfsubjectaccessreviews"):
            await JSONResponse({"status": self.review}, 201)(scope, receive, send)
            return
        expire = self.expire if b"watch=" in scope["query_string"] else None
        if expire is None:
            await self._app(scope, receive, send)
        else:
            self.expire = None
            await expire()
            await Response(f"{json.dumps(EXPIRED)}\n")(scope, receive, send)


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A whole one: its API server, and its controllers at work."""

    background: Background
    endpoint: Endpoint
    admin: KubeClient
    identities: Identities

    def list(self, plural: str, namespace: str = "") -> list[Object]:
        return self.background.run(self.admin.list(plural, namespace))


@dataclass(kw_only=True)
class Server:
    """The API server, and the product's adapters that call it."""

    ring: Ring
    served: Served  # the gate
    certificate: Certificate
    credentials: Issued
    books: Books  # the product's calls alone
    faults: Faults
    api: KubeApi
    cluster: Cluster  # as the refresh's account sees it
    diagnosed: Cluster  # … and the diagnosis's
    listener: Listener

    @property
    def admin(self) -> KubeClient:
        """For hooks, which run in the loop."""
        return self.ring.admin

    def create(self, plural: str, obj: Object, namespace: str = "") -> Object:
        """As the administrator; the status is written afterwards, since no server takes one with a new object."""
        return self.ring.background.run(self._create(plural, obj, namespace))

    async def _create(self, plural: str, obj: Object, namespace: str) -> Object:
        namespace = namespace or obj["metadata"].get("namespace", "")
        created = await self.admin.create(plural, obj, namespace)
        if status := obj.get("status"):
            name = obj["metadata"]["name"]
            return await self.admin.patch(f"{plural}/status", name, {"status": status}, namespace)
        return created

    def stored(self, plural: str, name: str, namespace: str = "") -> Object:
        return self.ring.background.run(self.admin.get(plural, name, namespace))

    def read(self, name: str) -> Pod:
        """The pod, as the product has it."""
        pod = self.diagnosed.pods.get("default", name)
        assert pod is not None
        return pod

    def delete(self, plural: str, name: str, namespace: str = "") -> None:
        """Without grace."""
        self.ring.background.run(self.admin.delete(plural, name, namespace, grace=0))

    def patch(self, plural: str, name: str, patch: Object, namespace: str = "") -> None:
        self.ring.background.run(self.admin.patch(plural, name, patch, namespace))

    def namespace(self, name: str) -> None:
        """A new one, in which a controller has made the service account."""
        self.create("namespaces", {"metadata": {"name": name}})
        self.await_true(lambda: bool(self.ring.list("serviceaccounts", name)))

    def node(self, name: str, *, pool: str = "default", labels: dict[str, str] | None = None, **spec: Any) -> Object:
        metadata = {"name": name, "labels": {"cloud.google.com/gke-nodepool": pool, **(labels or {})}}
        return self.create("nodes", {"metadata": metadata, "spec": spec})

    def cordon(self, name: str) -> None:
        """As somebody else does it."""
        self.patch("nodes", name, {"spec": {"unschedulable": True}})

    def changed(self, name: str, change: NodeChange) -> Node:
        """What the product makes of a node; the cluster's own controllers write it, too, and may come first."""
        while True:
            found = self.cluster.nodes.get(name)
            assert found is not None
            with suppress(Conflict):
                return self.cluster.nodes.change(found, change)

    def pod(
        self, name: str, *, node: str = "", labels: dict[str, str] | None = None, phase: str = "Running", **spec: Any
    ) -> Object:
        """One that the scheduler leaves alone, on a node that is there: pods of others are garbage."""
        if node and not any(each["metadata"]["name"] == node for each in self.ring.list("nodes")):
            self.node(node)
        containers = [{"name": "app", "image": "us-central1-docker.pkg.dev/acme-prod/apps/api:v1"}]
        placed = {"nodeName": node} if node else {}
        pod = {
            "metadata": {"name": name, "namespace": "default", "labels": labels or {}},
            "spec": {"containers": containers, "schedulerName": "nobody", **placed, **spec},
            "status": {"phase": phase, "conditions": [{"type": "Ready", "status": "True"}]},
        }
        return self.create("pods", pod)

    def budget(self, name: str, *, least: int, allowed: int, namespace: str = "default", **spec: Any) -> None:
        """A disruption budget whose controller has come to know that it allows so many."""
        metadata = {"name": name, "namespace": namespace}
        self.create("poddisruptionbudgets", {"metadata": metadata, "spec": {"minAvailable": least, **spec}})

        def known() -> bool:
            status = self.stored("poddisruptionbudgets", name, namespace).get("status", {})
            return bool(status.get("observedGeneration")) and status.get("disruptionsAllowed", 0) == allowed

        self.await_true(known)

    def await_seen(self, plural: str, name: str, namespace: str = "") -> None:
        """Until its controller has read it as it is now."""
        generation = self.stored(plural, name, namespace)["metadata"]["generation"]

        def seen() -> bool:
            observed = self.stored(plural, name, namespace).get("status", {}).get("observedGeneration", 0)
            return bool(observed >= generation)

        self.await_true(seen)

    def follow(self, node: str) -> Iterator[Node | None]:
        return self.cluster.nodes.follow(node, seconds=200)

    def fault(self, **fault: Any) -> Fault:
        return self.faults.add(Fault(api="kubernetes", **fault))

    def events(self) -> list[Object]:
        """The product's own; controllers make some, too."""
        return [each for each in self.ring.list("events", "default") if each["source"] == {"component": "repull"}]

    def await_true(self, holds: Callable[[], bool]) -> None:
        """What a server, or a controller, does a moment later."""
        eventually(holds)
