"""The Pub/Sub message around a payload."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Self

from functions.errors import BadInput

MAX_BYTES = 256 * 1024
"""Cloud Logging's own limit of a LogEntry (its quotas page): whatever is larger never came from a sink."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """A Pub/Sub message as a CloudEvent carries it: its id and its bytes."""

    message_id: str
    data: bytes

    @classmethod
    def open(cls, event_data: object) -> Self:
        """Read the CloudEvent's data (`{"message": {"data": base64, …}}`); raises BadInput."""
        message = event_data.get("message") if isinstance(event_data, dict) else None
        if not isinstance(message, dict):
            raise BadInput(field="message", value=event_data, accepted="a Pub/Sub push body with a message")
        encoded = message.get("data", "")
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise BadInput(field="message.data", value=encoded, accepted="base64") from None
        return cls(
            message_id=str(message.get("messageId") or message.get("message_id") or ""),
            data=data,
        )

    def json(self) -> dict[str, Any]:
        """The payload as a JSON object; raises BadInput."""
        if not self.data:
            raise BadInput(field="message.data", value="", accepted="a JSON object", example='{"action": "sweep"}')
        if len(self.data) > MAX_BYTES:
            raise BadInput(field="message.data", value=f"{len(self.data)} bytes", accepted=f"at most {MAX_BYTES} bytes")
        try:
            payload = json.loads(self.data)
        except (ValueError, RecursionError) as error:
            raise BadInput(field="message.data", value=self.data[:80], accepted=f"JSON ({error})") from None
        if not isinstance(payload, dict):
            raise BadInput(field="message.data", value=payload, accepted="a JSON object")
        return payload
