"""Which nodes are tried first."""

from functions.model.refresh import Phase
from functions.ownership import PROBE
from functions.phases.scope import failing_nodes
from tests.unit.make import failing
from tests.unit.renewing import Machine


def test_those_with_most_failing_pods_come_first() -> None:
    world = Machine(pending=(failing("p1", node="n2"), failing("p2", node="n3"), failing("p3", node="n3")))
    assert failing_nodes(world.hold(Phase.CHOOSE)) == ("n3", "n2")


def test_a_probe_that_was_left_puts_no_node_first() -> None:
    world = Machine(
        pending=(failing("probe", namespace="repull", labels={PROBE: "access"}, node="n1"), failing("p1", node="n2"))
    )
    assert failing_nodes(world.hold(Phase.CHOOSE)) == ("n2",)
