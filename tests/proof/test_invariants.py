"""The checker catches a world that is broken: one test for each invariant, on a world where nothing else is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from sandbox.timestamps import now
from tests.e2e.smallest import OTHER, STALE
from tests.proof.breaking import answered, asked, condition, evidence, only, refresh
from tests.proof.invariants import broken
from tests.proof.laboratory import Laboratory

DEPLOYMENT = "prod-app/ocr-worker"


def test_a_good_world_breaks_nothing(here: Laboratory) -> None:
    assert broken(evidence(here, at_rest=True)) == ()


def test_1_two_nodes_are_cordoned_at_once(here: Laboratory) -> None:
    for node in (STALE, OTHER):
        asked(here, "patch", "nodes", node, spec={"unschedulable": True})
    only(broken(evidence(here)), 1, STALE, OTHER)


def test_1_two_nodes_are_cordoned_at_once_where_two_may_be(here: Laboratory) -> None:
    refresh(here, maximum="2")
    for node in (STALE, OTHER):
        asked(here, "patch", "nodes", node, spec={"unschedulable": True})
    assert broken(evidence(here)) == ()


def test_2_a_machine_is_asked_for_twice(here: Laboratory) -> None:
    asked(here, "reset", "instances", STALE, requestId="1")
    asked(here, "reset", "instances", STALE, requestId="1")
    assert broken(evidence(here)) == ()
    asked(here, "reset", "instances", STALE, requestId="2")
    only(broken(evidence(here)), 2, STALE)


def test_2_what_was_refused_was_no_renewal_and_what_failed_may_have_been_one(here: Laboratory) -> None:
    answered(here, 403, "reset", "instances", STALE, requestId="1")
    answered(here, 503, "reset", "instances", STALE, requestId="2")
    assert broken(evidence(here)) == ()
    asked(here, "reset", "instances", STALE, requestId="3")
    only(broken(evidence(here)), 2, STALE, "reset was asked for 2 times")


def test_2_a_machine_was_reset_more_often_than_asked_for(here: Laboratory) -> None:
    here.world.fleet[OTHER].reset_count = 1
    only(broken(evidence(here)), 2, OTHER)


def test_2_a_gentler_method_comes_after_a_stronger_one(here: Laboratory) -> None:
    url = {"instances": [f"zones/us-central1-a/instances/{STALE}"]}
    asked(here, "reset", "instances", STALE, requestId="1")
    asked(here, "recreateInstances", "instanceGroupManagers", "group", requestId="2", **url)
    found = evidence(here, replaced=((STALE, now()),))
    assert broken(found) == ()
    asked(here, "reset", "instances", STALE, requestId="1")
    assert broken(found) == ()  # another machine by then
    only(broken(replace(found, replaced=())), 2, STALE, "reset was asked for after recreateInstances")


def test_2_a_machine_that_somebody_put_another_one_in_the_place_of(here: Laboratory) -> None:
    asked(here, "reset", "instances", STALE, requestId="1")
    found = evidence(here, replaced=((STALE, now()),))
    asked(here, "reset", "instances", STALE, requestId="2")
    assert broken(found) == ()
    only(broken(replace(found, replaced=())), 2, STALE)


def test_4_a_refresh_has_not_ended(here: Laboratory) -> None:
    refresh(here, phase="Running", slots=[{"index": 0, "step": 0, "phase": "Drain", "node": STALE}])
    found = evidence(here)
    assert broken(found) == ()
    only(broken(replace(found, at_rest=True)), 4, STALE, "Running")


def test_4_a_refresh_ended_without_its_condition(here: Laboratory) -> None:
    refresh(here, phase="Succeeded", conditions=[condition("Complete"), condition("Failed")])
    only(broken(evidence(here)), 4, "Complete, Failed")


def test_5_a_node_is_in_two_slots(here: Laboratory) -> None:
    slots = [{"index": index, "step": 0, "phase": "Drain", "node": STALE} for index in (0, 1)]
    refresh(here, phase="Running", slots=slots)
    only(broken(evidence(here)), 5, STALE)


def test_5_a_node_was_in_two_slots_for_a_while(here: Laboratory) -> None:
    slots = [{"index": index, "step": 0, "phase": "Drain", "node": STALE} for index in (0, 1)]
    asked(here, "update", "noderefreshes/status", "one", status={"slots": slots})
    asked(here, "update", "noderefreshes/status", "one", status={"slots": slots[:1]})
    only(broken(evidence(here)), 5, STALE)


def test_5_it_ended_otherwise(here: Laboratory) -> None:
    found = evidence(here, at_rest=True, twin={"renewed": 1}, ending={"renewed": 0})
    only(broken(found), 5, "{'renewed': 0}")


@pytest.mark.parametrize("status", [{"failed": 1}, {"stopping": "aborted by message"}], ids=["failure", "abort"])
def test_6_a_node_is_cordoned_after_a_failure(here: Laboratory, status: dict[str, Any]) -> None:
    cordon = {"spec": {"unschedulable": True}, "metadata": {"labels": {"repull.dev/cordoned-by": "one"}}}
    asked(here, "update", "noderefreshes/status", "one", status=status)
    asked(here, "patch", "nodes", OTHER, **cordon)
    only(broken(evidence(here)), 6, OTHER)


@pytest.mark.parametrize("phase, further", [("Preflight", True), ("Cordon", False)])
def test_6_a_node_under_way_is_brought_to_its_end(here: Laboratory, phase: str, *, further: bool) -> None:
    cordon = {"spec": {"unschedulable": True}, "metadata": {"labels": {"repull.dev/cordoned-by": "one"}}}
    slots = [{"index": 1, "step": 0, "phase": phase, "node": OTHER}]
    asked(here, "update", "noderefreshes/status", "one", status={"failed": 1, "slots": slots})
    asked(here, "patch", "nodes", OTHER, **cordon)
    assert bool(broken(evidence(here))) is further


def test_6_another_refresh_is_another_matter(here: Laboratory) -> None:
    cordon = {"spec": {"unschedulable": True}, "metadata": {"labels": {"repull.dev/cordoned-by": "two"}}}
    asked(here, "update", "noderefreshes/status", "one", status={"failed": 1})
    asked(here, "patch", "nodes", OTHER, **cordon)
    assert broken(evidence(here)) == ()


def test_7_replicas_are_not_restored(here: Laboratory) -> None:
    found = evidence(here, at_rest=True)
    before = replace(found.before, replicas={DEPLOYMENT: 3})
    only(broken(replace(found, before=before)), 7, DEPLOYMENT)


def test_7_a_machine_is_off_still(here: Laboratory) -> None:
    here.world.inventory.stopped.add(f"instances/{STALE}")
    assert broken(evidence(here)) == ()
    only(broken(evidence(here, at_rest=True)), 7, STALE)


def test_7_a_stop_is_noted_still(here: Laboratory) -> None:
    made = {"metadata": {"name": "stopped", "namespace": "repull"}, "data": {"4711": "{}"}}
    here.background.run(here.world.admin.create("configmaps", made))
    assert broken(evidence(here)) == ()
    only(broken(evidence(here, at_rest=True)), 7, "4711")


def test_7_a_group_is_smaller(here: Laboratory) -> None:
    found = evidence(here, at_rest=True)
    before = replace(found.before, members=found.before.members | {"gke-main-apps-1f0c-a9"})
    only(broken(replace(found, before=before)), 7, "gke-main-apps-1f0c-a9")


@pytest.mark.parametrize("verb, resource", [("patch", "nodes"), ("create", "events"), ("create", "pods")])
def test_8_observing_has_written(here: Laboratory, verb: str, resource: str) -> None:
    asked(here, verb, resource, STALE)
    assert broken(evidence(here)) == ()
    only(broken(evidence(here, may_write=False)), 8, f"{verb} {resource}")


def test_9_bad_input_is_not_kept(here: Laboratory) -> None:
    assert broken(evidence(here, given_up=(b"{}",), dead={b"{}": "action: is missing"})) == ()
    only(broken(evidence(here, given_up=(b"{}",), dead={b"{}": ""})), 9, "dead letters")
    only(broken(evidence(here, given_up=(b"{}", b"{}"), dead={b"{}": "action: is missing"})), 9, "2 times")


def test_10_somebody_elses_machine_is_reset(here: Laboratory) -> None:
    asked(here, "reset", "instances", "their-database", requestId="1")
    only(broken(evidence(here)), 10, "their-database")
