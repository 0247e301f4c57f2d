"""How long a subscription waits, how often it tries, and what happens then."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.pace import Pace
from sandbox.pubsub.message import Message

# without a retry policy Pub/Sub backs off by itself, between these seconds
OWN_BACKOFF = (0.1, 60.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetters:
    """After `attempts` deliveries without an acknowledgement a message is handed to `publish`."""

    attempts: int
    publish: Callable[[bytes, dict[str, str], str], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryPolicy:
    subscription: str  # projects/P/subscriptions/S
    pace: Pace
    ack_seconds: float
    minimum_backoff: float
    maximum_backoff: float
    dead_letters: DeadLetters | None

    @property
    def ack_deadline(self) -> float:
        """In real seconds."""
        return self.pace.real(self.ack_seconds)

    def backoff(self, failures: int) -> float:
        """Real seconds between failure number `failures` and the next delivery: doubled each time, up to the limit."""
        doubled = self.minimum_backoff * 2.0 ** min(failures - 1, 32)
        return self.pace.real(min(doubled, self.maximum_backoff))

    def bury(self, message: Message, attempts: int) -> bool:
        """Send a message that was tried often enough to the dead letters; False where it is to be tried again."""
        if self.dead_letters is None or attempts < self.dead_letters.attempts:
            return False
        _, project, _, name = self.subscription.split("/")
        published = message.publish_time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        source = {
            "CloudPubSubDeadLetterSourceDeliveryCount": str(attempts),
            "CloudPubSubDeadLetterSourceSubscription": name,
            "CloudPubSubDeadLetterSourceSubscriptionProject": project,
            "CloudPubSubDeadLetterSourceTopicPublishTime": published,
        }
        self.dead_letters.publish(message.data, message.attributes | source, message.ordering_key)
        return True
