"""Facts that were read lately and don't change quickly, so that the next diagnosis need not ask for them."""

from datetime import datetime, timedelta

from functions.expiring import Expiring
from functions.model.cluster import ServiceAccount
from functions.model.google import Instance
from functions.model.names import ClusterKey, InstanceRef

ACCOUNT_SECONDS = 60.0
"""How long a Kubernetes service account's annotations are taken for what they were."""

AccountKey = tuple[ClusterKey, str, str]


class Facts:
    """Keyed by names in the place that was asked, so what an event or a Node object claims can't touch them."""

    def __init__(self, *, most: int) -> None:
        self._instances: Expiring[InstanceRef, tuple[Instance, datetime]] = Expiring(most=most)
        self._accounts: Expiring[AccountKey, ServiceAccount] = Expiring(most=most)
        self._pools: Expiring[tuple[ClusterKey, str], str] = Expiring(most=most)

    def instance(self, ref: InstanceRef, now: datetime) -> tuple[Instance, datetime] | None:
        """And when it was read."""
        return self._instances.get(ref, now=now)

    def learn_instance(self, instance: Instance, now: datetime, *, seconds: float) -> None:
        """A machine of a node pool keeps its account and its scopes for as long as it exists."""
        self._instances.put(instance.ref, (instance, now), until=now + timedelta(seconds=seconds))

    def pool(self, cluster: ClusterKey, node: str, now: datetime) -> str:
        """The node's pool; "" where it is not known."""
        return self._pools.get((cluster, node), now=now) or ""

    def learn_pool(self, cluster: ClusterKey, node: str, pool: str, now: datetime, *, seconds: float) -> None:
        self._pools.put((cluster, node), pool, until=now + timedelta(seconds=seconds))

    def account(self, key: AccountKey, now: datetime) -> ServiceAccount | None:
        return self._accounts.get(key, now=now)

    def learn_account(self, key: AccountKey, account: ServiceAccount, now: datetime) -> None:
        self._accounts.put(key, account, until=now + timedelta(seconds=ACCOUNT_SECONDS))
