"""The log router: every entry that Logging gets is held against the sinks' filters, and published where one matches."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Self

from google.pubsub_v1 import types
from google.pubsub_v1.services.publisher import PublisherAsyncClient

from sandbox.google.logstore import Entry, LogStore
from sandbox.loggingquery import Query

FILTER = Path(__file__).parents[1] / "infra" / "sink.filter"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sink:
    """A filter and the topic (projects/P/topics/T) that what it matches is published to."""

    query: Query
    topic: str

    @classmethod
    def of_cluster(cls, *, cluster: str, location: str, topic: str, text: str = "") -> Self:
        """The deployed sink, for one cluster; `text` stands in for the deployed filter."""
        template = Template(text or FILTER.read_text())
        clusters = f'(resource.labels.cluster_name="{cluster}" AND resource.labels.location="{location}")'
        return cls(query=Query.parse(template.substitute(clusters=clusters)), topic=topic)


class Router:
    """Attached to the store when made; publishes while it runs, in the order in which entries came."""

    def __init__(self, *, sinks: Sequence[Sink], logs: LogStore, publisher: PublisherAsyncClient) -> None:
        self._sinks = tuple(sinks)
        self._publisher = publisher
        self._waiting: asyncio.Queue[tuple[str, Entry]] = asyncio.Queue()
        logs.listeners.append(self._route)

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            topic, entry = await self._waiting.get()
            message = types.PubsubMessage(
                data=json.dumps(entry).encode(),
                attributes={"logging.googleapis.com/timestamp": entry["timestamp"]},
            )
            await self._publisher.publish(topic=topic, messages=[message])

    def _route(self, entry: Entry) -> None:
        for sink in self._sinks:
            if sink.query.matches(entry):
                self._waiting.put_nowait((sink.topic, entry))
