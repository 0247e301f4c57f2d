"""Topics and their subscriptions, in memory."""

import itertools

from sandbox.pubsub.message import Message
from sandbox.pubsub.pull import PullSubscription
from sandbox.pubsub.push import PushSubscription
from sandbox.timestamps import now

Subscription = PullSubscription | PushSubscription


class Queue:
    """Names are full: projects/P/topics/T. A subscription gets every message published after it was made."""

    def __init__(self) -> None:
        self.topics: dict[str, list[Subscription]] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self._ids = itertools.count(1)

    def publish(self, topic: str, data: bytes, attributes: dict[str, str], ordering_key: str = "") -> str:
        """Hand a new message to every subscription of the topic; answers its id."""
        message = Message(
            message_id=str(next(self._ids)),
            publish_time=now(),
            data=data,
            attributes=attributes,
            ordering_key=ordering_key,
        )
        for subscription in self.topics.get(topic, ()):
            subscription.offer(message)
        return message.message_id

    def subscribe(self, name: str, topic: str, subscription: Subscription) -> None:
        """Both names are new and known, respectively; who calls has seen to it."""
        self.topics[topic].append(subscription)
        self.subscriptions[name] = subscription

    async def close(self) -> None:
        """Stop every delivery; what is published afterwards reaches nobody."""
        self.topics.clear()
        for subscription in self.subscriptions.values():
            await subscription.close()
