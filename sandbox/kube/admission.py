"""What stands between a valid object and the store: the real server's default admission, as far as repull meets it."""

import secrets
from collections.abc import Callable
from typing import Any

from sandbox.kube import podsecurity
from sandbox.kube.resources import Catalogue, Resource
from sandbox.kube.status import Cause, forbidden, not_found
from sandbox.kube.storage import Storage

Object = dict[str, Any]

_NAMESPACE = "metadata.namespace"
_NOT_READY = "node.kubernetes.io/not-ready"
_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_PATIENCE: tuple[dict[str, Any], ...] = tuple(
    {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for key in ("not-ready", "unreachable")
)


class Admission:
    """May add to the object that it admits."""

    def __init__(self, storage: Storage, catalogue: Catalogue) -> None:
        self._storage = storage
        self._catalogue = catalogue
        self.webhooks: list[Callable[[Object], None]] = []
        """In place of MutatingWebhookConfigurations: each may change a new pod before anybody judges it."""

    def admit(self, obj: Object, resource: Resource) -> None:
        """A new object, in place; raises what is refused."""
        metadata = obj["metadata"]
        if resource.namespaced:
            self.namespace_takes(resource, metadata["namespace"], metadata.get("name", ""))
        if resource.plural == "pods":
            self._admit_pod(obj, resource)
        if resource.plural == "nodes":
            _admit_node(obj)

    def namespace_takes(self, resource: Resource, namespace: str, name: str) -> None:
        """404 for a namespace that does not exist, 403 for one that is being terminated."""
        found = self._storage.get("namespaces", ("", namespace))
        if found is None:
            raise not_found(self._catalogue.named("namespaces"), namespace)
        if found.object["status"]["phase"] == "Terminating":
            raise forbidden(
                resource,
                name,
                f"unable to create new content in namespace {namespace} because it is being terminated",
                Cause(
                    reason="NamespaceTerminating",
                    message=f"namespace {namespace} is being terminated",
                    field="metadata.namespace",
                ),
            )

    def _admit_pod(self, pod: Object, resource: Resource) -> None:
        """The plugins ServiceAccount, DefaultTolerationSeconds, Priority and PodSecurity."""
        spec = pod["spec"]
        self._serve_account(pod, resource)
        tolerations = spec.setdefault("tolerations", [])
        for patience in _PATIENCE:
            if not any(_covers(each, patience["key"]) for each in tolerations):
                tolerations.append(dict(patience))
        _prioritize(pod, resource)
        for webhook in self.webhooks:
            webhook(pod)
        namespace = self._storage.get("namespaces", ("", pod["metadata"]["namespace"]))
        if namespace and (why := podsecurity.violation(spec, namespace.object)):
            raise forbidden(resource, pod["metadata"].get("name", ""), why)

    def _serve_account(self, pod: Object, resource: Resource) -> None:
        spec, metadata = pod["spec"], pod["metadata"]
        if "kubernetes.io/config.mirror" in (metadata.get("annotations") or {}):
            return
        name = spec.setdefault("serviceAccountName", "default")
        spec["serviceAccount"] = name
        found = self._storage.get("serviceaccounts", (metadata["namespace"], name))
        if found is None and name != "default":  # `default` is another controller's to make; nobody waits for it here
            why = f'error looking up service account {metadata["namespace"]}/{name}: serviceaccount "{name}" not found'
            raise forbidden(resource, metadata.get("name", ""), why)
        account = found.object if found else {}
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = list(account["imagePullSecrets"])
        wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
        if wanted:
            _mount_token(spec)


def _prioritize(pod: Object, resource: Resource) -> None:
    """By the classes that every cluster has; others are not modelled."""
    spec, name = pod["spec"], pod["spec"].get("priorityClassName") or ""
    if name and name not in _PRIORITIES:
        raise forbidden(resource, pod["metadata"].get("name", ""), f"no PriorityClass with name {name} was found")
    priority = _PRIORITIES.get(name, 0)
    if spec.get("priority", priority) != priority:
        why = (
            f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; "
            f"priority admission controller computed {priority} from the given PriorityClass name"
        )
        raise forbidden(resource, pod["metadata"].get("name", ""), why)
    spec["priority"] = priority
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")


def _mount_token(spec: Object) -> None:
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    volume = f"kube-api-access-{secrets.token_hex(3)[:5]}"
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": _NAMESPACE}}]}},
    ]
    mounted = False
    for container in (*(spec.get("initContainers") or []), *(spec.get("containers") or [])):
        mounts = container.setdefault("volumeMounts", [])
        if not any(mount.get("mountPath") == path for mount in mounts):
            mounts.append({"name": volume, "mountPath": path, "readOnly": True})
            mounted = True
    if mounted:
        spec.setdefault("volumes", []).append({"name": volume, "projected": {"defaultMode": 0o644, "sources": sources}})


def _admit_node(node: Object) -> None:
    """The plugin TaintNodesByCondition: nobody is sent to a node before somebody has seen it Ready."""
    taints = node["spec"].setdefault("taints", [])
    if not any(each.get("key") == _NOT_READY for each in taints):
        taints.append({"key": _NOT_READY, "effect": "NoSchedule"})


def _covers(toleration: Object, key: str) -> bool:
    return toleration.get("key") in {None, "", key} and toleration.get("effect") in {None, "", "NoExecute"}
