"""What forbids each method, seen to forbid it, and what it would cost is named."""

from dataclasses import replace
from typing import Any

import pytest

from functions import methods
from functions.methods import CALLS
from functions.methods.circumstances import Circumstances
from functions.model.google import Group, Instance, Member
from functions.model.names import InstanceRef
from functions.model.refresh import Method, Slot
from functions.phases.renew import request_id
from functions.ports import Stop
from functions.restarts import Move, move
from tests.unit.make import REMEDY, T0, refresh

TEMPLATE = "https://compute/projects/acme-prod/global/instanceTemplates/pool-1-v7"
MEMBER = Member(group="https://compute/group", id="4711", template=TEMPLATE)
MACHINE = Instance(ref=InstanceRef(project="acme-prod", zone="us-central1-a", name="n1"), id="4711", status="RUNNING")
GROUP = Group(template=TEMPLATE)
OTHERS = tuple(method for method in CALLS if method is not Method.RESET)


def circumstances(**fields: Any) -> Circumstances:
    defaults: dict[str, Any] = {
        "node": "n1",
        "member": MEMBER,
        "machine": MACHINE,
        "group": GROUP,
        "stop_start": True,
    }
    return Circumstances(**(defaults | fields))


@pytest.mark.parametrize("method", Method)
def test_nothing_speaks_against_it_on_an_ordinary_machine(method: Method) -> None:
    assert methods.refusals(method, circumstances()) == ()


@pytest.mark.parametrize("method", Method)
def test_no_machine_that_its_group_is_at_work_on(method: Method) -> None:
    """An auto-repair, say: what it would end in is anybody's guess."""
    (reason,) = methods.refusals(method, circumstances(member=replace(MEMBER, action="VERIFYING")))

    assert "VERIFYING" in reason
    assert REMEDY.search(reason), reason


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "local-ssds": (
        {"machine": replace(MACHINE, local_ssds=("ssd-0", "ssd-1"))},
        "ssd-0, ssd-1",
    ),
    "regional-disks": ({"machine": replace(MACHINE, regional_disks=("pvc-1",))}, "pvc-1"),
    "spot": ({"machine": replace(MACHINE, spot=True)}, "Spot"),
    "no-machine": ({"machine": None}, "no such machine"),
    "no-group": ({"group": None}, "its instance group is gone"),
    "forbidden-by-the-group": ({"group": replace(GROUP, most_disruptive="REFRESH")}, "mostDisruptiveAllowedAction"),
}


@pytest.mark.parametrize("method", OTHERS)
@pytest.mark.parametrize("fields, words", REFUSED.values(), ids=REFUSED)
def test_what_a_reset_leaves_alone_is_not_lost_without_consent(
    method: Method, fields: dict[str, Any], words: str
) -> None:
    (reason,) = methods.refusals(method, circumstances(**fields))

    assert words in reason
    assert REMEDY.search(reason), reason
    assert methods.refusals(Method.RESET, circumstances(**fields)) == ()


@pytest.mark.parametrize("method", OTHERS)
def test_local_ssds_may_be_lost_with_consent(method: Method) -> None:
    machine = replace(MACHINE, local_ssds=("local-ssd-0",))

    assert methods.refusals(method, circumstances(machine=machine, local_ssd=True)) == ()


def test_a_template_that_has_changed_is_no_surprise() -> None:
    """A re-creation would upgrade the machine by the way."""
    group = replace(GROUP, template=TEMPLATE.replace("v7", "v8"))

    (reason,) = methods.refusals(Method.RECREATE, circumstances(group=group))

    assert "pool-1-v8, not pool-1-v7" in reason
    assert REMEDY.search(reason), reason


def test_no_machine_is_stopped_where_that_is_not_allowed() -> None:
    (reason,) = methods.refusals(Method.STOP_START, circumstances(stop_start=False))

    assert "REPULL_ALLOW_STOP_START" in reason
    assert REMEDY.search(reason), reason


def test_no_machine_is_stopped_in_a_group_that_starts_them_by_itself() -> None:
    group = replace(GROUP, standby_mode="SCALE_OUT_POOL")

    (reason,) = methods.refusals(Method.STOP_START, circumstances(group=group))

    assert "standby pool" in reason
    assert REMEDY.search(reason), reason
    assert methods.refusals(Method.RECREATE, circumstances(group=group)) == ()


def test_a_group_may_allow_a_restart_and_no_replacement() -> None:
    group = replace(GROUP, most_disruptive="RESTART")

    assert methods.refusals(Method.STOP_START, circumstances(group=group)) == ()
    assert methods.refusals(Method.RECREATE, circumstances(group=group)) != ()


@pytest.mark.parametrize(
    "found, begun",
    [
        (MEMBER, False),
        (replace(MEMBER, action="STOPPING"), True),
        (replace(MEMBER, status="TERMINATED"), True),
        (replace(MEMBER, id="4712"), True),
    ],
    ids=["as-before", "marked", "off", "another"],
)
def test_a_group_shows_that_a_stop_has_begun(found: Member, begun: bool) -> None:  # noqa: FBT001 - a column
    under_way = CALLS[Method.STOP_START].under_way

    assert under_way
    assert under_way(found, "4711") is begun


@pytest.mark.parametrize(
    "found, wanted",
    [
        (replace(MEMBER, action="STOPPING"), Move.WAIT),
        (replace(MEMBER, status="STOPPING"), Move.WAIT),
        (replace(MEMBER, status="TERMINATED"), Move.START),
        (replace(MEMBER, status="TERMINATED", action="STARTING"), Move.DONE),
        (MEMBER, Move.DONE),
        (replace(MEMBER, id="4712"), Move.LOST),
        (None, Move.LOST),
    ],
    ids=["marked", "stopping", "off", "about-to-start", "running", "another", "gone"],
)
def test_what_the_sweep_does_about_a_machine_that_was_stopped(found: Member | None, wanted: Move) -> None:
    """Only one that is off is started, and only one that can be is waited for."""
    stop = Stop(instance="4711", provider_id="", group="", refresh="r", at=T0, target_size=3, target_stopped_size=0)

    assert move(stop, found) is wanted


@pytest.mark.parametrize(
    "found, begun",
    [
        (MEMBER, False),
        (replace(MEMBER, action="RECREATING"), True),
        (replace(MEMBER, id="", status=""), True),
        (replace(MEMBER, id="4712"), True),
    ],
    ids=["as-before", "marked", "away", "another"],
)
def test_a_group_shows_that_a_recreation_has_begun(found: Member, begun: bool) -> None:  # noqa: FBT001 - a column
    under_way = CALLS[Method.RECREATE].under_way

    assert under_way
    assert under_way(found, "4711") is begun


def test_every_call_for_one_machine_has_a_request_of_its_own() -> None:
    """A reset's is what it was before there was another method: an update must not make it another one."""
    ids = {request_id("uid", "4711", 1, way.request) for way in CALLS.values()}

    assert len(ids) == len(CALLS)
    assert request_id("uid", "4711", 1, CALLS[Method.RESET].request) == "e374af18-17ce-5d0c-b77b-671244f9fe29"


def test_an_escalated_slot_recreates_whatever_was_asked_for() -> None:
    assert methods.chosen(refresh(), Slot(index=0)) is Method.RESET
    assert methods.chosen(refresh(), Slot(index=0, escalated=True)) is Method.RECREATE
