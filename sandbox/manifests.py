"""Applies the manifests of infra/cluster, the same files that a real cluster gets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sandbox import deployment
from sandbox.kube import KubeClient
from sandbox.kube.client import ApiError
from sandbox.kube.store import Store

FOLDER = Path(__file__).resolve().parents[1] / "infra" / "cluster"
SCALING, PULL_SECRETS = "optional/scale-workloads.yaml", "optional/pull-secrets.yaml"

_PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "CustomResourceDefinition": "customresourcedefinitions",
    "Namespace": "namespaces",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "ServiceAccount": "serviceaccounts",
}


def apply(store: Store) -> None:
    """As `kubectl apply -k` does on an empty cluster; raises KeyError on a kind that nobody thought of."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    for resource in kustomization["resources"]:
        for plural, manifest in documents(resource):
            store.create(plural, manifest)


async def add(admin: KubeClient, resource: str, namespace: str = "") -> None:
    """As `kubectl apply -f` does with one of the optional manifests, on whatever ring; what is there stays."""
    for plural, manifest in documents(resource):
        try:
            await admin.create(plural, manifest, namespace)
        except ApiError as error:
            if error.status != 409:
                raise


async def take_away(admin: KubeClient, resource: str, namespace: str = "") -> None:
    """As `kubectl delete -f`, with the namespace that it was added to."""
    for plural, manifest in documents(resource):
        metadata = manifest["metadata"]
        await admin.delete(plural, metadata["name"], metadata.get("namespace", namespace))


def documents(resource: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of one file, for the sandbox's project, each with its plural."""
    text = (FOLDER / resource).read_text().replace("PROJECT_ID/LOCATION/CLUSTER", deployment.CLUSTER_KEY)
    for manifest in yaml.safe_load_all(text.replace("PROJECT_ID", deployment.PROJECT)):
        yield _PLURALS[manifest["kind"]], manifest
