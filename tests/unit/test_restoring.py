"""Replica counts come back one by one: what can't be had back keeps no other down, and a lost race is run again."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.errors import Conflict, HolderLost, Refused, RepullError, Retryable
from functions.model.workload import Deployment, Scaling
from functions.replicas import REPLICAS, SCALED_BY
from functions.restoring import Restored, give_back


def scaled(name: str) -> Deployment:
    noted: dict[str, Any] = {"labels": {SCALED_BY: "r1"}, "annotations": {REPLICAS: "3"}}
    return Deployment(namespace="prod-app", name=name, uid=name, resource_version="1", replicas=0, **noted)


FIRST, SECOND = scaled("first"), scaled("second")


@dataclass
class _Deployments:
    """As far as it is asked; the first answers about FIRST are trouble."""

    trouble: RepullError | None = None
    times: int = 1
    now: Deployment | None = FIRST
    changed: list[tuple[str, int | None]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # what was said and done, in its order

    def get(self, *_: object) -> Deployment | None:
        return self.now

    def say(self, event: str, said: str) -> None:
        self.told.append(f"{event}: {said}")

    def change(self, found: Deployment, scaling: Scaling) -> Deployment:
        if found.name == FIRST.name and self.trouble and self.times:
            self.times -= 1
            raise self.trouble
        self.changed.append((found.name, scaling.replicas))
        self.told.append("done")
        return replace(found, replicas=scaling.replicas or found.replicas)


@dataclass
class _Clock:
    """As far as it is asked."""

    pauses: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def restored(found: Any, clock: _Clock | None = None) -> Restored:
    telling: Any = clock or _Clock()
    return give_back(found, (FIRST, SECOND), telling, found.say)


@pytest.mark.parametrize("trouble", [Refused("denied"), Retryable("503")], ids=str)
def test_one_that_can_not_be_had_back_keeps_no_other_down(trouble: RepullError) -> None:
    api = _Deployments(trouble)
    found = restored(api)
    assert api.changed == [("second", 3)]
    assert api.told[-1] == "repull.scaled_up: Deployment prod-app/second has 3 replicas again"
    assert [str(trouble) in said for said in (*found.refused, *found.failed)] == [True]


def test_a_lost_race_is_run_again() -> None:
    api = _Deployments(Conflict("somebody was faster"))
    assert restored(api) == Restored()
    assert api.changed == [("first", 3), ("second", 3)]


def test_ten_lost_races_are_run_again_apart_from_each_other() -> None:
    """An autoscaler, or whoever rolls it out, writes the Deployment at the same moments."""
    api, clock = _Deployments(Conflict("somebody was faster"), times=10), _Clock()
    assert restored(api, clock) == Restored()
    assert len(clock.pauses) == 10
    assert all(clock.pauses)


def test_who_has_scaled_it_meanwhile_keeps_the_count_and_loses_the_note() -> None:
    api = _Deployments(Conflict("somebody was faster"), now=replace(FIRST, replicas=5))
    assert restored(api) == Restored()
    assert api.changed[0] == ("first", None)
    assert api.told[1:4] == [
        "repull.scaling_up: leaves Deployment prod-app/first the 5 replicas that somebody has set meanwhile",
        "done",
        "repull.scaled_up: Deployment prod-app/first has 5 replicas again, which somebody had set meanwhile",
    ]


@pytest.mark.parametrize("now", [None, replace(FIRST, labels={}, annotations={})], ids=["gone", "given-back"])
def test_what_is_not_ours_any_more_is_left_alone(now: Deployment | None) -> None:
    api = _Deployments(Conflict("somebody was faster"), now=now)
    assert restored(api) == Restored()
    assert api.changed == [("second", 3)]


def test_what_is_about_to_be_done_is_said_before() -> None:
    """Afterwards the note is gone, and whoever dies in between would leave nothing that shows who has done it."""
    api = _Deployments()
    restored(api)
    assert api.told[:3] == [
        "repull.scaling_up: gives Deployment prod-app/first its 3 replicas back",
        "done",
        "repull.scaled_up: Deployment prod-app/first has 3 replicas again",
    ]


def test_whose_count_was_lost_is_said_where_it_was_said_before() -> None:
    lost = replace(FIRST, annotations={})
    api: Any = _Deployments()
    clock: Any = _Clock()
    (said,) = give_back(api, (lost, SECOND), clock, api.say).refused
    assert "deployment first --replicas=N (repull audit r1 --event scaled_down tells how many there were)" in said
    assert api.changed == [("second", 3)]


def test_one_is_no_more_than_one() -> None:
    one = replace(FIRST, annotations={REPLICAS: "1"})
    api: Any = _Deployments()
    clock: Any = _Clock()
    give_back(api, (one,), clock, api.say)
    assert api.told == [
        "repull.scaling_up: gives Deployment prod-app/first its 1 replica back",
        "done",
        "repull.scaled_up: Deployment prod-app/first has 1 replica again",
    ]


def test_who_has_lost_the_hold_changes_nothing() -> None:
    def guard() -> None:
        raise HolderLost("another holds the slot")

    api: Any = _Deployments()
    clock: Any = _Clock()
    with pytest.raises(HolderLost):
        give_back(api, (FIRST, SECOND), clock, api.say, guard)
    assert api.changed == []
