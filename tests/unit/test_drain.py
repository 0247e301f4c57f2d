"""In which order a drain asks for evictions."""

from datetime import timedelta

from functions.phases.drain import AT_ONCE, next_to_ask
from tests.unit.make import T0, pod

PODS = tuple(pod(f"p{number}") for number in range(AT_ONCE + 2))
SOON = T0 + timedelta(seconds=1)


def test_a_few_at_once_in_their_order() -> None:
    assert next_to_ask(PODS, not_before={}, now=T0) == PODS[:AT_ONCE]


def test_who_was_refused_waits() -> None:
    assert next_to_ask(PODS[:2], not_before={PODS[0].uid: SOON}, now=T0) == PODS[1:2]
    assert next_to_ask(PODS[:1], not_before={PODS[0].uid: SOON}, now=SOON) == PODS[:1]


def test_who_was_refused_keeps_nobody_waiting() -> None:
    """However slow the rounds are: as many refused pods as are asked at once are due again in every round."""
    refused = {each.uid: T0 - timedelta(seconds=number) for number, each in enumerate(PODS[:AT_ONCE])}

    asked = next_to_ask(PODS, not_before=refused, now=T0)

    assert asked[:2] == PODS[AT_ONCE:]
    assert asked[2:] == tuple(reversed(PODS[2:AT_ONCE]))
