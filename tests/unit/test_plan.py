"""What a start may ask for, and how much of a large cluster its plan shows."""

from dataclasses import fields, replace
from typing import Any

import pytest

from functions.errors import BadInput
from functions.messages.steps import Start
from functions.model.cluster import Node
from functions.model.google import GkeCluster, NodePool
from functions.ownership import EXCLUDE
from functions.plan import PLANNED_NODES, plan, specify
from functions.ports import Brakes, Cluster, RefreshPorts
from functions.settings import Consent, Settings
from tests.unit.make import ACCOUNT, CLUSTER, IMAGE, T0, node, refresh

SETTINGS = Settings(clusters=(CLUSTER,), step_topic="", dead_letter_topic="")
CONSENTS = {
    "force": "force",
    "delete_bare_pods": "deleteBarePods",
    "delete_local_storage": "deleteLocalStorage",
    "delete_local_ssd": "deleteLocalSsd",
    "accept_outage": "acceptOutage",
}
MANY = tuple(f"n{number}" for number in range(101))


class Crowd:
    """Every port, as far as a plan asks for nodes that it may not touch: it looks at nothing else of theirs."""

    def now(self) -> Any:
        return T0

    def get(self, name: str) -> Node:
        return node(name, labels={EXCLUDE: ""})

    def candidates(self, *, limit: int, **_: object) -> tuple[Node, ...]:
        return tuple(self.get(name) for name in MANY[:limit])

    def count(self, **_: object) -> int:
        return len(MANY)

    def on_node(self, _: str) -> tuple[()]:
        return ()

    def brakes(self) -> Brakes:
        return Brakes()

    def cluster(self, _: object) -> GkeCluster:
        return GkeCluster(pools=(NodePool(name="pool-1", service_account=ACCOUNT),))


def ports(one: Any) -> tuple[Cluster, RefreshPorts]:
    """One answers for all."""
    of_cluster: dict[str, Any] = {port.name: one for port in fields(Cluster)}
    return Cluster(**of_cluster | {"key": CLUSTER}), RefreshPorts(**{port.name: one for port in fields(RefreshPorts)})


@pytest.mark.parametrize("field, name", CONSENTS.items(), ids=CONSENTS.values())
def test_what_a_setting_forbids_no_message_is_given(field: str, name: str) -> None:
    asking: dict[str, Any] = {field: True}
    forbidding: dict[str, Any] = {field: Consent.FORBID}
    cluster, _ = ports(Crowd())

    with pytest.raises(BadInput, match=f"^{name}: True is not accepted; use false: this installation forbids it"):
        specify(Start(cluster=CLUSTER, image=IMAGE, **asking), cluster, replace(SETTINGS, **forbidding))

    assert not getattr(specify(Start(cluster=CLUSTER, image=IMAGE), cluster, replace(SETTINGS, **forbidding)), field)
    assert getattr(specify(Start(cluster=CLUSTER, image=IMAGE, **asking), cluster, SETTINGS), field)


@pytest.mark.parametrize("named", [(), MANY], ids=["all-in-scope", "named"])
def test_a_plan_shows_the_first_hundred_nodes_and_counts_the_rest(named: tuple[str, ...]) -> None:
    found = plan("r1", refresh(nodes=named).spec, *ports(Crowd()), SETTINGS)

    assert PLANNED_NODES == 100
    assert [each.node for each in found.nodes] == list(MANY[:100])
    assert found.total == 101
