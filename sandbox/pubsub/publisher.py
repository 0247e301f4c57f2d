"""google.pubsub.v1.Publisher, as far as it is used."""

import re

import grpc
from google.pubsub_v1 import types

from sandbox.pubsub.grpcmethods import Refusal, invalid, not_found, service
from sandbox.pubsub.queue import Queue

_NAME = re.compile(r"projects/[^/]+/(topics|subscriptions)/(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{2,254}")


class Publisher:
    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def service(self) -> grpc.GenericRpcHandler:
        return service(
            "google.pubsub.v1.Publisher",
            {
                "CreateTopic": (self._create, types.Topic),
                "GetTopic": (self._get, types.GetTopicRequest),
                "ListTopics": (self._list, types.ListTopicsRequest),
                "Publish": (self._publish, types.PublishRequest),
            },
        )

    async def _create(self, request: types.Topic) -> types.Topic:
        check_name(request.name, "topics")
        if request.name in self._queue.topics:
            raise Refusal(grpc.StatusCode.ALREADY_EXISTS, f"Topic already exists: {request.name}")
        self._queue.topics[request.name] = []
        return types.Topic(name=request.name)

    async def _get(self, request: types.GetTopicRequest) -> types.Topic:
        if request.topic not in self._queue.topics:
            not_found(request.topic)
        return types.Topic(name=request.topic)

    async def _list(self, request: types.ListTopicsRequest) -> types.ListTopicsResponse:
        names = [name for name in self._queue.topics if name.startswith(f"{request.project}/")]
        return types.ListTopicsResponse(topics=[types.Topic(name=name) for name in names])

    async def _publish(self, request: types.PublishRequest) -> types.PublishResponse:
        if request.topic not in self._queue.topics:
            not_found(request.topic)
        if not request.messages:
            invalid(
                "The value for message_count is too small. You passed 0 in the request, but the minimum value is 1."
            )
        for message in request.messages:
            if not message.data and not message.attributes:
                invalid("Some messages in the batch are empty: each needs data or at least one attribute.")
        ids = [
            self._queue.publish(request.topic, message.data, dict(message.attributes), message.ordering_key)
            for message in request.messages
        ]
        return types.PublishResponse(message_ids=ids)


def check_name(name: str, collection: str) -> None:
    """Refuse what Pub/Sub would not take as the name of a topic or subscription."""
    found = _NAME.fullmatch(name)
    if found is None or found[1] != collection:
        invalid(f"Invalid [{collection}] name: (name={name})")
