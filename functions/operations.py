"""The actions of a step message, one handler each."""

from typing import assert_never

from functions import events
from functions.aborting import abort, put_off_abort
from functions.messages.steps import Abort, Continue, Start, Step, Sweep
from functions.ports import RefreshPorts
from functions.refresh import proceed
from functions.reply import Reply
from functions.settings import Mode, Settings
from functions.start import start
from functions.sweep import sweep


def handle(step: Step, ports: RefreshPorts, settings: Settings, *, message_id: str) -> Reply:
    """Do what the message asks for. In observe mode nothing is written: a start says its plan, the rest waits.

    Raises BadInput, and Retryable for an abort in observe mode.
    """
    if settings.mode is Mode.OBSERVE and not isinstance(step, Start):
        return _only_observed(step, ports)
    match step:
        case Start():
            return start(step, ports, settings, message_id=message_id)
        case Continue():
            return proceed(step, ports, settings)
        case Abort():
            return abort(step, ports, settings)
        case Sweep():
            return sweep(step, ports, settings)
        case _:
            assert_never(step)


def _only_observed(step: Continue | Abort | Sweep, ports: RefreshPorts) -> Reply:
    """A sweep wakes what lies still once the mode has changed. An abort nobody would say again: the queue keeps it."""
    frozen = "observe mode writes nothing, so nodes under way stay as they are until it ends"
    match step:
        case Abort():
            return put_off_abort(step, ports, frozen)
        case Continue():
            said = f"{step.refresh} does not go on: {frozen}"
            ports.audit.record(events.OBSERVED, said, cluster=str(step.cluster), refresh=step.refresh)
        case Sweep():
            ports.audit.record(events.OBSERVED, f"nothing is swept: {frozen}")
        case _:
            assert_never(step)
    return Reply.HANDLED
