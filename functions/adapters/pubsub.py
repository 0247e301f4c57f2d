"""The way out: step messages, and the dead letters that the functions write themselves."""

import json
from collections.abc import Mapping

from google.api_core.exceptions import GoogleAPIError
from google.api_core.retry import Retry
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions

from functions.errors import Retryable
from functions.text import cut

PERMISSIONS = frozenset({"pubsub.topics.publish"})

CALL_SECONDS = 10.0
SECONDS = 20.0
"""What one message is given, its retries included."""

# Pub/Sub's limits of a message (its quotas page)
MOST_DATA = 9_000_000  # bytes; 10 MB with all that surrounds it
MOST_ATTRIBUTES = 100
LONGEST_KEY = 256  # bytes
LONGEST_VALUE = 1024  # bytes

_TAKEN = frozenset({"topic", "data", "ordering_key", "retry", "timeout", "self"})
"""Names that `PublisherClient.publish` keeps for its own arguments."""


class PubsubOutbox:
    """`ports.Outbox`. Every message is sent at once: nothing waits for a batch in an instance that may be frozen."""

    def __init__(self, *, credentials: Credentials, step_topic: str, dead_letter_topic: str) -> None:
        self._client = PublisherClient(
            batch_settings=BatchSettings(max_messages=1),
            publisher_options=PublisherOptions(retry=Retry(timeout=SECONDS), timeout=CALL_SECONDS),
            credentials=credentials,
        )
        self._step_topic = step_topic
        self._dead_letter_topic = dead_letter_topic

    def publish_step(self, message: dict[str, object]) -> None:
        self.ask(message)

    def ask(self, message: dict[str, object]) -> str:
        """As `publish_step`; answers the id that Pub/Sub has given the message."""
        return self._publish(self._step_topic, json.dumps(message).encode(), {})

    def dead_letter(self, data: bytes, attributes: dict[str, str], reason: str) -> None:
        self._publish(self._dead_letter_topic, data[:MOST_DATA], carried(attributes) | {"reason": shortened(reason)})

    def close(self) -> None:
        """Send nothing any more, and close the connection."""
        self._client.stop()
        self._client.transport.close()

    def _publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        try:
            return str(self._client.publish(topic, data, **attributes).result(timeout=SECONDS))
        except (GoogleAPIError, GoogleAuthError, TimeoutError) as error:
            raise Retryable(f"publish to {topic}: {cut(str(error)) or type(error).__name__}") from error


def carried(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes that a message can take with it, beside the reason. Those that begin with goog are Pub/Sub's."""
    allowed = {
        f"original-{key}" if key in _TAKEN else key: shortened(value)
        for key, value in attributes.items()
        if key and len(key.encode()) <= LONGEST_KEY and not key.lower().startswith("goog")
    }
    return dict(list(allowed.items())[: MOST_ATTRIBUTES - 1])


def shortened(text: str) -> str:
    """At most 1 KiB of UTF-8, cut between characters."""
    return text.encode()[:LONGEST_VALUE].decode(errors="ignore")
