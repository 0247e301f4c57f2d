"""Which cluster a context leads to, where it does not bear gcloud's name: what the cluster itself says counts.

A person who names another cluster with `--cluster` would else read, pause and resume the one they are in.
"""

from contextlib import suppress

from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_resources import NAMESPACES, NODES
from functions.errors import BadInput, NotFound, Refused, Retryable
from functions.model.names import ClusterKey, InstanceRef
from functions.ownership import NAMESPACE, PREFIX

CLUSTER = f"{PREFIX}cluster"
"""Annotation of the namespace `repull`, by which the installation says which cluster it is in."""
_UNANSWERED = (Refused, Retryable, NotFound)


def confirmed(kube: KubeApi, key: ClusterKey, *, context: str) -> bool:
    """Whether the cluster says that it is `key`'s; False where it says nothing. Raises Refused where it is another."""
    if says := _installed(kube):
        if says != key:
            raise Refused(f"context {context} leads to cluster {says}, not to {key}; {_remedy(key)}")
        return True
    machine = _any_machine(kube)
    if machine and (machine.project, _region(machine.zone)) != (key.project, _region(key.location)):
        raise Refused(
            f"context {context} leads to a cluster with machines of project {machine.project} in {machine.zone}, which "
            f"is not {key}; {_remedy(key)}"
        )
    return False


def unconfirmed(key: ClusterKey) -> Refused:
    """For what is written into a cluster of which nothing says which one it is."""
    return Refused(
        f"nothing says that this cluster is {key}: apply infra/cluster anew, which writes it into the annotation "
        f"{CLUSTER} of namespace {NAMESPACE}, or {_remedy(key)}"
    )


def _remedy(key: ClusterKey) -> str:
    return (
        f"make a context of its own with gcloud container clusters get-credentials {key.name} "
        f"--location={key.location} --project={key.project}"
    )


def _installed(kube: KubeApi) -> ClusterKey | None:
    with suppress(*_UNANSWERED, BadInput):
        found = kube.get(NAMESPACES, NAMESPACE) or {"metadata": {}}
        return ClusterKey.parse(str((found["metadata"].get("annotations") or {}).get(CLUSTER, "")))
    return None


def _any_machine(kube: KubeApi) -> InstanceRef | None:
    with suppress(*_UNANSWERED):
        for node in kube.find(NODES, most=1):
            return InstanceRef.from_provider_id(str((node.get("spec") or {}).get("providerID") or ""))
    return None


def _region(location: str) -> str:
    """Of a zone, which is called as its region is, with a letter behind; a region is its own."""
    return "-".join(location.split("-")[:2])
