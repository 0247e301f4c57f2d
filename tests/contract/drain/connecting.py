"""The product's adapters on an API server, with the token of the function's own account."""

from dataclasses import dataclass
from pathlib import Path

from google.oauth2.credentials import Credentials

from functions.adapters.clock import WallClock
from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_events import KubeAnnouncer
from functions.adapters.kube_leases import KubeLeases
from functions.adapters.kube_memory import KubeMemory
from functions.adapters.kube_nodes import KubeNodes
from functions.adapters.kube_pods import KubePods
from functions.adapters.kube_refreshes import KubeRefreshes
from functions.adapters.kube_transport import Transport
from functions.adapters.kube_workloads import KubeWorkloads
from functions.adapters.tokens import Tokens
from functions.model.names import ClusterKey
from functions.ports import Cluster

PROJECT = "acme-prod"
EMAIL = f"repull-refresh@{PROJECT}.iam.gserviceaccount.com"
KEY = ClusterKey(project=PROJECT, location="us-central1", name="main")


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """`close` it in the end."""

    api: KubeApi
    cluster: Cluster

    def close(self) -> None:
        self.api.close()


def connect(*, url: str, ca: Path, token: str) -> Connection:
    """Everything of one cluster, as the bootstrap puts it together."""
    credentials = Credentials(token=token)  # type: ignore[no-untyped-call]  # google-auth leaves it so
    api = KubeApi(Transport(host=url, tokens=Tokens(credentials), ca=ca.read_text()))
    clock = WallClock()
    cluster = Cluster(
        key=KEY,
        nodes=KubeNodes(api),
        pods=KubePods(api),
        workloads=KubeWorkloads(api),
        refreshes=KubeRefreshes(api),
        leases=KubeLeases(api, clock),
        memory=KubeMemory(api),
        announcer=KubeAnnouncer(api, clock),
    )
    return Connection(api=api, cluster=cluster)
