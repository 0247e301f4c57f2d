"""What goes out: messages for the step topic, and the lines of the audit."""

from typing import Protocol


class Outbox(Protocol):
    def publish_step(self, message: dict[str, object]) -> None:
        """Publish to the step topic; returns when Pub/Sub has it. Raises Retryable."""

    def dead_letter(self, data: bytes, attributes: dict[str, str], reason: str) -> None:
        """Keep what can never succeed, with its reason. Raises Retryable."""


class Audit(Protocol):
    def record(self, event: str, message: str, *, warning: bool = False, **fields: object) -> None:
        """One structured line. `event` is one of `functions.events`' stable names. Never raises."""
