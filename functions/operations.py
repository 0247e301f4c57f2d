"""The actions of a step message, one handler each."""

from typing import assert_never

from functions.messages import Abort, Continue, Start, Step, Sweep
from functions.ports import RefreshPorts
from functions.refresh import proceed
from functions.reply import Reply
from functions.settings import Settings
from functions.start import start
from functions.sweep import abort, sweep


def handle(step: Step, ports: RefreshPorts, settings: Settings, *, message_id: str) -> Reply:
    """Do what the message asks for."""
    match step:
        case Start():
            return start(step, ports, settings, message_id=message_id)
        case Continue():
            return proceed(step, ports, settings)
        case Abort():
            return abort(step, ports)
        case Sweep():
            return sweep(step, ports)
        case _:
            assert_never(step)
