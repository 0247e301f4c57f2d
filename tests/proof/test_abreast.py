"""Two slots at work at the same moment: amid a step of one of them, at any of its calls, the other makes a whole step.

Where they end is where the undisturbed run ended, and all that must always hold does, after the one and the other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from functions.reply import Reply
from tests.proof.crashes import Matrix, changes
from tests.proof.gate import Gate, Life
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.product import Message
from tests.proof.scenes import SCENES
from tests.proof.story import Story
from tests.proof.watch import ends_as, watched

Call = tuple[str, int]
"""Its kind, and the how manieth of that kind it is in the story."""


@dataclass(kw_only=True)
class Abreast(Story):
    """Knows which steps are published and not begun: amid a step of one slot they are the other's."""

    begun: list[Message] = field(default_factory=list)

    @property
    def waiting(self) -> list[Message]:
        return [message for message in self.mail.steps if message not in self.begun]

    def deliver(self, message: Message, amid: Callable[[Life], None] = lambda _life: None) -> Reply | None:
        self.begun.append(message)
        return super().deliver(message, amid)


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    """Nobody loses a slot for what the other does meanwhile: that is another story."""
    with laboratory(SCENES["two-at-once"]) as found:
        found.settings = replace(found.settings, holder_seconds=500)
        yield found


@pytest.mark.timeout(900)
def test_a_step_amid_another_slots_step_changes_nothing(matrix: Matrix, counted: Callable[[str], None]) -> None:
    """At the first call of each kind that changes something."""
    first = {kind: (kind, nth) for kind, nth in reversed(abreast(matrix.laboratory)) if changes(kind)}
    counted(amid(matrix, list(first.values())))


@pytest.mark.again
@pytest.mark.timeout(3600)
def test_a_step_at_any_call_of_another_slots_changes_nothing(matrix: Matrix, counted: Callable[[str], None]) -> None:
    counted(amid(matrix, abreast(matrix.laboratory)))


def abreast(here: Laboratory) -> list[Call]:
    """The calls of an undisturbed run that are made while a message for another slot waits."""
    found: list[Call] = []

    def passing(kind: str, nth: int) -> None:
        if story.waiting:
            found.append((kind, nth))

    here.prepare()
    story = Abreast(laboratory=here, gate=Gate(passing=passing))
    watched(here, story)
    story.play(story.start)
    assert found, story.told()
    return found


def amid(matrix: Matrix, calls: list[Call]) -> str:
    """One of the calls in each story, and each ends well. Some races come out differently each time."""
    made = sum(_beside(matrix, call) for call in calls)
    assert made > len(calls) / 2, f"amid {made} of {len(calls)} calls only the other slot made a step"
    return f"amid {made} of {len(calls)} calls the other slot made a step"


def _beside(matrix: Matrix, call: Call) -> bool:
    here, replies = matrix.laboratory, list[Reply | None]()

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == call:
            replies.extend(story.deliver(message) for message in story.waiting)

    here.prepare()
    story = Abreast(laboratory=here, gate=Gate(passing=passing))
    watched(here, story)
    story.play(story.start)
    ends_as(here, story, matrix.twin)
    return Reply.HANDLED in replies
