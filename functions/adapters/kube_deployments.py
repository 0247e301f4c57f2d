"""Deployments of one cluster: read, scaled, and whose their replicas are."""

from collections.abc import Iterator
from typing import Any

from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_placement import selector, selector_text
from functions.adapters.kube_podview import controller, pod
from functions.adapters.kube_resources import AUTOSCALERS, DEPLOYMENTS, PODS, can_be_carried, labelled
from functions.model.cluster import Pod
from functions.model.workload import Autoscaler, Deployment, Manager, Scaling

PERMISSIONS = DEPLOYMENTS.may("get", "list") | AUTOSCALERS.may("list") | PODS.may("list")
OPTIONAL_PERMISSIONS = DEPLOYMENTS.may("patch")
"""Where an outage may be asked for: infra/cluster/optional/scale-workloads.yaml."""


class KubeDeployments:
    """`ports.Deployments` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def get(self, namespace: str, name: str) -> Deployment | None:
        found = self._api.get(DEPLOYMENTS, name, namespace=namespace)
        return deployment(found) if found else None

    def carrying(self, label: str, value: str = "", *, limit: int) -> tuple[Deployment, ...]:
        if not can_be_carried(value):
            return ()
        found = self._api.find(DEPLOYMENTS, labelSelector=labelled(label, value), most=limit)
        return tuple(deployment(each) for each in found)

    def change(self, found: Deployment, scaling: Scaling) -> Deployment:
        changed = self._api.patch(DEPLOYMENTS, found.name, patch(found, scaling), namespace=found.namespace)
        return deployment(changed)

    def pods(self, found: Deployment) -> tuple[Pod, ...]:
        selected = selector_text(found.selector)
        return tuple(pod(each) for each in self._api.find(PODS, namespace=found.namespace, labelSelector=selected))

    def autoscalers(self, namespace: str) -> tuple[Autoscaler, ...]:
        return tuple(_autoscaler(each) for each in self._api.find(AUTOSCALERS, namespace=namespace))


def deployment(found: Object) -> Deployment:
    """A Deployment as we see it."""
    metadata, spec = found["metadata"], found["spec"]
    return Deployment(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        replicas=spec.get("replicas", 1),
        selector=selector(spec["selector"]),
        owner=controller(metadata),
        managers=tuple(_managers(metadata)),
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
    )


def patch(found: Deployment, scaling: Scaling) -> Object:
    """The merge patch for a change that holds only against the version that was read."""
    metadata: dict[str, Any] = {"resourceVersion": found.resource_version}
    if scaling.labels:
        metadata["labels"] = scaling.labels
    if scaling.annotations:
        metadata["annotations"] = scaling.annotations
    return {"metadata": metadata} | ({} if scaling.replicas is None else {"spec": {"replicas": scaling.replicas}})


def _managers(metadata: Object) -> Iterator[Manager]:
    """Whose `f:spec.f:replicas` is (FieldsV1 of metadata.managedFields)."""
    for entry in metadata.get("managedFields") or ():
        owned = (entry.get("fieldsV1") or {}).get("f:spec") or {}
        if "f:replicas" in owned:
            yield Manager(name=entry.get("manager") or "", applies=entry.get("operation") == "Apply")


def _autoscaler(found: Object) -> Autoscaler:
    metadata, target = found["metadata"], found["spec"]["scaleTargetRef"]
    return Autoscaler(
        namespace=metadata["namespace"],
        name=metadata["name"],
        kind=target["kind"],
        target=target["name"],
        owner=controller(metadata),
    )
