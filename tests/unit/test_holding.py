"""Each thing that holds the chain says why, until when, and how to go on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from functions import holding
from functions.holding import Facts, Held
from functions.model.google import GkeCluster, NodePool, Operation
from functions.model.refresh import Phase, RefreshStatus, Slot
from functions.model.schedule import parse_freezes, parse_windows
from functions.ports import Brakes, Pause, Renewal
from functions.settings import Settings, Switch
from functions.slots import go_on, hold_back
from tests.unit.make import ACCOUNT, CLUSTER, REMEDY, T0, refresh

BERLIN = ZoneInfo("Europe/Berlin")
NEVER = datetime.max.replace(tzinfo=UTC)
SETTINGS = Settings(clusters=(CLUSTER,), step_topic="", dead_letter_topic="")


def held(
    *,
    paused: str | None = None,
    brakes: Brakes | None = None,
    gke: GkeCluster | None = None,
    now: datetime = T0,
    **settings: Any,
) -> Held | None:
    facts = Facts(
        refresh=replace(refresh(), paused=paused),
        brakes=brakes or Brakes(),
        gke=gke or GkeCluster(),
        settings=replace(SETTINGS, **settings),
        now=now,
    )
    return holding.held(facts)


def why(**facts: Any) -> tuple[str, datetime | None]:
    found = held(**facts)
    assert found
    return found.reason, found.until


def test_nothing_holds_it_by_default() -> None:
    assert held() is None


PAUSES: list[Any] = [
    pytest.param({"pause": Switch.ON}, ("REPULL_PAUSE",), id="setting"),
    pytest.param(
        {"brakes": Brakes(pause=Pause(by="ann", why="launch day"))},
        (
            "by ann",
            "launch day",
            "repull resume, or ",
            """kubectl -n repull patch configmap state --type merge -p '{"data":{"paused":null}}'""",
        ),
        id="cluster",
    ),
    pytest.param(
        {"brakes": Brakes(pause=Pause(by="ann", why="launch day", at=T0))},
        (f"the cluster is paused by ann since {T0:%Y-%m-%d %H:%M} UTC: launch day",),
        id="cluster-since",
    ),
    pytest.param(
        {"brakes": Brakes(pause=Pause())}, ("the cluster is paused: nobody said why",), id="cluster-no-reason"
    ),
    pytest.param(
        {"paused": "look first"},
        ("look first", "repull resume r1, or kubectl annotate noderefresh r1 repull.dev/pause-"),
        id="refresh",
    ),
    pytest.param({"paused": ""}, ("nobody said why",), id="refresh-no-reason"),
    pytest.param(
        {"brakes": Brakes(tripped="31 renewals")},
        ("31 renewals", """kubectl -n repull patch configmap state --type merge -p '{"data":{"breaker":null}}'"""),
        id="breaker",
    ),
    pytest.param(
        {"brakes": Brakes(unreadable="data.renewals can't be read; mend it", pause=Pause(why="launch day"))},
        ("data.renewals can't be read", "launch day"),
        id="spoilt",
    ),
    pytest.param(
        {"brakes": Brakes(renewals=(Renewal(instance="4711", cause="c", at=NEVER, refresh="r1"),))},
        (
            "machine 4711 was renewed at 9999-12-31 23:59, which is yet to come",
            """kubectl -n repull patch configmap state --type merge -p '{"data":{"renewals":null}}'""",
        ),
        id="yet-to-come",
    ),
]


@pytest.mark.parametrize("facts, words", PAUSES)
def test_what_a_person_must_undo_names_the_command_and_has_no_end(
    facts: dict[str, Any], words: tuple[str, ...]
) -> None:
    reason, until = why(**facts)
    assert [word for word in words if word not in reason] == []
    assert REMEDY.search(reason), reason
    assert until is None


def test_outside_the_windows_it_waits_for_the_next() -> None:
    windows = parse_windows("Mon-Fri 22:00-05:00")
    noon = datetime(2026, 11, 24, 12, tzinfo=BERLIN)
    reason, until = why(windows=windows, time_zone=BERLIN, now=noon)
    assert until == datetime(2026, 11, 24, 21, tzinfo=UTC)
    assert "REPULL_WINDOWS: Mon,Tue,Wed,Thu,Fri 22:00-05:00" in reason
    assert "opens Tue 2026-11-24 22:00 CET" in reason
    assert held(windows=windows, time_zone=BERLIN, now=until) is None


def test_a_freeze_ends_when_it_says() -> None:
    freezes = parse_freezes("2026-12-20..2027-01-03")
    reason, until = why(freezes=freezes, time_zone=BERLIN, now=datetime(2026, 12, 24, tzinfo=UTC))
    assert until == datetime(2027, 1, 3, 23, tzinfo=UTC)
    assert "(REPULL_FREEZES); ends Mon 2027-01-04 00:00 CET" in reason
    assert held(freezes=freezes, time_zone=BERLIN, now=until) is None
    assert held(freezes=freezes, time_zone=BERLIN, now=datetime(2026, 12, 19, 22, 59, tzinfo=UTC)) is None


def test_all_reasons_are_told_and_the_last_end_counts() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    windows, freezes = parse_windows("Mon-Sun 13:00-14:00"), parse_freezes("2026-11-24..2026-11-24")
    reason, until = why(windows=windows, freezes=freezes, now=now)
    assert until == datetime(2026, 11, 25, tzinfo=UTC)
    assert "outside the maintenance windows" in reason
    assert "change freeze" in reason


def test_what_has_no_end_outlasts_what_has_one() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    _, until = why(windows=parse_windows("Mon-Sun 13:00-14:00"), paused="", now=now)
    assert until is None


def pool(name: str, status: str, account: str = ACCOUNT) -> NodePool:
    return NodePool(name=name, service_account=account, status=status)


@pytest.mark.parametrize(
    "gke, words",
    [
        pytest.param(GkeCluster(status="RECONCILING"), "on the cluster (RECONCILING)", id="cluster"),
        pytest.param(
            GkeCluster(pools=(pool("a", "RECONCILING"), pool("b", "RUNNING"))),
            "on node pool a (RECONCILING)",
            id="pool",
        ),
        pytest.param(
            GkeCluster(pools=(pool("a", "RUNNING"),), operations=(Operation(pool="a", kind="AUTO_REPAIR_NODES"),)),
            "on node pool a (AUTO_REPAIR_NODES); it goes on once GKE has done",
            id="repair",
        ),
        pytest.param(
            GkeCluster(operations=(Operation(pool="", kind="UPGRADE_MASTER"),)),
            "on the cluster (UPGRADE_MASTER)",
            id="control-plane",
        ),
    ],
)
def test_while_gke_is_at_work_it_waits_for_it_to_end(gke: GkeCluster, words: str) -> None:
    reason, until = why(gke=gke)
    assert words in reason
    assert until is None


@pytest.mark.parametrize(
    "gke",
    [
        pytest.param(
            GkeCluster(pools=(pool("a", "RECONCILING", "other@acme"), pool("b", "RUNNING"))), id="others-pool"
        ),
        pytest.param(
            GkeCluster(
                pools=(pool("a", "RUNNING", "other@acme"), pool("b", "RUNNING")),
                operations=(Operation(pool="a", kind="UPGRADE_NODES"),),
            ),
            id="others-operation",
        ),
        pytest.param(GkeCluster(status="DEGRADED", pools=(pool("a", "ERROR"),)), id="does-not-pass"),
        pytest.param(GkeCluster(status="RECONCILING", autopilot=True), id="autopilot"),
    ],
)
def test_what_is_not_gkes_work_on_these_nodes_is_not_waited_for(gke: GkeCluster) -> None:
    """What does not pass by itself is a guard's to refuse: a wait for it had no end."""
    assert held(gke=gke) is None


