"""Promises that are not kept are seen, in books that are written for it: whose machine is renewed, and when."""

from typing import Any

import pytest

from sandbox import deployment
from sandbox.books import Call
from sandbox.timestamps import now
from tests.e2e.smallest import OTHER, STALE
from tests.proof.disorder.heeded import Leaving, unheeded
from tests.proof.disorder.promises import Asked, canary_first, its_own_node
from tests.proof.laboratory import Laboratory

CORDONED_BY = "repull.dev/cordoned-by"
CORDON: dict[str, Any] = {"metadata": {"labels": {CORDONED_BY: "one"}}, "spec": {"unschedulable": True}}
GIVEN_BACK: dict[str, Any] = {"metadata": {"labels": {CORDONED_BY: None}}, "spec": {"unschedulable": False}}
LEFT_CORDONED: dict[str, Any] = {"metadata": {"labels": {CORDONED_BY: None}}, "spec": {}}
OPEN: dict[str, Any] = {"spec": {"unschedulable": False}}
PERSON = "ann@acme.example"


def node(here: Laboratory, verb: str, name: str = STALE, *, user: str = deployment.REFRESH, **body: Any) -> None:
    here.world.books.write(
        Call(at=now(), api="kubernetes", user=user, verb=verb, resource="nodes", name=name, body=body)
    )


def reset(here: Laboratory, name: str = STALE) -> None:
    here.world.books.write(
        Call(at=now(), api="compute", user=deployment.REFRESH, verb="reset", resource="instances", name=name)
    )


def asked(here: Laboratory, *ends: int) -> Asked:
    return Asked(world=here.world, asked={}, excluded=frozenset(), ends=ends)


def disowned(here: Laboratory, *ends: int) -> list[str]:
    return list(its_own_node(asked(here, *ends)))


@pytest.mark.parametrize("renewed", [False, True], ids=["passed over", "to be proven"])
def test_the_first_node_is_made_anew_and_another_is_taken(here: Laboratory, *, renewed: bool) -> None:
    node(here, "patch", **CORDON)
    if renewed:
        reset(here)
    node(here, "delete", user=PERSON)
    node(here, "patch", OTHER, **CORDON)
    assert len(list(canary_first(asked(here)))) == renewed


def test_a_machine_is_renewed_whose_node_is_cordoned(here: Laboratory) -> None:
    node(here, "patch", **CORDON)
    reset(here)
    assert disowned(here) == []


def test_a_machine_is_renewed_for_another_node(here: Laboratory) -> None:
    node(here, "patch", OTHER, **CORDON)
    reset(here)
    (said,) = disowned(here)
    assert STALE in said


@pytest.mark.parametrize("body", [GIVEN_BACK, LEFT_CORDONED], ids=["opened", "a cordon of others stays"])
def test_a_machine_is_renewed_whose_node_was_given_back(here: Laboratory, body: dict[str, Any]) -> None:
    node(here, "patch", **CORDON)
    node(here, "patch", **body)
    over = len(here.world.books)
    reset(here)
    assert len(disowned(here, over)) == 1
    assert disowned(here) == [], "whoever is at work has perhaps looked before"


def test_a_machine_is_renewed_whose_node_was_given_back_and_cordoned_anew(here: Laboratory) -> None:
    node(here, "patch", **CORDON)
    node(here, "patch", **GIVEN_BACK)
    node(here, "patch", **CORDON)
    over = len(here.world.books)
    reset(here)
    assert disowned(here, over) == []


def test_a_machine_is_renewed_whose_node_was_deleted(here: Laboratory) -> None:
    node(here, "patch", **CORDON)
    node(here, "delete", user=PERSON)
    over = len(here.world.books)
    reset(here)
    assert len(disowned(here, over)) == 1
    assert disowned(here) == []


def test_a_cordon_that_a_person_took_back_is_heeded(here: Laboratory) -> None:
    node(here, "patch", **CORDON)
    node(here, "patch", user=PERSON, **OPEN)
    reset(here)
    assert list(unheeded(here.world)) == [], "nobody has looked since"
    node(here, "get")
    reset(here)
    (said,) = unheeded(here.world)
    assert STALE in said


def test_a_renewal_that_was_decided_before_anybody_looked_may_be_made(here: Laboratory) -> None:
    node(here, "patch", **CORDON)
    decided = len(here.world.books)
    node(here, "patch", user=PERSON, **OPEN)
    node(here, "get")
    frozen = Leaving(decided, len(here.world.books))
    reset(here)
    assert list(unheeded(here.world, [frozen])) == []
    assert len(list(unheeded(here.world))) == 1
    late = Leaving(len(here.world.books), len(here.world.books))
    reset(here)
    assert len(list(unheeded(here.world, [frozen, late]))) == 1, "the next one is another"


def test_who_opens_a_node_that_repull_does_not_hold_takes_nothing_back(here: Laboratory) -> None:
    node(here, "patch", OTHER, **CORDON)
    node(here, "patch", OTHER, **GIVEN_BACK)
    for name in (STALE, OTHER):
        node(here, "patch", name, user=PERSON, **OPEN)
        node(here, "get", name)
        reset(here, name)
    assert list(unheeded(here.world)) == []


def test_a_second_node_is_cordoned_beside_the_first(here: Laboratory) -> None:
    node(here, "patch", **CORDON)
    node(here, "patch", OTHER, **CORDON)
    (said,) = canary_first(asked(here))
    assert OTHER in said


@pytest.mark.parametrize("body", [GIVEN_BACK, LEFT_CORDONED], ids=["opened", "a cordon of others stays"])
def test_a_second_node_is_cordoned_after_the_first_was_given_back(here: Laboratory, body: dict[str, Any]) -> None:
    node(here, "patch", **CORDON)
    node(here, "patch", **body)
    node(here, "patch", OTHER, **CORDON)
    assert list(canary_first(asked(here))) == []
