"""What came up once a node was chosen holds the chain: its preflight refuses none for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from functions.errors import Refused
from functions.hold import Hold
from functions.holding import Held
from functions.model.google import GkeCluster, Operation
from functions.model.names import ClusterKey
from functions.model.refresh import Method, Phase
from functions.phases import preflight
from functions.ports import Compute
from functions.settings import Severity
from tests.unit.renewing import CORDONED, Machine

REPAIR = Operation(pool="", kind="AUTO_REPAIR_NODES")
AT_WORK = pytest.mark.parametrize(
    "at_work", [{"status": "RECONCILING"}, {"operations": (REPAIR,)}], ids=["upgrade", "repair"]
)


@AT_WORK
def test_what_gke_began_under_the_invocations_eyes_is_seen(at_work: dict[str, Any]) -> None:
    """It may have asked a hundred nodes since it took its slot."""
    world = Machine()
    hold = world.hold(Phase.PREFLIGHT, method=Method.RESET)
    become(world, at_work)

    is_held(preflight.step(hold))


@AT_WORK
def test_what_gke_begins_while_the_node_is_looked_at_refuses_none(at_work: dict[str, Any]) -> None:
    world = Machine()
    hold = world.hold(Phase.PREFLIGHT, method=Method.RESET)
    meanwhile(hold, lambda: become(world, at_work))

    is_held(preflight.step(hold))


def test_nor_does_what_has_ended_when_gke_is_asked_anew() -> None:
    """Labels are set within seconds, between the look at the chain and the look at the node."""
    world = Machine()
    hold = world.hold(Phase.PREFLIGHT, method=Method.RESET)
    once = iter([(REPAIR,)])
    meanwhile(hold, lambda: become(world, {"operations": next(once, ())}))
    gke: Any = hold.ports.gke
    answer = gke.at_work

    def at_work(key: ClusterKey, *, anew: bool = False) -> GkeCluster:
        if anew:
            become(world, {"operations": ()})
        found: GkeCluster = answer(key, anew=anew)
        return found

    gke.at_work = at_work

    found = preflight.step(hold)

    assert not isinstance(found, Held)
    assert "AUTO_REPAIR_NODES" not in str(found)


def become(world: Machine, at_work: dict[str, Any]) -> None:
    for name, value in at_work.items():
        setattr(world, name, value)


def meanwhile(hold: Hold, happens: Callable[[], None]) -> None:
    """While the node's instance group is asked."""
    groups: Any = hold.ports.groups
    members = groups.members

    def asked(url: str) -> Any:
        happens()
        return members(url)

    groups.members = asked


def is_held(found: object) -> None:
    assert isinstance(found, Held)
    assert any(kind in found.reason for kind in ("RECONCILING", "AUTO_REPAIR_NODES"))


def test_what_is_remembered_is_spoilt_once_a_node_was_chosen() -> None:
    """It holds the chain whatever else there is to say: here nobody may look at the machine's group."""
    world = Machine(unreadable="data.renewals can't be read", member=Refused("not allowed"))

    found = preflight.step(world.hold(Phase.PREFLIGHT, method=Method.RESET))

    assert found == Held(reason="data.renewals can't be read")


def test_what_a_deleted_refresh_of_its_name_has_left_cordoned_takes_a_place() -> None:
    """Only what sits in a slot is counted as such already."""
    left = replace(CORDONED, name="n2")
    hold = Machine(left=(CORDONED, left)).hold(Phase.PREFLIGHT)

    assert preflight.gather(hold, CORDONED, Method.RESET, ()).left_cordoned == (left,)


@pytest.mark.parametrize(
    "method, world, loads",
    [
        pytest.param(Method.RESET, {}, True, id="renews"),
        pytest.param(Method.SCALE_WORKLOADS, {}, False, id="asks-compute-for-nothing"),
        pytest.param(Method.RESET, {"member": None}, False, id="refused"),
    ],
)
def test_what_asks_for_the_renewal_is_loaded_before_the_node_is_out_of_service(
    method: Method, world: dict[str, Any], *, loads: bool
) -> None:
    """It takes seconds, and a run that takes no node needs none of it."""
    hold = Machine(**world).hold(Phase.PREFLIGHT, method=method)
    hold.settings = replace(hold.settings, last_node=Severity.WARN)
    loaded: list[Phase] = []
    compute = hold.ports.compute

    def load() -> Compute:
        loaded.append(hold.slot.phase)
        return compute()

    hold.ports = replace(hold.ports, compute=load)

    preflight.step(hold)

    assert loaded == ([Phase.PREFLIGHT] if loads else [])
