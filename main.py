"""The two entry points, and nothing else: parse, wire, call, answer.

Returning acknowledges a message; answering 503 asks Pub/Sub to deliver it again (only 102, 200, 201, 202 and
204 acknowledge a push).
"""

import os

import functions_framework
from cloudevents.http import CloudEvent
from werkzeug.exceptions import ServiceUnavailable

from functions import bootstrap, diagnosis, door, messages, operations
from functions.messages import Envelope
from functions.reply import Reply
from functions.settings import Settings

SETTINGS = Settings.from_environ(os.environ)

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
    ports, memory = bootstrap.diagnosis(SETTINGS)

    def handle(envelope: Envelope) -> Reply:
        return diagnosis.handle(
            messages.parse_pull_failure(envelope.json(), SETTINGS.clusters), ports, SETTINGS, memory
        )

    answer(door.receive(event.get_data(), handle, outbox=ports.outbox, audit=ports.audit))


@functions_framework.cloud_event
def on_refresh_step(event: CloudEvent) -> None:
    """A step of a refresh, from the chain, the sweep or an operator's hand."""
    ports = bootstrap.refresh(SETTINGS)

    def handle(envelope: Envelope) -> Reply:
        step = messages.parse_step(envelope.json(), SETTINGS.clusters)
        return operations.handle(step, ports, SETTINGS, message_id=envelope.message_id)

    answer(door.receive(event.get_data(), handle, outbox=ports.outbox, audit=ports.audit))


def answer(reply: Reply) -> None:
    """Raises ServiceUnavailable (HTTP 503) where the message must come again."""
    if not ACKNOWLEDGES[reply]:
        raise ServiceUnavailable(reply.value)
