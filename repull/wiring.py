"""Builds what the commands ask with the caller's own rights: kubeconfig and application default credentials."""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Never

from google.auth.credentials import Credentials

from functions.adapters.clock import WallClock
from functions.adapters.gke import GkeClusters
from functions.adapters.gke_operations import GkeOperations
from functions.adapters.google_session import GoogleSession
from functions.adapters.kube_api import KubeApi
from functions.adapters.tokens import Tokens
from functions.assembly import connected, reading
from functions.errors import Retryable
from functions.model.google import GkeCluster
from functions.model.names import ClusterKey
from functions.ports import Cluster, Gke, InquiryPorts
from functions.settings import Settings, read_settings, variable
from repull import credentials, kubeconfig
from repull.kubeconfig import Context
from repull.whose import doubt, unconfirmed

WHO = "your own account"
_NOWHERE = "projects/none/topics/none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """All that a command asks. `kube` is for what no port asks, as a list of a namespace's pods."""

    key: ClusterKey
    namespace: str  # the kubeconfig's
    ports: InquiryPorts
    kube: KubeApi
    session: GoogleSession
    credentials: Credentials
    settings: Settings

    @property
    def cluster(self) -> Cluster:
        return self.ports.gke.connect(self.key)


def enter(
    options: argparse.Namespace,
    *,
    refuse: Callable[[str], Never],
    acts: bool = False,
    asks: bool = True,
    operations: bool = False,
) -> Access:
    """The way into the cluster that `--context` and `--cluster` mean. `refuse` ends it where they leave that open.

    Raises Refused where they contradict each other, or the cluster `--cluster`; for what `acts` on the cluster also
    where nothing says that it is the one. Raises Retryable where the cluster gives no answer, which hinders nobody who
    `asks` nothing else of it. With `operations` GKE is asked what it is at work on, which needs a right more.
    """
    context = kubeconfig.choose(named=options.context, cluster=options.cluster)
    key = options.cluster or context.cluster
    if key is None:
        refuse(f"context {context.name} does not say which cluster it is; use --cluster PROJECT/LOCATION/NAME")
    found = access(key, context, operations=operations)
    if context.cluster:
        return found
    try:
        why = doubt(found.kube, key, context=context.name)
    except Retryable:
        if asks:
            raise
        return found
    if acts and why:
        raise unconfirmed(key, why)
    return found


def access(
    key: ClusterKey, context: Context, *, environ: Mapping[str, str] = os.environ, operations: bool = False
) -> Access:
    """Raises Refused where the kubeconfig gives no way in, and InvalidSettings."""
    settings = _settings(key, environ)
    transport, clock = kubeconfig.transport(context), WallClock()
    mine = credentials.own()
    session = GoogleSession(mine, who=WHO)
    cluster = connected(key, transport, clock)
    endpoint = settings.container_endpoint
    asked = GkeOperations(session, endpoint) if operations else None
    gke = GkeClusters(session, endpoint, lambda *_: cluster, operations=asked)
    ports = reading(clock=clock, gke=_Gke(gke, cluster), session=session, tokens=Tokens(mine), settings=settings)
    return Access(
        key=key,
        namespace=context.namespace,
        ports=ports,
        kube=KubeApi(transport),
        session=session,
        credentials=mine,
        settings=settings,
    )


def _settings(key: ClusterKey, environ: Mapping[str, str]) -> Settings:
    """The functions' variables hold here too, but for those of a deployment.

    What nobody has said is taken for what lets most be found out: the log is read for grants, and a method that the
    functions may be set to allow is planned.
    """
    given = {
        "clusters": str(key),
        "step_topic": _NOWHERE,  # whoever publishes finds it out
        "dead_letter_topic": _NOWHERE,
    }
    asked = {variable("read_audit_log"): "on", variable("allow_stop_start"): "on"} | dict(environ)
    return read_settings(asked | {variable(name): value for name, value in given.items()})


class _Gke:
    """`ports.Gke`: what GKE says of the cluster, and the way to it that the kubeconfig knows."""

    def __init__(self, gke: Gke, cluster: Cluster) -> None:
        self._gke = gke
        self._cluster = cluster

    def cluster(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:
        return self._gke.cluster(key, anew=anew)

    def at_work(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:
        return self._gke.at_work(key, anew=anew)

    def connect(self, key: ClusterKey) -> Cluster:  # noqa: ARG002 - there is one
        return self._cluster
