"""Replica counts are noted where they are changed, and given back as they were, unless somebody has changed them."""

from typing import Any

import pytest

from functions import replicas
from functions.model.workload import Deployment, Scaling
from functions.replicas import REPLICAS, SCALED_BY


def deployment(**fields: Any) -> Deployment:
    return Deployment(**({"namespace": "prod-app", "name": "web", "uid": "u", "resource_version": "1"} | fields))


def scaled(replicas: int = 0, noted: str = "3") -> Deployment:
    return deployment(replicas=replicas, labels={SCALED_BY: "r1"}, annotations={REPLICAS: noted})


GONE: dict[str, Any] = {"labels": {SCALED_BY: None}, "annotations": {REPLICAS: None, SCALED_BY: None}}


def test_the_count_is_noted_in_the_change_that_scales_to_zero() -> None:
    found = replicas.to_zero(deployment(replicas=3), "r1")

    assert found == Scaling(replicas=0, labels={SCALED_BY: "r1"}, annotations={REPLICAS: "3", SCALED_BY: "r1"})


@pytest.mark.parametrize("found", [deployment(replicas=0), scaled(), scaled(2)], ids=["none", "ours", "scaled-up"])
def test_a_note_is_never_overwritten(found: Deployment) -> None:
    """The second look sees zero, which is not what there was."""
    assert replicas.to_zero(found, "r2") is None


def test_what_was_noted_is_given_back() -> None:
    assert replicas.give_back(scaled()) == Scaling(replicas=3, **GONE)


def test_what_somebody_else_has_set_since_stays() -> None:
    assert replicas.give_back(scaled(5)) == Scaling(replicas=None, **GONE)


def test_what_lost_its_label_alone_is_given_back() -> None:
    """A manager of its own may set the labels anew; whoever wants to keep the zero takes all of the note off."""
    unlabelled = deployment(replicas=0, annotations={REPLICAS: "3", SCALED_BY: "r1"})

    assert replicas.scaled_by(unlabelled) == "r1"
    assert replicas.give_back(unlabelled) == Scaling(replicas=3, **GONE)


def test_what_was_never_taken_is_not_given_back() -> None:
    """A count alone may be of long ago: `kubectl rollout undo` brings annotations back."""
    for found in (deployment(replicas=0), deployment(replicas=2), deployment(annotations={REPLICAS: "3"})):
        assert replicas.give_back(found) is None


@pytest.mark.parametrize("noted", ["", "0", "-1", "many", "3.0", "9999999999"])
def test_a_note_that_was_spoilt_is_not_guessed(noted: str) -> None:
    assert replicas.give_back(scaled(noted=noted)) is None
    assert replicas.give_back(scaled(4, noted=noted)) == Scaling(replicas=None, **GONE)
