"""How often the outside is asked for one verdict: by the simulators' books, as the figures have it."""

import asyncio

import pytest

from bench.diagnosis import diagnosed
from bench.diagnosis_cases import CASES
from bench.diagnosis_run import Run
from functions.model.verdict import VerdictKind

MOST, MOST_WHERE_THE_MESSAGE_SETTLES_IT = 6, 1


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return asyncio.run(diagnosed(1))


def test_every_verdict_is_among_the_cases() -> None:
    assert {case.verdict for case in CASES} == set(VerdictKind)


def test_a_settled_verdict_costs_six_reads_at_most(runs: list[Run]) -> None:
    assert {run.name: run.usual.asked for run in runs if len(run.usual.asked) > MOST} == {}


def test_one_that_the_message_settles_costs_the_pods_for_its_event(runs: list[Run]) -> None:
    asked = [cost.asked_in_all for run in runs if run.case.by_text for cost in run.warm]
    assert asked
    assert {each: len(each) for each in asked if len(each) > MOST_WHERE_THE_MESSAGE_SETTLES_IT} == {}


def test_only_a_refresh_that_is_opened_is_asked_for_after_the_verdict(runs: list[Run]) -> None:
    later = {run.name: run.usual.asked_later for run in runs if not run.case.by_text}
    opening = {run.name for run in runs if run.case.verdict == VerdictKind.STALE_CREDENTIALS}
    assert opening
    assert {name: asked for name, asked in later.items() if asked} == dict.fromkeys(opening, ("get noderefreshes",))
