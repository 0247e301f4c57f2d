"""Every sentence with which a guard refuses, and says what to do, is played by a story of the demo."""

import ast

from sandbox.scenarios import SCENARIOS
from sandbox.scenarios.refusals import REFUSALS
from tests.unit.test_runbook import ROOT, sentences

GUARDS = (
    *("guards", "eligibility", "evictions", "room", "upkeep", "cooldown", "breaker", "holding", "phases/volumes"),
    *(f"methods/{each.stem}" for each in sorted(ROOT.glob("functions/methods/*.py"))),
)
STORIES = {
    "it wants … of … pods healthy, and … are; add a replica or relax the budget": "budget-blocks",
    "the circuit breaker is open: …; once you have looked: …": "breaker",
    "outside the maintenance windows (REPULL_WINDOWS: …); …": "outside-the-window",
}
"""What has a story of its own."""
NOT_PLAYED = {
    # It is held meanwhile, and refused only where that begins between two looks, or in a plan.
    "GKE is changing it; wait until it is RUNNING",
    # A garbage collector takes such a pod away at once.
    "pod …: its DaemonSet … is gone, so nothing would bring it back; delete it, or …",
    # A refresh chooses no machine twice, unless somebody takes its mark off in between.
    "its machine … by this refresh before (…); start another one once it has cooled down (REPULL_COOLDOWN_SECONDS)…",
    # No message with which it would come so far is taken, and no setting; a refresh that was opened before may be old.
    "machines are stopped only where REPULL_ALLOW_STOP_START is on; let the method be Reset or Recreate",
    "ScaleWorkloads is an outage; it wants acceptOutage, and REPULL_ACCEPT_OUTAGE that does not forbid it",
    # Between two answers of Compute Engine's.
    "node …: its instance group is gone; wait until its Node is, too",
}
"""What no world stays in for long enough. Each has a test of its own elsewhere."""
ENOUGH = 12
"""Letters in a row by which a sentence is known."""


def test_every_sentence_of_a_guard_has_a_story() -> None:
    said = {each for name in GUARDS for each in sentences(ast.parse((ROOT / f"functions/{name}.py").read_text()))}
    refusing = {each for each in said if ";" in each and any(map(_tells, _parts(each)))}

    assert len(refusing) > 40
    assert {each for each in refusing if not _is_played(each)} <= NOT_PLAYED | set(STORIES)
    assert NOT_PLAYED | set(STORIES) <= refusing
    assert set(STORIES.values()) <= set(SCENARIOS)


def _parts(said: str) -> list[str]:
    """What follows a semicolon is what can be done about it, which many sentences have in common."""
    return [part.strip() for part in said.partition(";")[0].split("…")]


def _is_played(said: str) -> bool:
    return any(_names(word, part) for part in _parts(said) for each in REFUSALS for word in each.words)


def _tells(part: str) -> bool:
    return len(part) >= ENOUGH


def _names(word: str, part: str) -> bool:
    """Whether most of it stands in what a story wants to be said."""
    size = max(ENOUGH, len(part) * 2 // 3)
    return any(part[begin : begin + size] in word for begin in range(len(part) - size + 1))
