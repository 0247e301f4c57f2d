"""What a run says of itself: its counts, how it ends, and why."""

from typing import Any

import pytest

from functions import slots, summary
from functions.model.refresh import Mark, Outcome, RefreshPhase, RefreshStatus
from functions.phases import conclude, telling
from tests.unit.make import T0

RENEWED = (Outcome.RENEWED, "node a1: renewed and verified")
REFUSED = (Outcome.REFUSED, "node a2: pod default/job has no controller")
GIVEN_BACK = (Outcome.GIVEN_BACK, "node a3: not renewed and given back: its drain did not end")
FAILED = (Outcome.FAILED, "node a4 stays cordoned")
ALSO_FAILED = (Outcome.FAILED, "node a5 stays cordoned")
NEW = (Outcome.NEW, "node a6: created after the refresh began")
ABORT = "aborted by message: ann: the launch is on"


def run(*told: tuple[Outcome, str], **status: Any) -> RefreshStatus:
    """A run of which these nodes are done, in this order."""
    found = RefreshStatus(phase=RefreshPhase.RUNNING, **{"total": len(told), **status})
    for outcome, note in told:
        found = slots.count(found, outcome, 1, notes=(note,))
    return found


@pytest.mark.parametrize(
    "what",
    [{"stopping": "a person said so"}, {"refused": 1}, {"given_back": 1}, {"failed": 1}],
    ids=["stopped", "refused", "given-back", "failed"],
)
def test_each_of_these_alone_is_no_success(what: dict[str, Any]) -> None:
    assert summary.end(run(RENEWED, **what)) is RefreshPhase.FAILED
    assert summary.end(run(RENEWED, aborting=True, **what)) is RefreshPhase.ABORTED
    assert summary.end(run(RENEWED)) is RefreshPhase.SUCCEEDED


@pytest.mark.parametrize(
    "status, phase, said",
    [
        pytest.param(run(RENEWED), "Succeeded", "1 renewed", id="renewed"),
        pytest.param(run((Outcome.FRESH, ""), RENEWED), "Succeeded", "1 renewed, 1 fresh", id="fresh"),
        pytest.param(run(REFUSED, RENEWED), "Failed", f"1 renewed, 1 refused: {REFUSED[1]}", id="refused-first"),
        pytest.param(run(RENEWED, REFUSED), "Failed", f"1 renewed, 1 refused: {REFUSED[1]}", id="refused-last"),
        pytest.param(
            run(RENEWED, GIVEN_BACK, total=4, stopping=GIVEN_BACK[1]),
            "Failed",
            f"1 renewed, 1 given back, 2 not reached: {GIVEN_BACK[1]}",
            id="given-back",
        ),
        pytest.param(run(REFUSED, stopping="b"), "Failed", "1 refused: b", id="what-stopped-it"),
        pytest.param(
            run(REFUSED, FAILED, ALSO_FAILED, stopping="b"),
            "Failed",
            f"1 refused, 2 failed: b; {FAILED[1]}",
            id="stopped-and-the-first-that-failed",
        ),
        pytest.param(
            run(FAILED, total=3, stopping=FAILED[1]), "Failed", f"1 failed, 2 not reached: {FAILED[1]}", id="failed"
        ),
        pytest.param(
            run(FAILED, total=2, stopping=ABORT, aborting=True),
            "Aborted",
            f"1 failed, 1 not reached: {ABORT}; {FAILED[1]}",
            id="failed-after-an-abort",
        ),
        pytest.param(
            run(total=4, stopping=ABORT, aborting=True), "Aborted", f"4 not reached: {ABORT}", id="aborted-while-held"
        ),
        pytest.param(
            run(total=None, stopping=ABORT, aborting=True), "Aborted", f"not begun: {ABORT}", id="aborted-before"
        ),
        pytest.param(
            run(RENEWED, *[NEW] * 4, total=2, stopping=ABORT, aborting=True),
            "Aborted",
            f"1 renewed, 4 new, 1 not reached: {ABORT}",
            id="new-nodes-hide-none",
        ),
        pytest.param(run(NEW, total=1), "Succeeded", "1 new, 1 not there", id="all-made-anew"),
        pytest.param(run(total=0), "Succeeded", "no node in scope", id="nothing-to-do"),
        pytest.param(run(RENEWED, total=2), "Succeeded", "1 renewed, 1 not there", id="one-is-gone-since"),
    ],
)
def test_a_run_says_how_it_ended_and_why(status: RefreshStatus, phase: str, said: str) -> None:
    ended = conclude.ended(status, now=T0)

    assert (ended.phase, ended.message) == (phase, said)
    assert {each.message for each in ended.conditions} == {said}
    assert [each.reason for each in ended.conditions if each.status] == [phase]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_counted_as_what_it_is_and_once(outcome: Outcome) -> None:
    status = run((outcome, "said"))

    assert summary.counts(status) == f"1 {outcome.value.replace('-', ' ')}"
    in_scope = int(outcome is not Outcome.NEW)
    assert (summary.done(status), status.done) == (in_scope, in_scope)
    assert status.trouble == ("said" if outcome in slots.TROUBLES else "")


@pytest.mark.parametrize("told", [REFUSED, FAILED], ids=["refused", "failed"])
def test_the_first_trouble_outlives_the_notes(told: tuple[Outcome, str]) -> None:
    status = run(told, *[REFUSED, RENEWED] * (slots.NOTES_KEPT + 1))

    assert (FAILED[1] in status.notes, status.trouble) == (False, told[1])
    assert summary.sentence(status).endswith(told[1])


def test_a_nodes_own_note_goes_before_anothers_that_names_it() -> None:
    """As it is told again, where whoever wrote the end died before saying it."""
    later = (Outcome.REFUSED, "node a5: not renewed: node a4 stays cordoned")
    told = run(FAILED, later)

    assert telling.noted(told, Mark(node="a4", outcome=Outcome.FAILED)) == FAILED[1]
    assert telling.noted(run(later), Mark(node="a4", outcome=Outcome.FAILED)) == later[1]
    assert telling.noted(told, Mark(node="a", outcome=Outcome.RENEWED)) == "node a: renewed"
