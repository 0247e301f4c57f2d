"""In which order a drain asks for evictions, and how many."""

from datetime import timedelta

import pytest

from functions.model.cluster import Pod
from functions.phases.evicting import OF_ONE_CONTROLLER, next_to_ask, retry_after
from tests.unit.make import T0, owner, pod

FEW = 5
PODS = tuple(pod(f"p{number}", owner=owner(name=f"rs{number}")) for number in range(FEW + 2))
SOON = T0 + timedelta(seconds=1)


def test_a_few_at_once_in_their_order() -> None:
    assert next_to_ask(PODS, not_before={}, now=T0, at_once=FEW) == PODS[:FEW]


@pytest.mark.parametrize("at_once", [OF_ONE_CONTROLLER + 1, 100])
def test_however_many_at_once_a_workload_loses_few(at_once: int) -> None:
    same = tuple(pod(f"web{number}") for number in range(2 * OF_ONE_CONTROLLER))

    assert next_to_ask((*same, PODS[0]), not_before={}, now=T0, at_once=at_once) == (*same[:OF_ONE_CONTROLLER], PODS[0])


def test_pods_of_no_controller_have_nothing_in_common() -> None:
    bare: tuple[Pod, ...] = tuple(pod(f"bare{number}", owner=None) for number in range(2 * OF_ONE_CONTROLLER))

    assert next_to_ask(bare, not_before={}, now=T0, at_once=len(bare)) == bare


def test_who_was_refused_waits() -> None:
    assert next_to_ask(PODS[:2], not_before={PODS[0].uid: SOON}, now=T0, at_once=FEW) == PODS[1:2]
    assert next_to_ask(PODS[:1], not_before={PODS[0].uid: SOON}, now=SOON, at_once=FEW) == PODS[:1]


def test_who_was_refused_keeps_nobody_waiting() -> None:
    """However slow the rounds are: as many refused pods as are asked at once are due again in every round."""
    refused = {each.uid: T0 - timedelta(seconds=number) for number, each in enumerate(PODS[:FEW])}

    asked = next_to_ask(PODS, not_before=refused, now=T0, at_once=FEW)

    assert asked[:2] == PODS[FEW:]
    assert asked[2:] == tuple(reversed(PODS[2:FEW]))


def test_of_one_workload_too_who_was_refused_keeps_nobody_waiting() -> None:
    same = tuple(pod(f"web{number}") for number in range(OF_ONE_CONTROLLER + 1))
    refused = {each.uid: T0 for each in same[:-1]}

    assert next_to_ask(same, not_before=refused, now=T0, at_once=FEW)[0] == same[-1]


@pytest.mark.parametrize("chance, seconds", [(0.0, 5.0), (0.5, 5.75), (1.0, 6.5)])
def test_a_refused_pod_waits_its_time_and_up_to_30_percent_more(chance: float, seconds: float) -> None:
    """So a minute has twelve tries at most, and drains that wait for one budget don't ask at the same moments."""
    assert retry_after(5.0, chance=chance) == pytest.approx(seconds)
