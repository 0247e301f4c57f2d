"""What stands behind pods: their controllers, service accounts, disruption budgets and volumes."""

from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_placement import selector, selector_text
from functions.adapters.kube_podview import controller, pod, secret_names
from functions.adapters.kube_resources import (
    BUDGETS,
    CLAIMS,
    DAEMON_SETS,
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    SECRETS,
    SERVICE_ACCOUNTS,
    STATEFUL_SETS,
    VOLUME_ATTACHMENTS,
)
from functions.model.cluster import Attachment, Budget, Owner, Pod, PullSecret, ServiceAccount

_WORKLOADS = {"Deployment": DEPLOYMENTS, "StatefulSet": STATEFUL_SETS, "DaemonSet": DAEMON_SETS}

PERMISSIONS = frozenset[tuple[str, str, str]]().union(
    *(resource.may("get") for resource in (*_WORKLOADS.values(), REPLICA_SETS, SERVICE_ACCOUNTS, CLAIMS)),
    BUDGETS.may("list"),
    VOLUME_ATTACHMENTS.may("list"),
    PODS.may("list"),
)
OPTIONAL_PERMISSIONS = SECRETS.may("get")
"""In namespaces whose pull secrets may be read, and nowhere else: infra/cluster/optional/pull-secrets.yaml."""


class KubeWorkloads:
    """`ports.Workloads` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def daemon_set_exists(self, namespace: str, name: str) -> bool:
        return self._api.get(DAEMON_SETS, name, namespace=namespace) is not None

    def deployment_of(self, namespace: str, replica_set: str) -> Owner | None:
        found = self._api.get(REPLICA_SETS, replica_set, namespace=namespace)
        owner = controller(found["metadata"]) if found else None
        return owner if owner and owner.kind == "Deployment" else None

    def annotations(self, namespace: str, owner: Owner) -> dict[str, str]:
        found = self._get(namespace, owner)
        return (found["metadata"].get("annotations") or {}) if found else {}

    def pods(self, namespace: str, owner: Owner) -> tuple[Pod, ...]:
        found = self._get(namespace, owner)
        if found is None:
            return ()
        selected = selector_text(selector(found["spec"]["selector"]))
        return tuple(pod(each) for each in self._api.find(PODS, namespace=namespace, labelSelector=selected))

    def _get(self, namespace: str, owner: Owner) -> Object | None:
        resource = _WORKLOADS.get(owner.kind)
        return self._api.get(resource, owner.name, namespace=namespace) if resource else None

    def service_account(self, namespace: str, name: str) -> ServiceAccount | None:
        found = self._api.get(SERVICE_ACCOUNTS, name, namespace=namespace)
        if found is None:
            return None
        annotations = found["metadata"].get("annotations") or {}
        return ServiceAccount(namespace=namespace, name=name, pull_secrets=secret_names(found), annotations=annotations)

    def pull_secret(self, namespace: str, name: str) -> PullSecret | None:
        found = self._api.get(SECRETS, name, namespace=namespace)
        return PullSecret(name=name, type=found.get("type") or "", data=found.get("data") or {}) if found else None

    def budgets(self, namespace: str) -> tuple[Budget, ...]:
        found = self._api.find(BUDGETS, namespace=namespace)
        return tuple(_budget(each) for each in found if each["spec"].get("selector") is not None)  # none selects none

    def attached_volumes(self, node: str) -> tuple[Attachment, ...]:
        found = self._api.find(VOLUME_ATTACHMENTS)  # the API has no field selector for them
        return tuple(_attachment(each) for each in found if each["spec"].get("nodeName") == node)

    def volume_of(self, namespace: str, claim: str) -> str:
        found = self._api.get(CLAIMS, claim, namespace=namespace)
        return str(found["spec"].get("volumeName") or "") if found else ""


def _attachment(found: Object) -> Attachment:
    source = found["spec"].get("source") or {}
    return Attachment(name=found["metadata"]["name"], volume=source.get("persistentVolumeName") or "")


def _budget(found: Object) -> Budget:
    metadata, spec, status = found["metadata"], found["spec"], found.get("status") or {}
    return Budget(
        namespace=metadata["namespace"],
        name=metadata["name"],
        selector=selector(spec["selector"]),
        disruptions_allowed=status.get("disruptionsAllowed") or 0,
        current_healthy=status.get("currentHealthy") or 0,
        desired_healthy=status.get("desiredHealthy") or 0,
        expected_pods=status.get("expectedPods") or 0,
        always_evict_unhealthy=spec.get("unhealthyPodEvictionPolicy") == "AlwaysAllow",
        uncounted=next((each["message"] for each in status.get("conditions") or () if _failed(each)), ""),
    )


def _failed(condition: Object) -> bool:
    """The disruption controller could not work it out, and so allows nothing (its failSafe)."""
    return (condition["type"], condition["reason"]) == ("DisruptionAllowed", "SyncFailed")
