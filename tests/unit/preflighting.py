"""What the guards look at, where nothing speaks against the node: say only what matters."""

from datetime import timedelta
from typing import Any

from functions.evictions import Consents
from functions.guards import Preflight
from functions.methods.circumstances import Circumstances
from functions.model.google import GkeCluster, Member, NodePool
from functions.model.names import InstanceRef
from functions.ports import Renewal
from functions.settings import Severity
from tests.unit.make import ACCOUNT, CLUSTER, IMAGE, T0, node, pod, refresh

OURS = InstanceRef(project="acme-prod", zone="us-central1-a", name="n1")
MEMBER = Member(group="", id="4711")
POOL = NodePool(name="pool-1", service_account=ACCOUNT)


def preflight(**fields: Any) -> Preflight:
    defaults: dict[str, Any] = {
        "cluster": CLUSTER,
        "gke": GkeCluster(pools=(POOL,)),
        "refresh": refresh(),
        "method": fields.get("refresh", refresh()).spec.method,
        "node": node(),
        "members": {OURS: MEMBER},
        "machine": Circumstances(node="n1", member=MEMBER),
        "pods": (pod(),),
        "daemon_sets": frozenset(),
        "budgets": (),
        "kept_attached": (),
        "away": frozenset(),
        "left_cordoned": (),
        "not_ready": (node("n7"),),
        "may_be_not_ready": 1,
        "others_ready": 3,
        "crowding": (),
        "room": Severity.REFUSE,
        "last_node": Severity.REFUSE,
        "renewals": (),
        "consents": Consents(),
        "cooldown_seconds": 3600.0,
        "now": T0,
    }
    return Preflight(**(defaults | fields))


def renewal(**fields: Any) -> Renewal:
    defaults: dict[str, Any] = {
        "instance": "4711",
        "cause": str(IMAGE.repository),
        "at": T0 - timedelta(minutes=30),
        "refresh": "earlier",
    }
    return Renewal(**(defaults | fields))
