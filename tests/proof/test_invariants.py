"""The checker catches a world that is broken: one test for each invariant, on a world where nothing else is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from sandbox import deployment
from sandbox.books import Call
from sandbox.timestamps import now
from tests.e2e.smallest import OTHER, STALE
from tests.proof.evidence import Before, Evidence
from tests.proof.invariants import broken
from tests.proof.laboratory import Laboratory

SPEC = {"cluster": deployment.CLUSTER_KEY, "method": "Reset", "maxUnavailable": "1"}
DEPLOYMENT = "prod-app/ocr-worker"


def evidence(here: Laboratory, **more: Any) -> Evidence:
    return Evidence(world=here.world, before=Before.of(here.world), **more)


def asked(here: Laboratory, verb: str, resource: str, name: str, **body: Any) -> None:
    """The books say that the product asked for it, and got it."""
    api = "compute" if resource in ("instances", "instanceGroupManagers") else "kubernetes"
    here.world.books.write(
        Call(at=now(), api=api, user=deployment.REFRESH, verb=verb, resource=resource, name=name, body=body)
    )


def refresh(here: Laboratory, *, maximum: str = "1", **status: Any) -> None:
    made = {
        "apiVersion": "repull.dev/v1alpha1",
        "kind": "NodeRefresh",
        "metadata": {"name": "one"},
        "spec": SPEC | {"maxUnavailable": maximum},
    }
    admin = here.world.admin
    here.background.run(admin.create("noderefreshes", made))
    here.background.run(admin.patch("noderefreshes/status", "one", {"status": status}))


def patched(here: Laboratory, node: str, **parts: Any) -> None:
    here.background.run(here.world.admin.patch("nodes", node, parts))


def only(found: tuple[str, ...], number: int, *words: str) -> None:
    """Exactly this invariant is broken, and it says where."""
    assert len(found) == 1, found
    assert found[0].startswith(f"invariant {number}: ")
    assert all(word in found[0] for word in words), found


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


@pytest.mark.parametrize(
    "parts",
    [
        {"metadata": {"labels": {"repull.dev/refresh": "one"}}},
        {"metadata": {"annotations": {"repull.dev/before": "{}"}}},
        {"spec": {"taints": [{"key": "repull.dev/stale", "effect": "NoSchedule"}]}},
    ],
    ids=["label", "annotation", "taint"],
)
def test_3_something_of_ours_is_left(here: Laboratory, parts: dict[str, Any]) -> None:
    found = evidence(here)
    patched(here, STALE, **parts)
    assert broken(found) == ()
    only(broken(replace(found, at_rest=True)), 3, STALE)


def test_3_a_cordon_is_left(here: Laboratory) -> None:
    found = evidence(here, at_rest=True)
    patched(here, STALE, spec={"unschedulable": True})
    only(broken(found), 3, STALE)


def test_3_a_cordon_of_somebody_else_is_gone(here: Laboratory) -> None:
    patched(here, OTHER, spec={"unschedulable": True})
    found = evidence(here, at_rest=True)
    patched(here, OTHER, spec={"unschedulable": False})
    only(broken(found), 3, OTHER)


def test_3_a_label_of_somebody_else_is_gone(here: Laboratory) -> None:
    patched(here, OTHER, metadata={"labels": {"team": "ocr"}})
    found = evidence(here)
    patched(here, OTHER, metadata={"labels": {"team": None}})
    only(broken(found), 3, OTHER, "team")


def test_3_a_cordon_stays_after_an_unproven_renewal_and_nothing_else(here: Laboratory) -> None:
    found = evidence(here, at_rest=True)
    here.world.fleet[STALE].reset_count = 1
    asked(here, "reset", "instances", STALE, requestId="1")
    patched(here, STALE, spec={"unschedulable": True}, metadata={"labels": {"repull.dev/cordoned-by": "one"}})
    refresh(here, phase="Failed", failed=1, conditions=[_condition("Failed")])
    assert broken(found) == ()
    patched(here, STALE, metadata={"labels": {"repull.dev/refresh": "one"}})
    only(broken(found), 3, STALE, "repull.dev/refresh")


@pytest.mark.parametrize(
    "part, key",
    [
        ("annotations", "cluster-autoscaler.kubernetes.io/scale-down-disabled"),
        ("labels", "node.kubernetes.io/exclude-from-external-load-balancers"),
    ],
)
@pytest.mark.parametrize("was, left", [(None, "true"), ("false", "true"), ("false", None)])
def test_3_what_a_cordon_borrows_is_not_as_it_was(
    here: Laboratory, part: str, key: str, was: str | None, left: str | None
) -> None:
    patched(here, STALE, metadata={part: {key: was}})
    found = evidence(here)
    patched(here, STALE, metadata={part: {key: left}})
    assert broken(found) == ()  # it may be on loan
    only(broken(replace(found, at_rest=True)), 3, STALE, f"{key}={was or left}")


@pytest.mark.parametrize("left", ["api", None])
def test_3_an_annotation_of_somebody_else_is_another(here: Laboratory, left: str | None) -> None:
    patched(here, OTHER, metadata={"annotations": {"team": "ocr"}})
    found = evidence(here)
    patched(here, OTHER, metadata={"annotations": {"team": left}})
    only(broken(found), 3, OTHER, "annotation team=ocr")


def test_3_a_taint_of_somebody_else_has_another_effect(here: Laboratory) -> None:
    patched(here, OTHER, spec={"taints": [{"key": "team", "value": "ocr", "effect": "NoSchedule"}]})
    found = evidence(here)
    patched(here, OTHER, spec={"taints": [{"key": "team", "value": "ocr", "effect": "PreferNoSchedule"}]})
    only(broken(found), 3, OTHER, "taint team=ocr:NoSchedule")


def test_3_more_cordons_stay_than_nodes_have_failed(here: Laboratory) -> None:
    found = evidence(here, at_rest=True)
    for node in (STALE, OTHER):
        here.world.fleet[node].reset_count = 1
        asked(here, "reset", "instances", node, requestId=node)
        patched(here, node, spec={"unschedulable": True}, metadata={"labels": {"repull.dev/cordoned-by": "one"}})
    refresh(here, phase="Failed", failed=2, conditions=[_condition("Failed")])
    assert broken(found) == ()
    here.background.run(here.world.admin.patch("noderefreshes/status", "one", {"status": {"failed": 1}}))
    said = broken(found)
    assert len(said) == 2
    assert all(OTHER in each for each in said)


def test_3_a_cordon_stays_for_a_refresh_in_which_nothing_failed(here: Laboratory) -> None:
    found = evidence(here, at_rest=True)
    here.world.fleet[STALE].reset_count = 1
    asked(here, "reset", "instances", STALE, requestId="1")
    patched(here, STALE, spec={"unschedulable": True}, metadata={"labels": {"repull.dev/cordoned-by": "two"}})
    refresh(here, phase="Failed", failed=1, conditions=[_condition("Failed")])
    said = broken(found)
    assert len(said) == 2
    assert all(STALE in each for each in said)


def test_3_a_note_is_left_on_a_deployment(here: Laboratory) -> None:
    found = evidence(here)
    marks: dict[str, str | None] = {"repull.dev/scaled-by": "one", "repull.dev/ready-log": "listening"}
    patch = {"metadata": {"annotations": marks}}
    here.background.run(here.world.admin.patch("deployments", "ocr-worker", patch, "prod-app"))
    try:
        assert broken(found) == ()
        only(broken(replace(found, at_rest=True)), 3, "ocr-worker", "repull.dev/scaled-by")
    finally:
        patch = {"metadata": {"annotations": dict.fromkeys(marks)}}
        here.background.run(here.world.admin.patch("deployments", "ocr-worker", patch, "prod-app"))


def test_4_a_refresh_has_not_ended(here: Laboratory) -> None:
    refresh(here, phase="Running", slots=[{"index": 0, "step": 0, "phase": "Drain", "node": STALE}])
    found = evidence(here)
    assert broken(found) == ()
    only(broken(replace(found, at_rest=True)), 4, STALE, "Running")


def test_4_a_refresh_ended_without_its_condition(here: Laboratory) -> None:
    refresh(here, phase="Succeeded", conditions=[_condition("Complete"), _condition("Failed")])
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


def test_2_a_machine_that_somebody_put_another_one_in_the_place_of(here: Laboratory) -> None:
    asked(here, "reset", "instances", STALE, requestId="1")
    found = evidence(here, replaced=((STALE, now()),))
    asked(here, "reset", "instances", STALE, requestId="2")
    assert broken(found) == ()
    only(broken(replace(found, replaced=())), 2, STALE)


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


def _condition(kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "status": "True",
        "reason": kind,
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
