"""The actions of a step message, one handler each."""

from typing import assert_never

from functions import events
from functions.messages.steps import Abort, Continue, Start, Step, Sweep
from functions.ports import RefreshPorts
from functions.refresh import proceed
from functions.reply import Reply
from functions.settings import Mode, Settings
from functions.start import start
from functions.sweep import abort, sweep


def handle(step: Step, ports: RefreshPorts, settings: Settings, *, message_id: str) -> Reply:
    """Do what the message asks for. In observe mode nothing is written: a start says its plan, the rest waits."""
    if settings.mode is Mode.OBSERVE and not isinstance(step, Start):
        said = f"{step}: observe mode writes nothing, so nodes under way stay as they are until it ends"
        ports.audit.record(events.OBSERVED, said)
        return Reply.HANDLED
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
