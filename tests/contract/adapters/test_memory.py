"""Renewals are remembered: each once, the oldest forgotten, no race lost for good, nothing guessed."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions import breaker
from functions.adapters import kube_memory
from functions.errors import Refused
from functions.model.refresh import Method
from functions.ports import Brakes, Pause, Renewal
from functions.settings import MOST_RENEWALS, Settings
from tests.contract.adapters.server import Server

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DEEP = "[" * 100_000
"""As deep as a ConfigMap of 1 MiB lets anybody nest: more than the interpreter follows."""
ROW = '[{"instance": "1", "cause": "c", "at": "%s", "refresh": "r"}]'
NO_TIME = ROW % "9999-12-31T23:59:59-14:00"
"""Past the last moment that UTC has."""


def renewal(number: int) -> Renewal:
    at = NOON + timedelta(seconds=number, microseconds=number)
    return Renewal(instance=str(number), cause="account repository", at=at, refresh="r")


def test_nothing_was_ever_remembered(server: Server) -> None:
    assert server.cluster.memory.renewals() == ()


def test_each_is_remembered_once_oldest_first(server: Server) -> None:
    for number in (1, 2, 1):
        server.cluster.memory.remember(renewal(number))

    assert server.cluster.memory.renewals() == (renewal(1), renewal(2))


def test_what_is_said_again_of_a_renewal_takes_the_place_of_what_was_said(server: Server) -> None:
    """The machine that took the other's place is known later than the renewal."""
    known = replace(renewal(1), method=Method.RECREATE, became="4712")
    for each in (renewal(1), renewal(2), known, known):
        server.cluster.memory.remember(each)

    assert server.cluster.memory.renewals() == (known, renewal(2))
    server.cluster.memory.forget(renewal(1))
    assert server.cluster.memory.renewals() == (renewal(2),)


def test_what_a_version_that_knew_only_resets_has_remembered(server: Server) -> None:
    row = ROW % "2026-11-24T12:00:00.000000Z"
    server.create("configmaps", {"metadata": {"name": "state", "namespace": "repull"}, "data": {"renewals": row}})

    (found,) = server.cluster.memory.renewals()

    assert (found.method, found.became) == (Method.RESET, "")


def test_the_oldest_are_forgotten(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube_memory, "KEPT", 5)
    memory = server.cluster.memory
    for number in range(8):
        memory.remember(renewal(number))

    assert memory.renewals() == tuple(renewal(number) for number in range(3, 8))


def test_a_cooldown_forgets_nothing_at_the_fastest_that_a_breaker_allows(server: Server) -> None:
    """Or a machine would be renewed for the same cause again; and a ConfigMap must hold all of it."""
    hours = Settings(clusters=(), step_topic="", dead_letter_topic="").cooldown_seconds / 3600
    row = {
        "cause": f"projects/{'p' * 30}/locations/us-central1/repositories/{'r' * 63}",
        "at": "2026-11-24T12:00:00.000000Z",
        "refresh": "refresh-0123456789-20261129000000",
        "became": "9" * 19,
        "pool": "p" * 40,
    }
    rows = [row | {"instance": f"{number:019}"} for number in range(kube_memory.KEPT)]
    assert len(rows) >= MOST_RENEWALS * hours
    server.create(
        "configmaps", {"metadata": {"name": "state", "namespace": "repull"}, "data": {"renewals": json.dumps(rows)}}
    )

    server.cluster.memory.remember(renewal(0))

    stored = server.stored("configmaps", "state", "repull")
    assert len(stored["data"]["renewals"]) < 2**20
    assert len(server.cluster.memory.renewals()) == kube_memory.KEPT


def test_what_else_is_in_the_config_map_stays(server: Server) -> None:
    metadata = {"name": "state", "namespace": "repull", "labels": {"theirs": "1"}}
    server.create("configmaps", {"metadata": metadata, "data": {"breaker": "open"}})

    server.cluster.memory.remember(renewal(1))

    stored = server.stored("configmaps", "state", "repull")
    assert stored["data"]["breaker"] == "open"
    assert stored["metadata"]["labels"] == {"theirs": "1"}


def test_several_writers_lose_nothing(server: Server) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(server.cluster.memory.remember, [renewal(number) for number in range(4)]))

    assert set(server.cluster.memory.renewals()) == {renewal(number) for number in range(4)}


