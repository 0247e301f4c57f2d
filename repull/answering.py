"""What the refresh function answers to a start: a NodeRefresh, or a line in the log that says why there is none.

Only the function knows its settings, so whoever publishes learns afterwards whether they permit what was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from functions import events
from functions.errors import RepullError, Retryable
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
    REJECTED = "rejected"
    OBSERVED = "observed"  # the functions only say what they would do
    NOT_YET = "not_yet"


_LAST_WORDS = {events.REJECTED: Answer.REJECTED, events.OBSERVED: Answer.OBSERVED}


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


def wait(access: Access, topic: str, *, name: str, message_id: str, patience: timedelta) -> Answered:
    """Until there is an answer to the message that asks for the NodeRefresh `name`, or the patience is at its end.

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
        events=(*_LAST_WORDS, events.RETRY),
        since=asked - _EARLIER,
        until=asked + patience + _EARLIER,
        message_id=message_id,
    )
    opened = _Watched(lambda: access.cluster.refreshes.get(name) is not None, nothing=False)
    log = _Watched[tuple[Line, ...]](
        lambda: tuple(trail.read(access.session, access.settings.logging_endpoint, question)), nothing=()
    )
    why = ""
    while True:
        if opened.look():
            return Answered(answer=Answer.OPENED)
        lines = log.look()
        if final := next((each for each in lines if each.event in _LAST_WORDS), None):
            return Answered(answer=_LAST_WORDS[final.event], why=final.message)
        why = _last(lines) or why
        if clock.now() - asked >= patience or (opened.refuses and log.refuses):
            return Answered(answer=Answer.NOT_YET, why=why, unseen=opened.trouble, unread=log.trouble)
        clock.pause(BETWEEN)


def told(found: Answered, name: str, topic: str) -> str:
    """In words, with what to do next."""
    match found.answer:
        case Answer.OPENED:
            return f"{name} is opened; see repull status {name} --watch"
        case Answer.REJECTED:
            return f"{name} was not opened: the function rejected the message: {found.why}"
        case Answer.OBSERVED:
            return f"{name} was not opened: the functions only observe; what they would do: repull audit {name}"
        case Answer.NOT_YET:
            return _not_yet(found, name, topic)


def _not_yet(found: Answered, name: str, topic: str) -> str:
    """Where to look."""
    said = f"{name} is asked for, and not opened yet"
    if found.unseen:
        said = f"{name} is asked for; whether it is opened can't be seen: {found.unseen}"
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
