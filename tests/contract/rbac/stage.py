"""A real API server with the product installed, an administrator, and the adapters of each account."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from functions.adapters.clock import pause
from functions.model.cluster import Node, Pod
from functions.model.refresh import Refresh, RefreshSpec
from functions.model.workload import Deployment
from functions.ports import Cluster
from sandbox.kube import KubeClient
from sandbox.kube.client import ApiError
from tests.contract.adapters.product import KEY
from tests.contract.rbac.manifest import Row
from tests.ringtwo import RingTwo

IMAGE = "us-central1-docker.pkg.dev/acme-prod/apps/api:v1"
_SECONDS = 90  # until the API server must have noticed that a role changed


@dataclass(kw_only=True)
class Stage:
    """What jobs find, and what they are made of. Whatever they need the administrator has put there."""

    ring: RingTwo
    admin: KubeClient
    clients: dict[str, KubeClient]  # by account
    clusters: dict[str, Cluster]  # the product's adapters, by account
    numbers: Iterator[int] = field(default_factory=count)

    def create(self, plural: str, obj: dict[str, Any], namespace: str = "") -> dict[str, Any]:
        """As the administrator; the answer."""
        return self.ring.background.run(self.admin.create(plural, obj, namespace))

    def remove(self, plural: str, name: str, namespace: str = "") -> None:
        """As the administrator, where it is there."""
        try:
            self.ring.background.run(self.admin.delete(plural, name, namespace, grace=0))
        except ApiError as error:
            if error.status != 404:
                raise

    def name(self, kind: str) -> str:
        """One that nothing has yet."""
        return f"rbac-{kind}-{next(self.numbers)}"

    def node(self, cluster: Cluster) -> Node:
        name = self.name("node")
        self.create("nodes", {"metadata": {"name": name}})
        found = cluster.nodes.get(name)
        assert found
        return found

    def pod(self) -> Pod:
        name = self.name("pod")
        spec = {"containers": [{"name": "app", "image": IMAGE}]}
        self.create("pods", {"metadata": {"name": name}, "spec": spec}, "default")
        found = self.clusters["repull-diagnose"].pods.get("default", name)  # the refresh only lists them
        assert found
        return found

    def deployment(self, cluster: Cluster) -> Deployment:
        name = self.name("deployment")
        labels = {"app": name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": IMAGE}]}}
        spec = {"selector": {"matchLabels": labels}, "template": template}
        self.create("deployments", {"metadata": {"name": name}, "spec": spec}, "default")
        found = cluster.deployments.get("default", name)
        assert found
        return found

    def refresh(self, cluster: Cluster) -> Refresh:
        name = self.name("refresh")
        spec = {"cluster": str(KEY), "method": "Reset"}
        self.create(
            "noderefreshes",
            {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, "spec": spec},
        )
        found = cluster.refreshes.get(name)
        assert found
        return found

    @contextmanager
    def without(self, row: Row) -> Iterator[None]:
        """The account's role lacks this row and nothing else, until the end."""
        run, role = self.ring.background.run, (row.plural, row.role)
        rules = run(self.admin.get(*role, row.namespace))["rules"]
        run(self.admin.patch(*role, {"rules": list(_without(rules, row))}, row.namespace))
        try:
            self._await(row, allowed=False)
            yield
        finally:
            run(self.admin.patch(*role, {"rules": rules}, row.namespace))
            self._await(row, allowed=True)

    def may(self, account: str, *, verb: str, group: str = "", resource: str, namespace: str = "") -> bool:
        """The API server's own word for it."""
        plural, _, subresource = resource.partition("/")
        attributes = {
            "verb": verb,
            "group": group,
            "resource": plural,
            "subresource": subresource,
            "namespace": namespace,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = self.ring.background.run(self.clients[account].create("selfsubjectaccessreviews", review))
        allowed: bool = answer["status"]["allowed"]
        return allowed

    def _await(self, row: Row, *, allowed: bool) -> None:
        end = time.monotonic() + _SECONDS
        while allowed is not self.may(
            row.account, verb=row.verb, group=row.group, resource=row.resource, namespace=row.namespace
        ):
            assert time.monotonic() < end, f"that {row} should have become {allowed}"
            pause(0.01)


def _without(rules: list[dict[str, Any]], row: Row) -> Iterator[dict[str, Any]]:
    for rule in rules:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                taken = {row.verb} if (group, resource) == (row.group, row.resource) else set()
                if verbs := [verb for verb in rule["verbs"] if verb not in taken]:
                    yield {"apiGroups": [group], "resources": [resource], "verbs": verbs}


def spec() -> RefreshSpec:
    return RefreshSpec(cluster=KEY)
