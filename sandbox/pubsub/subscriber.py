"""google.pubsub.v1.Subscriber, as far as it is used."""

from datetime import timedelta
from functools import partial

import grpc
from google.pubsub_v1 import types

from sandbox.pace import Pace
from sandbox.pubsub.faults import MessageFaults
from sandbox.pubsub.grpcmethods import Refusal, invalid, not_found, service
from sandbox.pubsub.policy import OWN_BACKOFF, DeadLetters, DeliveryPolicy
from sandbox.pubsub.publisher import check_name
from sandbox.pubsub.pull import Leased, PullSubscription
from sandbox.pubsub.push import PushSubscription
from sandbox.pubsub.queue import Queue

_PULL_SECONDS = 1.0  # how long a pull waits for a first message
_NOT_MODELLED = (
    "bigquery_config",
    "bigtable_config",
    "cloud_storage_config",
    "enable_exactly_once_delivery",
    "enable_message_ordering",
    "filter",
    "message_transforms",
)


class Subscriber:
    def __init__(self, *, queue: Queue, pace: Pace, faults: MessageFaults) -> None:
        self._queue = queue
        self._pace = pace
        self._faults = faults
        self._settings: dict[str, types.Subscription] = {}

    def service(self) -> grpc.GenericRpcHandler:
        return service(
            "google.pubsub.v1.Subscriber",
            {
                "CreateSubscription": (self._create, types.Subscription),
                "GetSubscription": (self._get, types.GetSubscriptionRequest),
                "Pull": (self._pull, types.PullRequest),
                "Acknowledge": (self._acknowledge, types.AcknowledgeRequest),
                "ModifyAckDeadline": (self._extend, types.ModifyAckDeadlineRequest),
            },
        )

    async def _create(self, request: types.Subscription) -> types.Subscription:
        check_name(request.name, "subscriptions")
        if request.name in self._settings:
            raise Refusal(grpc.StatusCode.ALREADY_EXISTS, f"Subscription already exists: {request.name}")
        if request.topic not in self._queue.topics:
            not_found(request.topic)
        for field in _NOT_MODELLED:
            if field in request and getattr(request, field):
                raise Refusal(grpc.StatusCode.UNIMPLEMENTED, f"{field} is not modelled by the embedded queue")
        request.ack_deadline_seconds = request.ack_deadline_seconds or 10
        policy = self._policy(request)
        endpoint = request.push_config.push_endpoint
        subscription = (
            PushSubscription(endpoint=endpoint, topic=request.topic, policy=policy, faults=self._faults)
            if endpoint
            else PullSubscription(policy)
        )
        self._queue.subscribe(request.name, request.topic, subscription)
        self._settings[request.name] = request
        return request

    def _policy(self, request: types.Subscription) -> DeliveryPolicy:
        _within("ack_deadline_seconds", request.ack_deadline_seconds, 10, 600)
        minimum, maximum = OWN_BACKOFF
        if "retry_policy" in request:
            minimum = _seconds(request.retry_policy.minimum_backoff, default=10.0)
            maximum = _seconds(request.retry_policy.maximum_backoff, default=600.0)
        return DeliveryPolicy(
            subscription=request.name,
            pace=self._pace,
            ack_seconds=request.ack_deadline_seconds,
            minimum_backoff=minimum,
            maximum_backoff=maximum,
            dead_letters=self._dead_letters(request.dead_letter_policy) if "dead_letter_policy" in request else None,
        )

    def _dead_letters(self, settings: types.DeadLetterPolicy) -> DeadLetters:
        settings.max_delivery_attempts = settings.max_delivery_attempts or 5
        _within("max_delivery_attempts", settings.max_delivery_attempts, 5, 100)
        if settings.dead_letter_topic not in self._queue.topics:
            not_found(settings.dead_letter_topic)
        publish = partial(self._queue.publish, settings.dead_letter_topic)
        return DeadLetters(attempts=settings.max_delivery_attempts, publish=publish)

    async def _get(self, request: types.GetSubscriptionRequest) -> types.Subscription:
        if request.subscription not in self._settings:
            not_found(request.subscription)
        return self._settings[request.subscription]

    async def _pull(self, request: types.PullRequest) -> types.PullResponse:
        subscription = self._pullable(request.subscription)
        leased = await subscription.pull(request.max_messages, seconds=_PULL_SECONDS)
        counted = subscription.policy.dead_letters is not None
        return types.PullResponse(received_messages=[_received(one, counted=counted) for one in leased])

    async def _acknowledge(self, request: types.AcknowledgeRequest) -> None:
        subscription = self._pullable(request.subscription)
        for ack_id in request.ack_ids:
            subscription.acknowledge(ack_id)

    async def _extend(self, request: types.ModifyAckDeadlineRequest) -> None:
        subscription = self._pullable(request.subscription)
        for ack_id in request.ack_ids:
            subscription.extend(ack_id, request.ack_deadline_seconds)

    def _pullable(self, name: str) -> PullSubscription:
        if name not in self._queue.subscriptions:
            not_found(name)
        subscription = self._queue.subscriptions[name]
        if not isinstance(subscription, PullSubscription):
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, "Subscription is a push subscription.")
        return subscription


def _within(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        invalid(f"Invalid {field} given: {value}; it must be between {least} and {most}.")


def _seconds(duration: timedelta | None, *, default: float) -> float:
    return default if duration is None else duration.total_seconds()


def _received(leased: Leased, *, counted: bool) -> types.ReceivedMessage:
    message = types.PubsubMessage(
        data=leased.message.data,
        attributes=leased.message.attributes,
        message_id=leased.message.message_id,
        publish_time=leased.message.publish_time,
        ordering_key=leased.message.ordering_key,
    )
    return types.ReceivedMessage(
        ack_id=leased.ack_id, message=message, delivery_attempt=leased.attempt if counted else 0
    )
