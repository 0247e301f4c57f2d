"""How the adapters are put together, whoever it is that asks."""

from functions.adapters.google_session import GoogleSession
from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_deployments import KubeDeployments
from functions.adapters.kube_events import KubeAnnouncer
from functions.adapters.kube_leases import KubeLeases
from functions.adapters.kube_memory import KubeMemory
from functions.adapters.kube_nodes import KubeNodes
from functions.adapters.kube_pods import KubePods
from functions.adapters.kube_refreshes import KubeRefreshes
from functions.adapters.kube_rights import KubeRights
from functions.adapters.kube_stops import KubeStops
from functions.adapters.kube_transport import Transport
from functions.adapters.kube_views import KubeViews
from functions.adapters.kube_workloads import KubeWorkloads
from functions.adapters.tokens import Tokens
from functions.model.names import ClusterKey
from functions.ports import Clock, Cluster, Gke, InquiryPorts
from functions.settings import Settings


def connected(key: ClusterKey, transport: Transport, clock: Clock) -> Cluster:
    """Everything of one cluster's API server, as whoever the transport speaks for."""
    api = KubeApi(transport)
    return Cluster(
        key=key,
        nodes=KubeNodes(api),
        pods=KubePods(api),
        views=KubeViews(api),
        workloads=KubeWorkloads(api),
        deployments=KubeDeployments(api),
        rights=KubeRights(api),
        refreshes=KubeRefreshes(api),
        leases=KubeLeases(api, clock),
        memory=KubeMemory(api),
        stops=KubeStops(api),
        announcer=KubeAnnouncer(api, clock),
    )


def reading(*, clock: Clock, gke: Gke, session: GoogleSession, tokens: Tokens, settings: Settings) -> InquiryPorts:
    """What a diagnosis asks, as whoever `session` and `tokens` speak for."""
    from functions.adapters.allow_policies import AllowPolicies
    from functions.adapters.grant_log import AuditLog
    from functions.adapters.iam import IamPolicies
    from functions.adapters.impersonation import IamCredentials
    from functions.adapters.instances import ComputeInstances
    from functions.adapters.registry import ImageRegistry
    from functions.adapters.troubleshooter import PolicyTroubleshooter

    return InquiryPorts(
        clock=clock,
        gke=gke,
        instances=ComputeInstances(session, settings.compute_endpoint),
        registry=ImageRegistry(tokens, settings.registry_endpoint, who=session.who),
        iam=IamPolicies(
            PolicyTroubleshooter(session, settings.troubleshooter_endpoint),
            AllowPolicies(
                session,
                artifact_registry=settings.artifact_registry_endpoint,
                resource_manager=settings.resource_manager_endpoint,
            ),
        ),
        impersonation=IamCredentials(session, settings.credentials_endpoint, settings.impersonate),
        grants=AuditLog(session, settings.logging_endpoint),
    )