@pytest.mark.parametrize(
    "text",
    ["{", '{"a": 1}', '[{"instance": "1"}]', '[{"instance": 1, "cause": 1, "at": "x"}]', DEEP, NO_TIME],
    ids=["broken", "object", "fields", "time", "deep", "no-time"],
)
def test_what_cannot_be_read_is_neither_guessed_nor_overwritten(server: Server, text: str) -> None:
    metadata = {"name": "state", "namespace": "repull"}
    server.create("configmaps", {"metadata": metadata, "data": {"renewals": text}})

    with pytest.raises(Refused, match=r"data\.renewals.*kubectl -n repull delete configmap state"):
        server.cluster.memory.remember(renewal(1))

    assert server.stored("configmaps", "state", "repull")["data"]["renewals"] == text


def test_nothing_stands_in_the_way(server: Server) -> None:
    assert server.cluster.memory.brakes() == Brakes()


@pytest.mark.parametrize(
    "text, pause",
    [
        (
            '{"by": "ann", "why": "launch day", "at": "2026-11-24T12:00:00Z"}',
            Pause(by="ann", why="launch day", at=NOON),
        ),
        ('{"by": "ann"}', Pause(by="ann")),
        ('{"by": "ann", "at": "since noon"}', Pause(by="ann")),
        ('{"by": "ann", "at": 5}', Pause(by="ann")),
        ("launch day", Pause(why="launch day")),
        ("[1]", Pause(why="[1]")),
        ("{}", Pause(why="{}")),
        ("", Pause()),
        (DEEP, Pause(why=DEEP)),
    ],
    ids=["whole", "no-reason", "no-time", "number", "text", "list", "empty-object", "empty", "deep"],
)
def test_whatever_stands_under_paused_pauses_the_cluster(server: Server, text: str, pause: Pause) -> None:
    metadata = {"name": "state", "namespace": "repull"}
    server.create("configmaps", {"metadata": metadata, "data": {"paused": text}})

    assert server.cluster.memory.brakes().pause == pause

    server.patch("configmaps", "state", {"data": {"paused": None}}, "repull")
    assert server.cluster.memory.brakes().pause is None


def test_the_breaker_stays_open_until_its_key_is_taken_away(server: Server) -> None:
    """What tripped it does not trip it again; what comes afterwards counts, while it is open as well."""
    memory = server.cluster.memory
    memory.remember(renewal(1))
    assert memory.brakes() == Brakes(renewals=(renewal(1),))

    tripped = NOON + timedelta(minutes=1)
    memory.trip("too many", tripped)
    memory.trip("not again", NOON + timedelta(minutes=9))
    memory.remember(renewal(120))
    both = (renewal(1), renewal(120))
    assert memory.brakes() == Brakes(tripped="too many", renewals=both, counted_from=tripped)

    server.patch("configmaps", "state", {"data": {"breaker": None}}, "repull")
    assert memory.brakes() == Brakes(renewals=both, counted_from=tripped)
    assert breaker.counting(memory.brakes(), NOON + timedelta(hours=1)) == (renewal(120),)
    assert memory.renewals() == both


def test_the_pool_of_a_renewal_is_remembered(server: Server) -> None:
    server.cluster.memory.remember(replace(renewal(1), pool="apps"))

    assert [each.pool for each in server.cluster.memory.renewals()] == ["apps"]


@pytest.mark.parametrize("text", ["open, says ann", DEEP], ids=["text", "deep"])
def test_a_latch_written_by_hand_is_one(server: Server, text: str) -> None:
    metadata = {"name": "state", "namespace": "repull"}
    server.create("configmaps", {"metadata": metadata, "data": {"breaker": text}})

    assert server.cluster.memory.brakes().tripped == text


@pytest.mark.parametrize(
    "key, text",
    [
        ("counted-from", "yesterday"),
        ("counted-from", "9999-12-31T23:59:59-14:00"),
        ("renewals", "{"),
        ("renewals", DEEP),
    ],
    ids=["moment", "no-time", "renewals", "deep"],
)
def test_what_cannot_be_read_is_told_and_hides_nothing_else(server: Server, key: str, text: str) -> None:
    metadata = {"name": "state", "namespace": "repull"}
    server.create("configmaps", {"metadata": metadata, "data": {key: text, "paused": "look first", "breaker": "open"}})

    found = server.cluster.memory.brakes()

    assert f"data.{key} can't be read" in found.unreadable
    assert "kubectl -n repull delete configmap state" in found.unreadable
    assert (found.pause, found.tripped) == (Pause(why="look first"), "open")
