"""Applies the manifests of infra/cluster, the same files that a real cluster gets."""

from pathlib import Path

import yaml

from sandbox import deployment
from sandbox.kube.store import Store

FOLDER = Path(__file__).resolve().parents[1] / "infra" / "cluster"

_PLURALS = {
    "CustomResourceDefinition": "customresourcedefinitions",
    "Namespace": "namespaces",
    "ServiceAccount": "serviceaccounts",
}
_NOT_MODELLED = frozenset({"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"})  # nor are permissions


def apply(store: Store) -> None:
    """As `kubectl apply -k` does on an empty cluster; raises KeyError on a kind that nobody thought of."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    for resource in kustomization["resources"]:
        text = (FOLDER / resource).read_text().replace("PROJECT_ID", deployment.PROJECT)
        for manifest in yaml.safe_load_all(text):
            if manifest["kind"] not in _NOT_MODELLED:
                store.create(_PLURALS[manifest["kind"]], manifest)
