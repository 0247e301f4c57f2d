"""Makes topics and subscriptions on any broker, as the deployment makes them in the cloud."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import grpc
from google.pubsub_v1 import types
from google.pubsub_v1.services.publisher import PublisherAsyncClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport
from google.pubsub_v1.services.subscriber import SubscriberAsyncClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcAsyncIOTransport


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A topic that is pushed to a function, and the topic for what the function never acknowledges."""

    topic: str  # its id
    endpoint: str
    ack_seconds: int = 600
    minimum_backoff: float = 10.0
    maximum_backoff: float = 600.0
    attempts: int = 5

    @property
    def dead_letter_topic(self) -> str:
        return f"{self.topic}-dead-letters"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clients:
    """Real clients without credentials, for a broker on loopback."""

    publisher: PublisherAsyncClient
    subscriber: SubscriberAsyncClient


@asynccontextmanager
async def connect(endpoint: str) -> AsyncIterator[Clients]:
    """Clients for the broker at `endpoint`, closed afterwards."""
    async with grpc.aio.insecure_channel(endpoint) as channel:
        yield Clients(
            publisher=PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel)),
            subscriber=SubscriberAsyncClient(transport=SubscriberGrpcAsyncIOTransport(channel=channel)),
        )


async def create(clients: Clients, project: str, routes: Sequence[Route]) -> None:
    """For every route: both topics, a push subscription, and a pull subscription that keeps the dead letters."""
    for route in routes:
        topic = f"projects/{project}/topics/{route.topic}"
        buried = f"projects/{project}/topics/{route.dead_letter_topic}"
        for name in (topic, buried):
            await clients.publisher.create_topic(request=types.Topic(name=name))
        await clients.subscriber.create_subscription(
            request=types.Subscription(
                name=f"projects/{project}/subscriptions/{route.topic}",
                topic=topic,
                push_config=types.PushConfig(push_endpoint=route.endpoint),
                ack_deadline_seconds=route.ack_seconds,
                retry_policy=types.RetryPolicy(
                    minimum_backoff=timedelta(seconds=route.minimum_backoff),
                    maximum_backoff=timedelta(seconds=route.maximum_backoff),
                ),
                dead_letter_policy=types.DeadLetterPolicy(
                    dead_letter_topic=buried, max_delivery_attempts=route.attempts
                ),
            )
        )
        await clients.subscriber.create_subscription(
            request=types.Subscription(
                name=f"projects/{project}/subscriptions/{route.dead_letter_topic}",
                topic=buried,
                ack_deadline_seconds=600,
            )
        )
