"""The actions of a step message, one handler each."""

from typing import assert_never

from functions import events
from functions.errors import Retryable
from functions.messages.steps import Abort, Continue, Start, Step, Sweep
from functions.ports import Audit, RefreshPorts
from functions.refresh import proceed
from functions.reply import Reply
from functions.settings import Mode, Settings
from functions.start import start
from functions.sweep import abort, sweep


def handle(step: Step, ports: RefreshPorts, settings: Settings, *, message_id: str) -> Reply:
    """Do what the message asks for. In observe mode nothing is written: a start says its plan, the rest waits.

    Raises Retryable for an abort in observe mode.
    """
    if settings.mode is Mode.OBSERVE and not isinstance(step, Start):
        return _only_observed(step, ports.audit)
    match step:
        case Start():
            return start(step, ports, settings, message_id=message_id)
        case Continue():
            return proceed(step, ports, settings)
        case Abort():
            return abort(step, ports)
        case Sweep():
            return sweep(step, ports, settings)
        case _:
            assert_never(step)


def _only_observed(step: Continue | Abort | Sweep, audit: Audit) -> Reply:
    """A sweep wakes what lies still once the mode has changed. An abort nobody would say again: the queue keeps it."""
    frozen = "observe mode writes nothing, so nodes under way stay as they are until it ends"
    match step:
        case Abort():
            raise Retryable(f"{step.refresh} is not aborted yet: {frozen}")
        case Continue():
            said = f"{step.refresh} does not go on: {frozen}"
            audit.record(events.OBSERVED, said, cluster=str(step.cluster), refresh=step.refresh)
        case Sweep():
            audit.record(events.OBSERVED, f"nothing is swept: {frozen}")
        case _:
            assert_never(step)
    return Reply.HANDLED
