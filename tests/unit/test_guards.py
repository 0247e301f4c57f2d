"""Each guard refuses, names what to change, and all reasons are collected."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from functions import guards
from functions.methods.circumstances import Circumstances
from functions.methods.outage import Outage
from functions.model.cluster import Node, Taint
from functions.model.google import Autoscaling, GkeCluster, Group, Instance, Operation
from functions.model.refresh import Method, RefreshStatus, Slot
from functions.settings import Severity
from tests.unit.make import REMEDY, budget, node, pod, refresh
from tests.unit.preflighting import MEMBER, OURS, POOL, preflight, renewal

NEVER = datetime.max.replace(tzinfo=UTC)


def test_healthy_node_may_be_touched() -> None:
    """Nothing speaks against it."""
    assert guards.refusals(preflight()) == ()


LEFT = node("n2", unschedulable=True, labels={"repull.dev/cordoned-by": "earlier"})
REFUSED: tuple[Any, ...] = (
    pytest.param(
        {"node": node(provider_id="gce://acme-prod/us-central1-a/billing-database")},
        "it claims to be machine billing-database, and GKE gives a node its machine's name; see who made the Node",
        id="names-another-machine",
    ),
    pytest.param(
        {"node": node(provider_id="gce://other/us-central1-a/n1")},
        "outside the cluster's project",
        id="another-project",
    ),
    pytest.param({"node": node(provider_id="aws:///i-1")}, "no Compute Engine machine", id="no-machine"),
    pytest.param({"members": {}}, "no instance group", id="not-in-a-group"),
    pytest.param(
        {"members": {OURS: replace(MEMBER, id="")}, "renewals": (renewal(),)}, "no machine for it", id="unmade"
    ),
    pytest.param({"gke": GkeCluster(autopilot=True, pools=(POOL,))}, "Autopilot", id="autopilot"),
    pytest.param({"gke": GkeCluster(pools=())}, "no pool", id="unknown-pool"),
    pytest.param(
        {"gke": GkeCluster(pools=(replace(POOL, status="RECONCILING"),))}, "RECONCILING", id="pool-being-changed"
    ),
    pytest.param({"gke": GkeCluster(status="RECONCILING", pools=(POOL,))}, "GKE is changing it", id="upgrade"),
    pytest.param(
        {"gke": GkeCluster(pools=(POOL,), operations=(Operation(pool=POOL.name, kind="AUTO_REPAIR_NODES"),))},
        f"GKE is at work on node pool {POOL.name} (AUTO_REPAIR_NODES); wait until it has done: gcloud container "
        "operations list --location=us-central1 --project=acme-prod",
        id="repair",
    ),
    pytest.param(
        {"gke": GkeCluster(pools=(POOL,), operations=(Operation(pool="", kind="UPGRADE_MASTER"),))},
        "GKE is at work on the cluster (UPGRADE_MASTER)",
        id="control-plane",
    ),
    pytest.param({"gke": GkeCluster(status="DEGRADED", pools=(POOL,))}, "does not pass by itself", id="degraded"),
    pytest.param(
        {"gke": GkeCluster(pools=(replace(POOL, status="RUNNING_WITH_ERROR"),))},
        "does not pass by itself; see why, and start again once it is RUNNING: gcloud container node-pools describe "
        "pool-1 --cluster=main --location=us-central1 --project=acme-prod",
        id="pool-in-error",
    ),
    pytest.param(
        {"node": node(taints=(Taint(key="ToBeDeletedByClusterAutoscaler", effect="NoSchedule"),))},
        "about to be removed",
        id="scaled-down",
    ),
    pytest.param(
        {"node": node(taints=(Taint(key="cloud.google.com/impending-node-termination", effect="NoSchedule"),))},
        "about to be removed",
        id="terminated-by-the-platform",
    ),
    pytest.param(
        {"node": node(labels={**node().labels, "operation.gke.io/type": "drain"})},
        "about to be drained by GKE, by its label operation.gke.io/type",
        id="drained-by-the-platform",
    ),
    pytest.param({"not_ready": (node("n7"), node("n8"))}, "pool pool-1 are not Ready: n7, n8 (2", id="others-are-down"),
    pytest.param({"node": node(os="windows")}, "windows", id="windows"),
    pytest.param({"pods": (pod(owner=None),)}, "deleteBarePods", id="bare-pod"),
    pytest.param({"pods": (pod(local_volumes=("cache",)),)}, "deleteLocalStorage", id="local-data"),
    pytest.param({"budgets": (budget(),)}, "PodDisruptionBudget prod-app/web", id="budget"),
    pytest.param({"kept_attached": ("v stays; take the pod off",)}, "v stays", id="kept-attached"),
    pytest.param({"others_ready": 0}, "last Ready node", id="last-node"),
    pytest.param(
        {"crowding": ("no other node takes pod p",)},
        "node n1: no other node takes pod p; add nodes, or let REPULL_ROOM be warn",
        id="no-room",
    ),
    pytest.param(
        {"machine": Circumstances(node="n1", member=replace(MEMBER, action="RECREATING"))},
        "at work on it (RECREATING)",
        id="method-can't-work",
    ),
    pytest.param(
        {"renewals": (renewal(),)},
        "(Reset at 2026-11-24 02:30 UTC by earlier), and cools down until 2026-11-24 03:30 UTC (30 min left, by "
        "REPULL_COOLDOWN_SECONDS of 3600); wait, or lower that, or let the method be Recreate, which does more",
        id="cooldown",
    ),
    pytest.param({"renewals": (renewal(at=NEVER),)}, "Reset at 9999-12-31", id="yet-to-come"),
    pytest.param(
        {"renewals": (renewal(refresh="r1", cause="another"),)},
        "was renewed by this refresh before (Reset at 2026-11-24 02:30 UTC by r1); start another one once it has",
        id="at-most-once-per-refresh",
    ),
    pytest.param(
        {
            "left_cordoned": (LEFT,),
            "refresh": replace(refresh(), status=RefreshStatus(slots=(Slot(index=0, node="n1"),))),
        },
        "still cordoned after unproven renewals are n2 (by earlier); look at them, and kubectl uncordon",
        id="no-place-left",
    ),
)


@pytest.mark.parametrize("fields, words", REFUSED)
def test_guard_refuses(fields: dict[str, Any], words: str) -> None:
    """Exactly one reason, and it names what is in the way, and what to change."""
    (reason,) = guards.refusals(preflight(**fields))

    assert words in reason
    assert REMEDY.search(reason), reason


def test_every_guard_is_seen_to_refuse() -> None:
    facts = [preflight(**each.values[0]) for each in REFUSED]

    assert [guard for guard in guards.GUARDS if not any(map(guard, facts))] == []


def test_a_lack_of_room_is_a_warning_where_it_is_no_refusal() -> None:
    """Said once, and by one of the two."""
    crowding = ("no other node takes pod p",)

    facts = preflight(crowding=crowding, room=Severity.WARN)
    assert (guards.refusals(facts), guards.warnings(facts)) == ((), crowding)
    assert guards.warnings(preflight(crowding=crowding)) == ()


def test_the_last_node_of_a_pool_is_a_warning_where_it_is_no_refusal() -> None:
    """A pool of one would never be healed otherwise."""
    facts = preflight(others_ready=0, last_node=Severity.WARN)

    assert guards.refusals(facts) == ()
    assert guards.warnings(facts) == ("it is the last Ready node of pool pool-1 that takes pods",)
    assert guards.warnings(preflight(others_ready=0)) == ()


@pytest.mark.parametrize("room, refused", [(Severity.REFUSE, 1), (Severity.WARN, 0)])
def test_an_outage_needs_room_for_what_stays_and_no_other_node_of_the_pool(room: Severity, refused: int) -> None:
    """An autoscaler removes no node whose pods fit nowhere else; what is scaled to zero needs no place."""
    found = preflight(
        refresh=refresh(method=Method.SCALE_WORKLOADS),
        machine=Circumstances(
            node="n1",
            member=MEMBER,
            group=Group(),
            machine=Instance(ref=OURS, id="4711", status="RUNNING"),
            outage=Outage(
                accepted=True,
                begun=True,
                refresh="r1",
                node=node(),
                pool=replace(POOL, autoscaling=Autoscaling(least_per_zone=0, least=0)),
                in_zone=1,
                in_pool=1,
                failing=(),
                forbidden=(),
                autoscalers=(),
                with_data=(),
                to_local_storage="",
                others=(),
                staying=(pod(),),
            ),
        ),
        others_ready=0,
        last_node=room,
        crowding=("no other node takes pod p",),
        room=room,
    )

    said = [guards.refusals(found), guards.warnings(found)]
    assert [len(some) for some in said] == [refused, 1 - refused]
    assert all("no other node takes pod p" in each for some in said for each in some)


@pytest.mark.parametrize(
    "left, places, refused",
    [
        pytest.param((LEFT,), 1, True, id="the-only-place-is-taken"),
        pytest.param((LEFT,), 2, False, id="a-place-is-left"),
        pytest.param((replace(LEFT, unschedulable=False),), 1, False, id="a-person-released-it"),
        pytest.param((replace(LEFT, name="n1"),), 1, False, id="it-is-this-very-node"),
    ],
)
def test_nodes_left_cordoned_take_places(left: tuple[Node, ...], places: int, refused: bool) -> None:  # noqa: FBT001 - a column
    """Never more than maxUnavailable out of service because of us, whichever refresh it was."""
    asked = refresh()
    asked = replace(asked, status=replace(asked.status, places=places))

    reasons = guards.refusals(preflight(left_cordoned=left, refresh=asked))

    assert [("n2 (by earlier)" in reason) for reason in reasons] == [True] * refused


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"left_cordoned": (LEFT,), "places": 2}, id="an-earlier-refresh-has-a-place"),
        pytest.param({"others_ready": 0}, id="the-last-of-its-pool"),
        pytest.param({"crowding": ("no room",)}, id="no-room"),
    ],
)
def test_what_only_the_nodes_in_other_slots_are_the_reason_for_passes(facts: dict[str, Any]) -> None:
    asked = refresh()
    asked = replace(asked, status=replace(asked.status, places=facts.pop("places", 2)))
    found = preflight(away=frozenset({"n3"}), refresh=asked, **facts)

    assert guards.refusals(found)
    assert guards.lasting(found) == ()


def test_what_does_not_pass_is_told_without_what_does() -> None:
    found = preflight(away=frozenset({"n3"}), others_ready=0, pods=(pod("p2", owner=None, labels={}),))

    assert len(guards.refusals(found)) == 2
    (reason,) = guards.lasting(found)
    assert "p2" in reason


def test_all_reasons_are_collected() -> None:
    """A person who reads the refusal mends everything at once."""
    reasons = guards.refusals(
        preflight(others_ready=0, budgets=(budget(),), pods=(pod(), pod("p2", owner=None, labels={})))
    )

    assert len(reasons) == 3
