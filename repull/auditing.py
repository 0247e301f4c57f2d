"""What `repull audit` does once it has understood what is wanted: ask Cloud Logging page by page, and print."""

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Never

from functions.errors import BadInput, Retryable
from functions.text import cut
from repull import steps, trail, wiring
from repull.page import Page
from repull.trail import Line, Question
from repull.wiring import Access
from repull.written import as_json

NOTHING_THERE = 3
_A_DAY = timedelta(days=1)
LONGEST = 4000
"""Characters of a line's message: what is to be done often stands at its end, as a command to type."""
_KEPT = timedelta(days=30)
"""How long Cloud Logging's default bucket keeps entries."""


def run(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises BadInput, and Refused with the permission that is missing."""
    access = wiring.enter(options, refuse=refuse, asks=False)
    now = access.ports.clock.now()
    since = _moment(options.since, now) or now - (_KEPT if options.refresh else _A_DAY)
    until = _moment(options.until, now) or now
    if until <= since:
        if not options.until:
            raise BadInput(field="--since", value=f"{since:%Y-%m-%d %H:%M}", accepted="a time that has passed")
        raise BadInput(field="--until", value=f"{until:%Y-%m-%d %H:%M}", accepted=f"later than {since:%Y-%m-%d %H:%M}")
    question = Question(
        project=options.project or _project(access, options.topic),
        cluster=str(access.key),
        refresh=options.refresh or "",
        node=options.node or "",
        events=tuple(options.event),
        since=since,
        until=until,
    )
    found = trail.read(access.session, access.settings.logging_endpoint, question)
    shown = tuple(islice(found, options.limit))
    _print(shown, question, options.output)
    if next(found, None) is not None:
        print(f"There is more: this is the beginning; ask with --since={shown[-1].at.isoformat()}", file=sys.stderr)
    return 0 if shown else NOTHING_THERE


def _moment(asked: timedelta | datetime | None, now: datetime) -> datetime | None:
    return now - asked if isinstance(asked, timedelta) else asked


def _project(access: Access, topic: str) -> str:
    """The functions log where their topic is."""
    try:
        return steps.topic(access, topic).split("/")[1]
    except Retryable as error:
        raise Retryable(f"{error}; with --project, the log can be read without the cluster") from error


def _print(lines: tuple[Line, ...], question: Question, output: str) -> None:
    if output == "json":
        print(as_json({"lines": [each.entry for each in lines]}, indent=2))
        return
    page = Page.of(sys.stdout)
    if not lines:
        span = f"{question.since:%Y-%m-%d %H:%M} to {question.until:%Y-%m-%d %H:%M} UTC"
        print(page.line(f"Nothing of it in the logs of project {question.project} from {span}."))
        return
    rows = [("WHEN", "WHO", "REFRESH", "NODE", "WHAT", "WHY"), *_rows(lines)]
    known = [number for number, asked in ((2, question.refresh), (3, question.node)) if asked]  # the same in every row
    print(page.table([[cell for number, cell in enumerate(row) if number not in known] for row in rows]))


def _rows(lines: tuple[Line, ...]) -> Iterator[tuple[str, ...]]:
    for each in lines:
        moment = f"{each.at.astimezone():%Y-%m-%d %H:%M:%S}"
        yield moment, each.who, each.refresh, each.node, each.event.removeprefix("repull."), cut(each.message, LONGEST)
