"""The checker catches what is left on nodes and Deployments, and what others had there and have no more (row 3)."""

from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.smallest import OTHER, STALE
from tests.proof.breaking import asked, condition, evidence, only, patched, refresh
from tests.proof.invariants import broken
from tests.proof.laboratory import Laboratory


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
    refresh(here, phase="Failed", failed=1, conditions=[condition("Failed")])
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
    refresh(here, phase="Failed", failed=2, conditions=[condition("Failed")])
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
    refresh(here, phase="Failed", failed=1, conditions=[condition("Failed")])
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
