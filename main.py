"""The two entry points, and nothing else: parse, wire, call, answer.

Returning acknowledges a message; answering 503 asks Pub/Sub to deliver it again (only 102, 200, 201, 202 and
204 acknowledge a push).
"""

import os

import flask
import functions_framework
from cloudevents.http import CloudEvent
from werkzeug.exceptions import BadRequest, ServiceUnavailable

from functions import bootstrap, diagnosis, door
from functions.messages.envelope import Envelope
from functions.messages.pull_failure import parse_pull_failure
from functions.messages.steps import parse_step
from functions.reply import Reply
from functions.settings import read_settings

SETTINGS = read_settings(os.environ)

ACKNOWLEDGES = {
    Reply.HANDLED: True,
    Reply.DUPLICATE: True,
    Reply.NOISE: True,
    Reply.REJECTED: True,
    Reply.BUSY: False,
    Reply.RETRY: False,
}


@functions_framework.cloud_event
def on_pull_event(event: CloudEvent) -> None:
    """A pull failure, as the sink published it: diagnose it; where only a node is at fault, open a refresh."""
    answer(pull_event(event.get_data()))


@functions_framework.cloud_event
def on_refresh_step(event: CloudEvent) -> None:
    """A step of a refresh, from the chain, the sweep or an operator's hand."""
    answer(refresh_step(event.get_data()))


def pull_event(data: object) -> Reply:
    """Handle the data of a CloudEvent that carries a log entry."""
    ports, memory = bootstrap.diagnosis(SETTINGS)

    def handle(envelope: Envelope) -> Reply:
        return diagnosis.handle(parse_pull_failure(envelope.json(), SETTINGS.clusters), ports, SETTINGS, memory)

    return door.receive(data, handle, outbox=ports.outbox, audit=ports.audit)


def refresh_step(data: object) -> Reply:
    """Handle the data of a CloudEvent that carries a step message."""
    from functions import operations  # noqa: PLC0415 - a cold start of on_pull_event need not load the refresh

    ports = bootstrap.refresh(SETTINGS)

    def handle(envelope: Envelope) -> Reply:
        step = parse_step(envelope.json(), SETTINGS.clusters)
        return operations.handle(step, ports, SETTINGS, message_id=envelope.message_id)

    return door.receive(data, handle, outbox=ports.outbox, audit=ports.audit)


WORK = {"on_pull_event": pull_event, "on_refresh_step": refresh_step}


@functions_framework.errorhandler(BadRequest)  # type: ignore[untyped-decorator]  # the framework's own
def on_no_event(_: BadRequest) -> tuple[str, int]:
    """A push without data is no CloudEvent to functions-framework; it is kept with its reason, like other bad input."""
    data = flask.request.get_json(silent=True) or flask.request.get_data()
    reply = WORK[os.environ["FUNCTION_TARGET"]](data)
    return reply.value, 200 if ACKNOWLEDGES[reply] else 503


def answer(reply: Reply) -> None:
    """Raises ServiceUnavailable (HTTP 503) where the message must come again."""
    if not ACKNOWLEDGES[reply]:
        raise ServiceUnavailable(reply.value)
