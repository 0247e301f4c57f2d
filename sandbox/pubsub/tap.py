"""Listens along: everything published to some topics, in order, for viewers and judges. Works with any broker."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.api_core.exceptions import DeadlineExceeded
from google.pubsub_v1 import types

from sandbox.pubsub.topology import Clients

_PREFIX = "sandbox-tap-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    topic: str  # its id
    message_id: str
    at: datetime
    data: bytes
    attributes: dict[str, str]

    @property
    def json(self) -> Any:
        """The data as JSON; None where it is none."""
        try:
            return json.loads(self.data)
        except ValueError:
            return None


class Tap:
    """Attach before anything is published."""

    def __init__(self, clients: Clients, project: str) -> None:
        self.messages: list[Published] = []
        self.listeners: list[Callable[[Published], None]] = []
        self._clients = clients
        self._project = project
        self._topics: list[str] = []

    async def attach(self, topics: Sequence[str]) -> None:
        """A pull subscription on each topic, given by its id."""
        self._topics += topics
        for topic in topics:
            await self._clients.subscriber.create_subscription(
                request=types.Subscription(
                    name=self._subscription(topic),
                    topic=f"projects/{self._project}/topics/{topic}",
                    ack_deadline_seconds=600,
                )
            )

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            for topic in self._topics:
                group.create_task(self._follow(topic))

    async def _follow(self, topic: str) -> None:
        subscription = self._subscription(topic)
        while True:
            try:
                pulled = await self._clients.subscriber.pull(subscription=subscription, max_messages=100)
            except DeadlineExceeded:
                continue  # the broker has held its empty answer back for longer than a client waits
            for received in pulled.received_messages:
                message = received.message
                self._note(
                    Published(
                        topic=topic,
                        message_id=message.message_id,
                        at=message.publish_time,
                        data=message.data,
                        attributes=dict(message.attributes),
                    )
                )
            if pulled.received_messages:
                ids = [received.ack_id for received in pulled.received_messages]
                await self._clients.subscriber.acknowledge(subscription=subscription, ack_ids=ids)

    def _note(self, published: Published) -> None:
        self.messages.append(published)
        for listener in self.listeners:
            listener(published)

    def _subscription(self, topic: str) -> str:
        return f"projects/{self._project}/subscriptions/{_PREFIX}{topic}"