def test_words_of_strangers_are_cut_and_the_command_is_not() -> None:
    reason, _ = why(paused="x" * 5000)
    assert len(reason) < 400
    assert reason.endswith("repull.dev/pause-")


@pytest.mark.parametrize(
    "ahead, held_up", [(timedelta(seconds=1), False), (timedelta(days=1), False), (timedelta(days=1, seconds=1), True)]
)
def test_a_clock_that_is_a_little_ahead_holds_nothing(ahead: timedelta, held_up: bool) -> None:  # noqa: FBT001 - a column
    past, coming = (Renewal(instance="1", cause="c", at=T0 + span, refresh="r1") for span in (-ahead, ahead))
    assert (held(brakes=Brakes(renewals=(past, coming))) is not None) is held_up


# What is written on the refresh


def test_a_seat_is_given_up_and_the_rest_stays() -> None:
    """Step and marks stay: the next invocation chooses anew, and no message from before becomes current again."""
    seated = Slot(
        index=1, step=7, phase=Phase.PREFLIGHT, node="n1", node_uid="u", gave_way=1, holder="h", holder_expires=T0
    )
    other = Slot(index=0, step=3, phase=Phase.DRAIN, node="n2", holder="i", holder_expires=T0)
    status = hold_back(RefreshStatus(slots=(other, seated)), seated, reason="paused", until=T0)
    assert status.slots == (other, Slot(index=1, step=7, gave_way=1))
    assert (status.held, status.message, status.not_before) == ("paused", "paused", T0)


def test_going_on_leaves_no_trace_of_the_hold() -> None:
    status = go_on(RefreshStatus(held="paused", message="paused", not_before=T0))
    assert (status.held, status.message, status.not_before) == ("", "at work", None)
