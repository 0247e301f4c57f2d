"""The resources of the Kubernetes API that repull uses: their paths, and the rows of RBAC that calls need."""

from dataclasses import dataclass
from urllib.parse import quote

from functions.model.cluster import LABEL_VALUE

Permission = tuple[str, str, str]
"""API group, resource (with its subresource), verb: one row of an RBAC rule."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """A kind of object. `subresource` is as in `pods/eviction`."""

    group: str = ""
    version: str = "v1"
    plural: str
    subresource: str = ""
    namespaced: bool = True

    @property
    def written(self) -> str:
        """As RBAC writes it."""
        return f"{self.plural}/{self.subresource}" if self.subresource else self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def may(self, *verbs: str) -> frozenset[Permission]:
        """The rows of RBAC for these verbs."""
        return frozenset((self.group, self.written, verb) for verb in verbs)

    def path(self, *, namespace: str = "", name: str = "") -> str:
        """Without a name, the collection; without a namespace, that of the whole cluster."""
        parts = [f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"]
        if self.namespaced and namespace:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name:
            parts += [quote(name, safe="")]
        if self.subresource:
            parts.append(self.subresource)
        return "/".join(parts)


def labelled(label: str, value: str = "") -> str:
    """As `labelSelector` of a list takes it; any value will do where none is given."""
    return f"{label}={value}" if value else label


def can_be_carried(value: str) -> bool:
    """Whether a label may have this value. The API answers a selector with any other by 400."""
    return not value or LABEL_VALUE.fullmatch(value) is not None


NODES = Resource(plural="nodes", namespaced=False)
PODS = Resource(plural="pods")
EVICTIONS = Resource(plural="pods", subresource="eviction")
LOGS = Resource(plural="pods", subresource="log")
EVENTS = Resource(plural="events")
NAMESPACES = Resource(plural="namespaces", namespaced=False)
CONFIG_MAPS = Resource(plural="configmaps")
SECRETS = Resource(plural="secrets")
SERVICE_ACCOUNTS = Resource(plural="serviceaccounts")
DAEMON_SETS = Resource(group="apps", plural="daemonsets")
DEPLOYMENTS = Resource(group="apps", plural="deployments")
REPLICA_SETS = Resource(group="apps", plural="replicasets")
STATEFUL_SETS = Resource(group="apps", plural="statefulsets")
AUTOSCALERS = Resource(group="autoscaling", version="v2", plural="horizontalpodautoscalers")
JOBS = Resource(group="batch", plural="jobs")
CRON_JOBS = Resource(group="batch", plural="cronjobs")
BUDGETS = Resource(group="policy", plural="poddisruptionbudgets")
ACCESS_REVIEWS = Resource(group="authorization.k8s.io", plural="selfsubjectaccessreviews", namespaced=False)
CLAIMS = Resource(plural="persistentvolumeclaims")
VOLUME_ATTACHMENTS = Resource(group="storage.k8s.io", plural="volumeattachments", namespaced=False)
LEASES = Resource(group="coordination.k8s.io", plural="leases")
REFRESHES = Resource(group="repull.dev", version="v1alpha1", plural="noderefreshes", namespaced=False)
REFRESH_STATUS = Resource(
    group="repull.dev", version="v1alpha1", plural="noderefreshes", subresource="status", namespaced=False
)
