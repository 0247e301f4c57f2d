"""What both entry points do with a message: open it, hand it on, and turn every foreseen failure into a reply.

Only failures that nobody foresaw pass through; functions-framework answers those with 500, and Pub/Sub delivers again.
"""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from functions import events
from functions.errors import BadInput, Conflict, HolderLost, NotOurs, Refused, Retryable
from functions.messages.envelope import Envelope
from functions.ports import Audit, Outbox
from functions.reply import Reply


def receive(event_data: object, handle: Callable[[Envelope], Reply], *, outbox: Outbox, audit: Audit) -> Reply:
    """Handle one Pub/Sub message as a CloudEvent carries it. What ends otherwise than well is told with its id."""
    message_id = ""
    try:
        envelope = Envelope.open(event_data)
        message_id = envelope.message_id
        return handle(envelope)
    except BadInput as error:
        data, attributes = _as_it_came(event_data)
        try:
            outbox.dead_letter(data, attributes, str(error))
        except Retryable as failure:
            audit.record(events.RETRY, f"keeping a rejected message: {failure}", warning=True, message_id=message_id)
            return Reply.RETRY
        audit.record(
            events.REJECTED,
            str(error),
            warning=True,
            field=error.field,
            value=error.value,
            accepted=error.accepted,
            example=error.example,
            message_id=message_id,
            **error.about,
        )
        return Reply.REJECTED
    except NotOurs as reason:
        audit.record(events.NOISE, str(reason))
        return Reply.NOISE
    except HolderLost as reason:
        audit.record(events.BUSY, str(reason))
        return Reply.BUSY
    except (Retryable, Conflict, Refused) as error:
        # A refusal (a missing permission) is mended by a person while Pub/Sub keeps the message; its own dead-
        # lettering ends it.
        audit.record(events.RETRY, str(error), warning=True, message_id=message_id, **error.about)
        return Reply.RETRY


def _as_it_came(event_data: object) -> tuple[bytes, dict[str, str]]:
    """The payload's bytes and attributes, as far as there are any: what is kept must be what came."""
    if isinstance(event_data, bytes):
        return event_data, {}
    message: Any = event_data.get("message") if isinstance(event_data, dict) else None
    if not isinstance(message, dict):
        return json.dumps(event_data, default=str).encode(), {}
    encoded = message.get("data", "")
    attributes = message.get("attributes")
    kept = {str(key): str(value) for key, value in attributes.items()} if isinstance(attributes, dict) else {}
    try:
        return base64.b64decode(encoded, validate=True), kept
    except (binascii.Error, ValueError, TypeError):
        return str(encoded).encode(), kept
