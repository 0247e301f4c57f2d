"""Whether two drains of the same node ended alike; where not, which declared difference that is."""

from dataclasses import dataclass

from tests.contract.drain.cases import Case, Comeback, Guard, State
from tests.contract.drain.differences import Difference
from tests.contract.drain.outcome import Outcome, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One case, drained twice.

    `forced` is how kubectl ended with --force, where without it it had refused for pods that are going already.
    """

    case: Case
    kubectl: Outcome
    repull: Outcome
    forced: Outcome | None = None


class Undeclared(AssertionError):
    """They ended differently, and nobody has said that they may."""


def differences(pair: Pair) -> set[Difference]:
    """The declared differences that this pair shows. Raises Undeclared."""
    shown: set[Difference] = set()
    theirs, ours = pair.kubectl, pair.repull
    if pair.forced:
        shown.add(Difference.GOING)
        theirs = pair.forced
    judge = {
        Verdict.REFUSED: _kubectl_refused,
        Verdict.DRAINED: _kubectl_drained,
        Verdict.BLOCKED: _kubectl_blocked,
    }[theirs.verdict]
    found = judge(pair.case, theirs, ours)
    if found is None:
        raise Undeclared(f"{pair.case}\n  kubectl: {theirs}\n  repull:  {ours}")
    return shown | found


def _kubectl_refused(case: Case, theirs: Outcome, ours: Outcome) -> set[Difference] | None:
    """We refuse for the same pods, before the cordon; what is being deleted needs no consent of ours."""
    more = ours.named - theirs.named  # for the sake of budgets, at which kubectl did not look any more
    same = (
        ours.verdict is Verdict.REFUSED
        and theirs.named - case.going <= ours.named
        and all(case.workloads[number].guard is not Guard.NONE for number in more)
        and theirs.gone == ours.gone
        and theirs.cordoned
        and not ours.cordoned
    )
    if not same:
        return None
    shown = {Difference.BEFORE_THE_CORDON}
    return shown | {Difference.GOING} if theirs.named & case.going else shown


def _kubectl_drained(case: Case, theirs: Outcome, ours: Outcome) -> set[Difference] | None:
    if ours.verdict is Verdict.DRAINED:
        return set() if theirs.gone == ours.gone and theirs.cordoned and ours.cordoned else None
    if ours.verdict is Verdict.BLOCKED and not ours.cordoned and ours.gone <= theirs.gone:
        return _held_up(case, ours)
    return None


def _kubectl_blocked(case: Case, theirs: Outcome, ours: Outcome) -> set[Difference] | None:
    if not theirs.cordoned:
        return None
    if ours.verdict is Verdict.REFUSED:
        left = frozenset(number for number in ours.named if theirs.gone[number] < case.workloads[number].here)
        foreseen = left == ours.named and not ours.cordoned and set(ours.gone) <= case.going
        return {Difference.BEFORE_THE_CORDON} if foreseen else None
    if ours.verdict is Verdict.DRAINED:
        stuck = frozenset(number for number, each in enumerate(case.workloads) if each.state is State.STUCK)
        return {Difference.STUCK} if stuck and theirs.gone == ours.gone and ours.cordoned else None
    if ours.cordoned:
        return None
    if theirs.gone == ours.gone:
        return {Difference.GIVEN_BACK}
    held_up = _held_up(case, ours) if ours.gone <= theirs.gone else None
    return held_up | {Difference.GIVEN_BACK} if held_up else None


def _held_up(case: Case, ours: Outcome) -> set[Difference] | None:
    """By what does not concern kubectl: it looks once, and not at replacements."""
    shown = set()
    if "is not ready yet" in ours.said and any(each.comeback is Comeback.NEVER_READY for each in case.workloads):
        shown.add(Difference.PACED)
    back = frozenset(number for number, each in enumerate(case.workloads) if each.comeback is Comeback.SAME_NODE)
    if ours.named and ours.named <= back:
        shown.add(Difference.UNTIL_EMPTY)
    return shown or None
