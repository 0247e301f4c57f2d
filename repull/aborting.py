"""What `repull abort` does once it has understood what is wanted: find the refresh, publish one message, and wait."""

import argparse
import sys
from collections.abc import Callable
from typing import Never

from functions.errors import NotFound
from functions.messages.steps import parse_step
from functions.model.refresh import Refresh
from repull import answering, steps, wiring
from repull.answering import Answer
from repull.page import tell
from repull.wiring import Access

_CODES = {Answer.ABORTING: 0, Answer.REJECTED: 3, Answer.NOT_YET: 4}


def abort(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises NotFound and Refused, which name what to change."""
    access = wiring.enter(options, refuse=refuse, acts=True)
    refresh = _meant(access, options.refresh, refuse)
    if refresh.status.phase.over:
        tell(
            options.output,
            f"{refresh.name} is over already: {refresh.status.phase}",
            refresh=refresh.name,
            message_id="",
            answer="",
        )
        return 0
    message: dict[str, object] = {
        "action": "abort",
        "cluster": str(access.key),
        "refresh": refresh.name,
        "reason": steps.signed(options.reason),
    }
    parse_step(message, (access.key,))
    topic = steps.topic(access, options.topic)
    message_id = steps.publish(access, topic, message)
    return _wait(access, topic, refresh.name, message_id, options)


def _wait(access: Access, topic: str, name: str, message_id: str, options: argparse.Namespace) -> int:
    """For the function's answer: in observe mode it ends nothing."""

    def say(answer: Answer, said: str) -> None:
        tell(options.output, said, refresh=name, message_id=message_id, answer=answer)

    try:
        print(f"{name} is asked to end; waiting for the function's answer", file=sys.stderr, flush=True)
        found = answering.wait(
            access, topic, name=name, message_id=message_id, patience=options.timeout, goal=answering.ABORTING
        )
    except KeyboardInterrupt:
        say(Answer.NOT_YET, f"Nobody waits any more, and {name} stays asked to end; see repull status {name}")
        raise
    say(found.answer, answering.told(found, name, topic, answering.ABORTING))
    return _CODES[found.answer]


def _meant(access: Access, name: str | None, refuse: Callable[[str], Never]) -> Refresh:
    """The one of that name, or the only one that is not over."""
    if name:
        found = access.cluster.refreshes.get(name)
        if found is None:
            raise NotFound(f"there is no NodeRefresh {name}; see repull status --all")
        return found
    at_work = tuple(each for each in access.cluster.refreshes.all() if not each.status.phase.over)
    if not at_work:
        raise NotFound(f"no NodeRefresh of {access.key} is under way; see repull status --all")
    if len(at_work) > 1:
        names = ", ".join(each.name for each in at_work)
        refuse(f"{len(at_work)} refreshes are under way; name one of those that are not over: {names}")
    return at_work[0]
