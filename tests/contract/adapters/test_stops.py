"""Machines that were stopped are remembered until they run: each once, no race lost for good, nothing guessed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.ports import Noted, Stop
from tests.contract.adapters.server import Server

STOP = Stop(
    instance="4711",
    provider_id="gce://acme/us-central1-a/node-a1",
    group="https://compute/projects/acme/zones/us-central1-a/instanceGroupManagers/g",
    refresh="r",
    at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    target_size=3,
    target_stopped_size=1,
)
OTHER = replace(STOP, instance="4712")
DEEP = "[" * 100_000
ENDLESS = '{"machine": "m", "group": "g", "refresh": "r", "at": "2026-11-24T12:00:00Z", "targetSize": 1e999}'


def test_a_stop_is_noted_until_it_is_cleared(server: Server) -> None:
    stops = server.cluster.stops
    assert stops.all() == Noted()
    stops.clear("4711")

    for each in (STOP, OTHER, STOP):
        stops.note(each)

    assert stops.all() == Noted(stops=(STOP, OTHER))
    stops.clear("4711")
    stops.clear("4711")
    assert stops.all() == Noted(stops=(OTHER,))


def test_what_was_noted_first_stays(server: Server) -> None:
    """The sizes are those before the first call, whichever invocation asks again."""
    server.cluster.stops.note(STOP)
    server.cluster.stops.note(replace(STOP, target_size=2, target_stopped_size=2))

    assert server.cluster.stops.all() == Noted(stops=(STOP,))


def test_several_writers_lose_nothing(server: Server) -> None:
    wanted = [replace(STOP, instance=str(number)) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(server.cluster.stops.note, wanted))

    assert set(server.cluster.stops.all().stops) == set(wanted)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"machine": "m"}', ENDLESS, DEEP], ids=["broken", "list", "fields", "endless", "deep"]
)
def test_what_cannot_be_read_is_not_guessed_and_hides_no_other(server: Server, text: str) -> None:
    metadata = {"name": "stopped", "namespace": "repull"}
    server.create("configmaps", {"metadata": metadata, "data": {"4711": text}})
    server.cluster.stops.note(OTHER)

    noted = server.cluster.stops.all()

    assert noted.stops == (OTHER,)
    (said,) = noted.unreadable
    assert "data.4711 can't be read" in said
    assert "see to it that machine 4711 runs" in said
