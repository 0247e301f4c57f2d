"""The circuit breaker counts what it should, and trips where one more would be too many."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions import breaker
from functions.breaker import Rush
from functions.ports import Brakes, Renewal
from functions.settings import Settings
from tests.unit.make import CLUSTER, T0

SETTINGS = Settings(clusters=(CLUSTER,), step_topic="", dead_letter_topic="")


def renewal(number: int, *, pool: str = "pool-1", minutes: float = 10) -> Renewal:
    return Renewal(instance=str(number), cause="c", at=T0 - timedelta(minutes=minutes), refresh="r1", pool=pool)


def rush(*renewals: Renewal, under_way: tuple[str, ...] = (), **settings: Any) -> Rush:
    return Rush(
        renewals=breaker.of_late(Brakes(renewals=renewals), T0),
        under_way=under_way,
        pool="pool-1",
        settings=replace(SETTINGS, **settings),
    )


def trips(*renewals: Renewal, under_way: tuple[str, ...] = (), size: int = 100, **settings: Any) -> str:
    return breaker.trips(rush(*renewals, under_way=under_way, **settings), pool_size=size)


def test_one_more_than_allowed_within_an_hour_trips_it() -> None:
    renewals = tuple(renewal(number) for number in range(3))
    assert trips(*renewals, breaker_renewals=4) == ""
    assert trips(*renewals, breaker_renewals=3) == "renewals within an hour: 3, and REPULL_BREAKER_RENEWALS is 3"


@pytest.mark.parametrize("minutes, counted", [(None, 2), (-21, 2), (-20, 1), (-16, 1), (-15, 0), (0, 0), (1, 2)])
def test_what_tripped_the_breaker_does_not_count_again(minutes: float | None, counted: int) -> None:
    """Whoever writes a moment there that is yet to come does not keep it from counting until then."""
    since = None if minutes is None else T0 + timedelta(minutes=minutes)
    brakes = Brakes(renewals=(renewal(1, minutes=20), renewal(2, minutes=15)), counted_from=since)
    assert len(breaker.of_late(brakes, T0)) == counted


def test_what_is_older_than_an_hour_does_not_count() -> None:
    assert trips(renewal(1, minutes=60), breaker_renewals=1) == ""
    assert trips(renewal(1, minutes=59.9), breaker_renewals=1) != ""


def test_a_machine_that_is_renewed_again_counts_again() -> None:
    """Attempts count, and not machines."""
    again = (renewal(1, minutes=40), renewal(1, minutes=5))
    assert trips(*again, breaker_renewals=2) != ""


def test_nodes_that_are_about_to_be_renewed_count() -> None:
    """Several slots can't pass the breaker side by side."""
    assert trips(renewal(1), under_way=("pool-2",), breaker_renewals=2) != ""
    assert trips(under_way=("pool-1", "pool-1"), breaker_percent=2) != ""


@pytest.mark.parametrize(
    "size, percent, allowed",
    [(100, 10, 10), (19, 10, 1), (20, 10, 2), (3, 10, 1), (1, 1, 1), (4, 100, 4), (0, 50, 1)],
)
def test_a_percentage_is_of_the_pool_rounded_down_but_one_at_least(size: int, percent: int, allowed: int) -> None:
    renewals = tuple(renewal(number) for number in range(allowed))
    assert trips(*renewals[1:], size=size, breaker_percent=percent) == ""
    assert f"in pool pool-1 of {size} nodes" in trips(*renewals, size=size, breaker_percent=percent)


@pytest.mark.parametrize("percent", [1, 3, 7, 33, 50, 99, 100])
@pytest.mark.parametrize("number", [0, 1, 2, 29])
def test_a_pool_is_counted_as_far_as_its_size_matters_and_no_further(percent: int, number: int) -> None:
    """Who has counted to `enough` knows as much as who has counted all."""
    found = rush(*(renewal(each) for each in range(number)), breaker_percent=percent)
    assert [breaker.trips(found, pool_size=size) for size in (found.enough, 15_000)] == ["", ""]
    assert bool(breaker.trips(found, pool_size=found.enough - 1)) is (number > 0)


def test_other_pools_count_for_the_number_and_not_for_the_percentage() -> None:
    elsewhere = tuple(renewal(number, pool="pool-2") for number in range(5))
    assert trips(*elsewhere, size=10, breaker_percent=10) == ""
    assert trips(*elsewhere, size=10, breaker_renewals=5) != ""
