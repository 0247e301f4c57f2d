"""Who else has pulled from the repository with the same identity: gathered here, judged by `functions.contrast`.

What others write into their pods' status is all that tells, so it shortens a wait or clears a node, and renews none.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from functions import diagnose, pullsecrets
from functions.contrast import pulled, started_since
from functions.duplicates import DiagnosisMemory
from functions.errors import Refused
from functions.model.cluster import Container, Pod, ServiceAccount
from functions.model.names import ClusterKey, Repository
from functions.ports import Cluster, InquiryPorts
from functions.pulls import MOST_SECONDS
from functions.settings import Settings

PODS_LOOKED_AT = 200
"""Pods that use the repository, among which somebody is sought who could pull."""
CANDIDATES_LOOKED_AT = 20
"""Of them, those for which more is read: their service account, their node."""


class Others:
    """The other pods and nodes of one diagnosis' cluster."""

    def __init__(
        self, cluster: ClusterKey, ports: InquiryPorts, settings: Settings, memory: DiagnosisMemory, now: datetime
    ) -> None:
        self._key = cluster
        self._ports = ports
        self._settings = settings
        self._facts = memory.facts
        self._now = now
        self._accounts: dict[tuple[str, str], ServiceAccount | None] = {}
        self.notes: list[str] = []  # of witnesses whom we may not ask about

    def pulled(self, pod: Pod, account: str, repository: Repository, *, since: datetime) -> tuple[str, str]:
        """Who pulled from there since then with the node's identity: on the pod's node, on another of its account.

        On this node only of late: after its longest pause this pod's kubelet has tried again, and was denied.
        Whoever may not be asked about is no witness elsewhere; raises Refused where they may clear this very node.
        """
        users = self._cluster.pods.using(repository, limit=PODS_LOOKED_AT)
        recently = max(since, self._now - timedelta(seconds=MOST_SECONDS))
        candidates = [
            (other, container)
            for other in users
            if other.uid != pod.uid
            for container in started_since(other, repository, recently if other.node == pod.node else since)
        ]
        candidates.sort(key=lambda each: each[0].node != pod.node)
        candidates = candidates[:CANDIDATES_LOOKED_AT]
        here, refused = self._first([each for each in candidates if each[0].node == pod.node])
        if refused:
            raise refused[0]
        if here:
            return here, ""
        elsewhere, refused = self._first([each for each in candidates if each[0].node != pod.node], account)
        self.notes = [f"whether one of {len(refused)} pods elsewhere pulled: {error}" for error in refused[:1]]
        return "", elsewhere

    def _first(self, candidates: Iterable[tuple[Pod, Container]], account: str = "") -> tuple[str, list[Refused]]:
        """The first that pulled, on a node of the account where one is given; else why some may not be asked about."""
        refused = list[Refused]()
        for pod, container in candidates:
            try:
                if (not account or self._runs_as(account, pod.node)) and self._pulled(pod, container):
                    since = container.running_since
                    return f"pod {pod.key} pulled {container.image} on {pod.node}, running since {since}", []
            except Refused as error:
                refused.append(error)
        return "", refused

    def account_of(self, pod: Pod) -> ServiceAccount | None:
        """The pod's Kubernetes service account; None where there is none, as of a static pod."""
        if pod.is_mirror:  # the admission forbids it to name one
            return None
        name = (pod.namespace, pod.service_account)
        key = (self._key, *name)
        if name not in self._accounts:
            known = self._facts.account(key, self._now)
            found = self._accounts[name] = known or self._cluster.workloads.service_account(*name)
            if found and found is not known:
                self._facts.learn_account(key, found, self._now)
        return self._accounts[name]

    def _pulled(self, pod: Pod, container: Container) -> bool:
        """With the node's identity: a pod that names any secret may have pulled with that."""
        if not pulled(container):
            return False
        account = self.account_of(pod)
        return not pullsecrets.named(pod, account)[1] and not diagnose.identity(pod, account, ()).kind

    def _runs_as(self, account: str, name: str) -> bool:
        """Whether another node runs as this account, by its pool."""
        pools = self._ports.gke.cluster(self._key).pools
        found = self._pool_of(name)
        return any(pool.name == found and pool.runs_as(account) for pool in pools)

    def _pool_of(self, name: str) -> str:
        """A node stays in its pool; "" where there is no such node."""
        if known := self._facts.pool(self._key, name, self._now):
            return known
        node = self._cluster.nodes.get(name)
        if node and node.pool:
            self._facts.learn_pool(self._key, name, node.pool, self._now, seconds=self._settings.memory_seconds)
        return node.pool if node else ""

    @property
    def _cluster(self) -> Cluster:
        return self._ports.gke.connect(self._key)
