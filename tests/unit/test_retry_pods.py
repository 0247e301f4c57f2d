"""Pods that fail on a renewed node are retried; what may not be deleted is left to its kubelet until the deadline."""

from datetime import timedelta

import pytest

from functions import events
from functions.errors import Refused, Retryable
from functions.model.cluster import Pod
from functions.model.refresh import Outcome
from functions.phases.result import Done, HandOver
from functions.settings import LONGEST_CALL_SECONDS
from tests.unit.make import T0, failing, owner, pod
from tests.unit.renewed import Place

DENIED = Refused('delete pods prod-app/ocr-1: 403: policy "no-deletions" denies it')
DOWN = Retryable('delete pods prod-app/ocr-1: 500: failed calling webhook "policy"')


def backing_off(name: str = "ocr-1") -> Pod:
    """Its kubelet tries again four minutes from now, and every five minutes after that."""
    return failing(name, created=T0 - timedelta(seconds=370))


def took(place: Place) -> float:
    return (place.machine.now - T0).total_seconds()


@pytest.mark.parametrize("answer", [DENIED, DOWN], ids=["a-policy", "a-webhook-that-is-down"])
def test_what_may_not_be_deleted_is_said_with_its_words_and_asked_for_once_a_minute(
    answer: Refused | Retryable,
) -> None:
    place = Place(there=(backing_off(),), denies=answer)

    found = place.play(deadline=T0 + timedelta(seconds=119))

    said = [line for line in place.machine.told if "ocr-1" in line]
    once = [
        "deletes prod-app/ocr-1 so that it pulls again at once",
        f"can't delete prod-app/ocr-1, which its kubelet tries again in some minutes: {answer}",
    ]
    assert (said, place.deleted) == (once * 2, ["ocr-1"] * 2)
    assert isinstance(found, Done)
    assert (found.outcome, found.stop) == (
        Outcome.FAILED,
        "pods on n1 still can't pull though its probe passed: prod-app/ocr-1",
    )
    assert 119 <= took(place) < 122


def test_what_may_not_be_deleted_has_pulled_by_its_kubelets_next_try() -> None:
    place = Place(there=(backing_off(),), denies=DENIED)

    def passes(_: float) -> None:
        if took(place) > 250:
            place.there = (pod("ocr-1"),)

    place.machine.passes = passes

    assert place.play() == Done(outcome=Outcome.RENEWED, note="node n1: renewed and verified")


def test_one_that_may_not_be_deleted_keeps_no_other_from_it() -> None:
    other = failing("batch-1", created=T0 - timedelta(seconds=370), owner=owner(name="batch"))
    place = Place(there=(other, backing_off()), denies=DENIED)

    place.play(deadline=T0 + timedelta(seconds=30))

    assert place.deleted == ["batch-1", "ocr-1"]


def test_an_invocation_without_much_time_deletes_nothing_and_hands_over() -> None:
    place = Place(there=(backing_off(),))
    place.machine.now = T0 + timedelta(hours=8) - timedelta(seconds=LONGEST_CALL_SECONDS - 1)

    assert isinstance(place.play(deadline=T0 + timedelta(hours=9)), HandOver)
    assert (place.deleted, events.POD_RETRIED in place.machine.said) == ([], False)


def test_the_nodes_pods_are_listed_once_a_look() -> None:
    place = Place(there=(backing_off(),), denies=DENIED)

    place.play(deadline=T0 + timedelta(seconds=30))

    assert place.listed == place.looked + 2  # the last look, and whom that has left to fail
