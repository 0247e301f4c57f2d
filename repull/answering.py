"""What the refresh function answers to a message: the NodeRefresh shows it, or a line in the log says why it does not.

Only the function knows its settings, so whoever publishes learns afterwards whether they permit what was asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from functions import events
from functions.errors import RepullError, Retryable
from functions.model.refresh import Refresh
from repull import trail
from repull.trail import Line, Question
from repull.wiring import Access

BETWEEN = 2.0
"""Seconds from one look to the next: entries.list may be called 60 times a minute in a project (its quotas page)."""
_EARLIER = timedelta(minutes=1)
"""Two machines' clocks differ."""

_Seen = TypeVar("_Seen")


class Answer(StrEnum):
    """How far a message has come."""

    OPENED = "opened"
    ABORTING = "aborting"
    REJECTED = "rejected"
    OBSERVED = "observed"  # the functions only say what they would do
    NOT_YET = "not_yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """What a message is published for: how the NodeRefresh shows it, which lines end the hope for it, and its words."""

    answer: Answer
    reached: Callable[[Refresh | None], bool]
    last_words: Mapping[str, Answer]
    done: str
    undone: str
    asked: str
    yet: str
    whether: str


OPENING = Goal(
    answer=Answer.OPENED,
    reached=lambda found: found is not None,
    last_words={events.REJECTED: Answer.REJECTED, events.OBSERVED: Answer.OBSERVED},
    done="is opened",
    undone="was not opened",
    asked="is asked for",
    yet="not opened yet",
    whether="it is opened",
)
ABORTING = Goal(
    answer=Answer.ABORTING,
    reached=lambda found: found is None or found.status.aborting or found.status.phase.over,
    last_words={events.REJECTED: Answer.REJECTED},
    done="takes no further node",
    undone="goes on",
    asked="is asked to end",
    yet="does not yet",
    whether="it does",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """`why` is what the function said; `unseen` and `unread` why the last look at the cluster or the log failed."""

    answer: Answer
    why: str = ""
    unseen: str = ""
    unread: str = ""


class _Watched(Generic[_Seen]):
    """What is looked at again and again, until it refuses."""

    def __init__(self, ask: Callable[[], _Seen], nothing: _Seen) -> None:
        self._ask = ask
        self._nothing = nothing
        self.trouble = ""
        self.refuses = False

    def look(self) -> _Seen:
        if self.refuses:
            return self._nothing
        try:
            found = self._ask()
        except RepullError as error:  # what was asked for stays so
            self.trouble, self.refuses = str(error), not isinstance(error, Retryable)
            return self._nothing
        self.trouble = ""
        return found


def wait(
    access: Access, topic: str, *, name: str, message_id: str, patience: timedelta, goal: Goal = OPENING
) -> Answered:
    """Until there is an answer to the message about the NodeRefresh `name`, or the patience is at its end.

    The log is that of the topic's project. Who may not read it learns of a NodeRefresh alone; where neither can be
    looked at, it ends at once.
    """
    clock = access.ports.clock
    asked = clock.now()
    question = Question(
        project=topic.split("/")[1],
        cluster=str(access.key),
        refresh=name,
        node="",
        events=(*goal.last_words, events.RETRY),
        since=asked - _EARLIER,
        until=asked + patience + _EARLIER,
        message_id=message_id,
    )
    shown = _Watched(lambda: goal.reached(access.cluster.refreshes.get(name)), nothing=False)
    log = _Watched[tuple[Line, ...]](
        lambda: tuple(trail.read(access.session, access.settings.logging_endpoint, question)), nothing=()
    )
    why = ""
    while True:
        if shown.look():
            return Answered(answer=goal.answer)
        lines = tuple(each for each in log.look() if each.message_id in ("", message_id))  # not of other messages
        if final := next((each for each in lines if each.event in goal.last_words), None):
            return Answered(answer=goal.last_words[final.event], why=final.message)
        why = _last(lines) or why
        if clock.now() - asked >= patience or (shown.refuses and log.refuses):
            return Answered(answer=Answer.NOT_YET, why=why, unseen=shown.trouble, unread=log.trouble)
        clock.pause(BETWEEN)


def told(found: Answered, name: str, topic: str, goal: Goal = OPENING) -> str:
    """In words, with what to do next."""
    match found.answer:
        case Answer.OPENED | Answer.ABORTING:
            return f"{name} {goal.done}; see repull status {name} --watch"
        case Answer.REJECTED:
            return f"{name} {goal.undone}: the function rejected the message: {found.why}"
        case Answer.OBSERVED:
            return f"{name} {goal.undone}: the functions only observe; what they would do: repull audit {name}"
        case Answer.NOT_YET:
            return _not_yet(found, name, topic, goal)


def _not_yet(found: Answered, name: str, topic: str, goal: Goal) -> str:
    """Where to look."""
    said = f"{name} {goal.asked}, and {goal.yet}"
    if found.unseen:
        said = f"{name} {goal.asked}; whether {goal.whether} can't be seen: {found.unseen}"
    if found.why:
        return f"{said}; the function said {found.why}; Pub/Sub delivers the message again. See repull status {name}"
    if not found.unread:
        return f"{said}; nor does the log say why not. See repull status {name}, and repull audit {name}"
    project = topic.split("/")[1]
    return (
        f"{said}; the log, which tells whether it was rejected, can't be read: {found.unread}. See repull status "
        f"{name}; whoever may read the log asks with: gcloud logging read 'jsonPayload.refresh=\"{name}\"' "
        f"--project={project} --freshness=1h"
    )


def _last(lines: tuple[Line, ...]) -> str:
    return lines[-1].message if lines else ""
