"""The kinds of object that this API server serves, built-in and custom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox.kube.schema import Schema


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One of a custom resource's additionalPrinterColumns."""

    name: str
    type: str
    path: str
    description: str = ""
    priority: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """What the server knows about a kind of object."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: frozenset[str] = frozenset()
    counts_generations: bool = False  # metadata.generation follows spec
    only_answered: bool = False  # created for the sake of the answer, and never kept
    unconditional_update: bool = True  # a PUT without resourceVersion is accepted
    returns_deleted: bool = False  # DELETE answers with the object instead of a Status
    schema: Schema | None = None  # custom resources only
    columns: tuple[Column, ...] | None = None  # custom resources only

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """As error messages write it: `pods`, `leases.coordination.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def list_kind(self) -> str:
        return f"{self.kind}List"


_STATUS = frozenset({"status"})
_SCALABLE = frozenset({"status", "scale"})

BUILT_IN = (
    Resource(
        group="", version="v1", plural="namespaces", kind="Namespace", namespaced=False, short_names=("ns",),
        subresources=frozenset({"status", "finalize"}), returns_deleted=True,
    ),
    Resource(
        group="", version="v1", plural="nodes", kind="Node", namespaced=False, short_names=("no",),
        subresources=_STATUS,
    ),
    Resource(
        group="", version="v1", plural="pods", kind="Pod", short_names=("po",), categories=("all",),
        subresources=frozenset({"status", "log", "binding", "eviction"}), returns_deleted=True,
        counts_generations=True,
    ),
    Resource(group="", version="v1", plural="events", kind="Event", short_names=("ev",)),
    Resource(group="", version="v1", plural="configmaps", kind="ConfigMap", short_names=("cm",)),
    Resource(group="", version="v1", plural="secrets", kind="Secret"),
    Resource(
        group="", version="v1", plural="persistentvolumeclaims", kind="PersistentVolumeClaim", short_names=("pvc",),
        subresources=_STATUS, returns_deleted=True,
    ),
    Resource(
        group="", version="v1", plural="serviceaccounts", kind="ServiceAccount", short_names=("sa",),
        returns_deleted=True,
    ),
    Resource(
        group="apps", version="v1", plural="deployments", kind="Deployment", short_names=("deploy",),
        categories=("all",), subresources=_SCALABLE, counts_generations=True,
    ),
    Resource(
        group="apps", version="v1", plural="replicasets", kind="ReplicaSet", short_names=("rs",),
        categories=("all",), subresources=_SCALABLE, counts_generations=True,
    ),
    Resource(
        group="apps", version="v1", plural="daemonsets", kind="DaemonSet", short_names=("ds",),
        categories=("all",), subresources=_STATUS, counts_generations=True,
    ),
    Resource(
        group="apps", version="v1", plural="statefulsets", kind="StatefulSet", short_names=("sts",),
        categories=("all",), subresources=_SCALABLE, counts_generations=True,
    ),
    Resource(
        group="batch", version="v1", plural="jobs", kind="Job", categories=("all",), subresources=_STATUS,
        counts_generations=True,
    ),
    Resource(
        group="autoscaling", version="v2", plural="horizontalpodautoscalers", kind="HorizontalPodAutoscaler",
        short_names=("hpa",), categories=("all",), subresources=_STATUS,
    ),
    Resource(
        group="policy", version="v1", plural="poddisruptionbudgets", kind="PodDisruptionBudget",
        short_names=("pdb",), subresources=_STATUS, counts_generations=True, unconditional_update=False,
    ),
    Resource(
        group="storage.k8s.io", version="v1", plural="volumeattachments", kind="VolumeAttachment",
        namespaced=False, subresources=_STATUS, unconditional_update=False, returns_deleted=True,
    ),
    Resource(
        group="coordination.k8s.io", version="v1", plural="leases", kind="Lease", unconditional_update=False,
    ),
    *(
        Resource(
            group="rbac.authorization.k8s.io", version="v1", plural=f"{kind.lower()}s", kind=kind,
            namespaced=not kind.startswith("Cluster"),
        )
        for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
    ),
    Resource(
        group="authorization.k8s.io", version="v1", plural="selfsubjectaccessreviews", kind="SelfSubjectAccessReview",
        namespaced=False, only_answered=True,
    ),
    Resource(
        group="apiextensions.k8s.io", version="v1", plural="customresourcedefinitions",
        kind="CustomResourceDefinition", namespaced=False, short_names=("crd", "crds"), subresources=_STATUS,
        counts_generations=True, unconditional_update=False,
    ),
)  # fmt: skip


class Catalogue:
    """Which resources are served now; custom ones come and go with their definitions."""

    def __init__(self, resources: Iterable[Resource] = BUILT_IN) -> None:
        self._by_address = {(each.group, each.version, each.plural): each for each in resources}

    def __iter__(self) -> Iterator[Resource]:
        return iter(tuple(self._by_address.values()))

    def at(self, group: str, version: str, plural: str) -> Resource | None:
        return self._by_address.get((group, version, plural))

    def named(self, plural: str) -> Resource:
        """The resource with this plural name; KeyError where there is none."""
        for each in self._by_address.values():
            if each.plural == plural:
                return each
        raise KeyError(plural)

    def add(self, resource: Resource) -> None:
        self._by_address[(resource.group, resource.version, resource.plural)] = resource

    def remove(self, group: str, plural: str) -> None:
        for address in [key for key in self._by_address if key[0] == group and key[2] == plural]:
            del self._by_address[address]
