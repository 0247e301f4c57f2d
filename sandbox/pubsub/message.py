"""A published message, and the body in which a push endpoint gets it."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    message_id: str
    publish_time: datetime
    data: bytes = b""
    attributes: dict[str, str] = field(default_factory=dict)
    ordering_key: str = ""

    def push_body(self, subscription: str, *, attempt: int) -> dict[str, Any]:
        """The wrapped body; `attempt` is 0 where the subscription has no dead-letter policy, and then left out."""
        published = self.publish_time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message: dict[str, Any] = {
            "messageId": self.message_id,
            "message_id": self.message_id,
            "publishTime": published,
            "publish_time": published,
        }
        if self.data:
            message["data"] = base64.b64encode(self.data).decode()
        if self.attributes:
            message["attributes"] = self.attributes
        if self.ordering_key:
            message["orderingKey"] = self.ordering_key
        body: dict[str, Any] = {"message": message, "subscription": subscription}
        return body | ({"deliveryAttempt": attempt} if attempt else {})
