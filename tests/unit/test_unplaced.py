"""Pods that found no other place than the renewed node are waited for: as long as a scheduler takes, and no longer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.model.cluster import Container, Pod
from functions.model.placement import Needs
from functions.model.refresh import Outcome
from functions.phases.result import Done, HandOver
from tests.unit.make import IMAGE, T0, pod
from tests.unit.renewed import OPEN, Place
from tests.unit.renewing import Machine

SOON = 12  # seconds: no longer than a scheduler's longest back-off, and a look
PLAIN = "node n1: renewed and verified"


def homeless(name: str = "ocr-2", **fields: Any) -> Pod:
    """It was made while the node was being drained, and the scheduler has found no place."""
    made = T0 - timedelta(minutes=3)
    return pod(name, **({"node": "", "phase": "Pending", "ready": False, "created": made} | fields))


def took(place: Place) -> float:
    return (place.machine.now - T0).total_seconds()


def test_the_node_is_done_once_what_found_no_other_place_is_ready_on_it() -> None:
    place, looks = Place(waiting=(homeless(),)), []

    def passes(_: float) -> None:
        looks.append(place.machine.now)
        if len(looks) == 3:
            place.waiting, place.there = (), (homeless(node="n1"),)
        if len(looks) == 40:
            place.there = (homeless(node="n1", phase="Running", ready=True),)

    place.machine.passes = passes

    assert place.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert len(looks) == 40


def test_whoever_is_put_there_between_two_lists_is_waited_for() -> None:
    """The scheduler binds it right after those without a place were listed, and right after the node's pods were."""
    place = Place(there=(pod("ocr-1", ready=True),))

    def binds() -> None:
        if place.asked == 1:
            place.there += (homeless(node="n1"),)

    def runs(_: float) -> None:
        place.there = (pod("ocr-1", ready=True), homeless(node="n1", phase="Running", ready=took(place) > 30))

    place.then, place.machine.passes = binds, runs

    assert place.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert took(place) > 30


def test_whoever_is_put_there_and_does_not_come_up_is_named() -> None:
    place = Place()
    place.then = lambda: setattr(place, "there", (homeless(node="n1"),))

    found = place.play()

    assert found == Done(outcome=Outcome.RENEWED, note=f"{PLAIN}; for another reason prod-app/ocr-2 is not READY")
    assert took(place) >= 300


def test_what_no_scheduler_places_is_named_and_waited_for_no_longer() -> None:
    place = Place(waiting=(homeless(),))

    found = place.play()

    assert found == Done(outcome=Outcome.RENEWED, note=f"{PLAIN}; without a place: prod-app/ocr-2")
    assert 9 < took(place) < SOON


def test_a_busy_node_does_not_have_the_cluster_searched_all_the_time() -> None:
    place = Place(waiting=(homeless(),), busy=True)

    place.play()

    assert place.asked < SOON


def test_a_short_deadline_is_the_end_of_it() -> None:
    place = Place(waiting=(homeless(),))
    place.machine.now = T0 + timedelta(seconds=299)

    assert isinstance(place.play(), Done)
    assert took(place) == 299


def test_an_invocation_whose_time_is_up_hands_over() -> None:
    place = Place(waiting=(homeless(),))
    place.machine.now = T0 + timedelta(hours=8)

    assert isinstance(place.play(deadline=T0 + timedelta(hours=9)), HandOver)


@pytest.mark.parametrize(
    "waiting",
    [
        pytest.param(homeless(created=T0 - timedelta(hours=1)), id="came-before-the-cordon"),
        pytest.param(homeless(containers=(Container(name="main", image="nginx"),)), id="another-image"),
        pytest.param(homeless(deleting_since=T0), id="on-its-way-out"),
        pytest.param(homeless(namespace="repull", labels={"repull.dev/probe": "access"}), id="a-probe"),
        pytest.param(homeless(needs=Needs(requests={"cpu": 8000})), id="more-than-the-node-has"),
        pytest.param(homeless(needs=Needs(selector={"disk": "fast"})), id="wants-another-node"),
    ],
)
def test_nobody_waits_for_a_pod_that_is_not_about_to_come(waiting: Pod) -> None:
    place = Place(waiting=(waiting,))

    assert place.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert (took(place), place.asked) == (0, 1)


@pytest.mark.parametrize(
    "closed",
    [
        pytest.param(lambda: Machine(node=replace(OPEN, unschedulable=True)), id="somebody-wants-it-cordoned"),
        pytest.param(lambda: Machine(node=None), id="gone"),  # type: ignore[arg-type]  # as the port answers
    ],
)
def test_nobody_waits_for_pods_that_cannot_come(closed: Callable[[], Machine]) -> None:
    place = Place(machine=closed(), waiting=(homeless(),))

    assert isinstance(place.play(), Done)
    assert took(place) == 0


def test_what_is_on_the_node_takes_its_room() -> None:
    full = pod("web-1", needs=Needs(requests={"cpu": 3500}), containers=(Container(name="main", image="nginx"),))
    place = Place(there=(full,), waiting=(homeless(needs=Needs(requests={"cpu": 1000})),))

    assert place.play() == Done(outcome=Outcome.RENEWED, note=PLAIN)
    assert took(place) == 0


def test_nothing_is_listed_while_something_on_the_node_is_missing() -> None:
    place = Place(there=(pod("ocr-1", ready=False),))

    place.play()

    assert place.asked == 0


@pytest.mark.parametrize(
    "said, fails",
    [
        pytest.param("failed to resolve image: {image}: not found", False, id="no-such-tag"),
        pytest.param("no match for platform in manifest: not found", False, id="no-such-platform"),
        pytest.param("failed to authorize: 403 Forbidden", True, id="denied"),
        pytest.param("", True, id="nobody-says-why"),
    ],
)
def test_only_an_image_that_no_node_could_pull_is_no_failure_of_the_node(said: str, fails: bool) -> None:  # noqa: FBT001 - a table's column
    message = f'Back-off pulling image "{IMAGE}"' + (f": ErrImagePull: {said.format(image=IMAGE)}" if said else "")
    waiting = Container(name="main", image=str(IMAGE), waiting_reason="ImagePullBackOff", waiting_message=message)
    place = Place(there=(pod("ocr-1", ready=False, containers=(waiting,)),))

    found = place.play(deadline=T0)

    assert isinstance(found, Done)
    assert (found.outcome, bool(found.stop)) == ((Outcome.FAILED, True) if fails else (Outcome.RENEWED, False))
    assert ("for another reason" in found.note) is not fails
