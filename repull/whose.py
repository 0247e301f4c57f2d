"""Which cluster a context leads to, where it does not bear gcloud's name: what the cluster itself says counts.

A person who names another cluster with `--cluster` would else read, pause and resume the one they are in.
"""

from contextlib import suppress

from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_resources import NAMESPACES, NODES
from functions.errors import BadInput, NotFound, Refused
from functions.model.names import ClusterKey, InstanceRef
from functions.ownership import NAMESPACE, PREFIX

CLUSTER = f"{PREFIX}cluster"
"""Annotation of the namespace `repull`, by which the installation says which cluster it is in."""


def doubt(kube: KubeApi, key: ClusterKey, *, context: str) -> str:
    """Why the cluster does not say that it is `key`'s; "" where it does.

    Raises Refused where it is another one, and Retryable where it gives no answer.
    """
    says, why = _installed(kube, key)
    if says == key:
        return ""
    if says:
        raise Refused(f"context {context} leads to cluster {says}, not to {key}; {_remedy(key)}")
    machine = _any_machine(kube)
    if machine and (machine.project, _region(machine.zone)) != (key.project, _region(key.location)):
        raise Refused(
            f"context {context} leads to a cluster with machines of project {machine.project} in {machine.zone}, which "
            f"is not {key}; {_remedy(key)}"
        )
    return why


def unconfirmed(key: ClusterKey, why: str) -> Refused:
    """For what is asked of a cluster of which nothing says which one it is."""
    return Refused(f"nothing says that this cluster is {key}: {why}; or {_remedy(key)}")


def _remedy(key: ClusterKey) -> str:
    return (
        f"make a context of its own with gcloud container clusters get-credentials {key.name} "
        f"--location={key.location} --project={key.project}"
    )


def _installed(kube: KubeApi, key: ClusterKey) -> tuple[ClusterKey | None, str]:
    """What the installation has written down, or else why there is nothing to read."""
    try:
        found = kube.get(NAMESPACES, NAMESPACE) or {"metadata": {}}
        return ClusterKey.parse(str((found["metadata"].get("annotations") or {}).get(CLUSTER, ""))), ""
    except Refused as error:
        return None, str(error)
    except BadInput:
        writes = f"which writes it into the annotation {CLUSTER} of namespace {NAMESPACE}"
        return None, f"run make install CLUSTER={key} again, {writes}"


def _any_machine(kube: KubeApi) -> InstanceRef | None:
    with suppress(Refused, NotFound):  # it can but contradict
        for node in kube.find(NODES, most=1):
            return InstanceRef.from_provider_id(str((node.get("spec") or {}).get("providerID") or ""))
    return None


def _region(location: str) -> str:
    """Of a zone, which is called as its region is, with a letter behind; a region is its own."""
    return "-".join(location.split("-")[:2])
