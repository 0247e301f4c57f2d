"""What the product and the sandbox rely on, on every broker."""

import asyncio
import base64
import threading
from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument, NotFound
from google.pubsub_v1.types import PubsubMessage

from sandbox.pubsub.broker import Broker
from sandbox.pubsub.tap import Tap
from sandbox.pubsub.topology import Route, connect, create
from tests.contract.google.conformity import problems
from tests.contract.google.discovery import document
from tests.contract.pubsub.conftest import HANGS_UP, Endpoint, Service

SCHEMAS = document("pubsub.v1")["schemas"]


ACKNOWLEDGING = {102, 200, 201, 202, 204}
"""As Pub/Sub's page on push subscriptions has them."""
DIFFERENT = {("embedded queue", 102), ("Pub/Sub emulator", 202), ("Pub/Sub emulator", 203)}
"""Where a broker takes the other side; docs/sandbox.md says why that does not matter here."""


def acknowledges(broker: Broker, status: int) -> bool:
    return (status in ACKNOWLEDGING) != ((broker.name, status) in DIFFERENT)


def push(endpoint: Endpoint, **settings: Any) -> dict[str, Any]:
    return {"push_config": {"push_endpoint": endpoint.url}, "ack_deadline_seconds": 600, **settings}


def test_a_topic_exists_once(service: Service) -> None:
    service.publisher.create_topic(name=service.topic())
    with pytest.raises(AlreadyExists):
        service.publisher.create_topic(name=service.topic())
    assert service.publisher.get_topic(topic=service.topic()).name == service.topic()
    assert service.topic() in [topic.name for topic in service.publisher.list_topics(project="projects/acme")]


def test_what_is_not_there_is_not_found(service: Service) -> None:
    with pytest.raises(NotFound):
        service.publisher.get_topic(topic=service.topic("none"))
    with pytest.raises(NotFound):
        service.publisher.publish(service.topic("none"), b"x").result(timeout=60)
    with pytest.raises(NotFound):
        service.subscriber.create_subscription(name=service.subscription(), topic=service.topic("none"))


def test_a_short_name_is_refused(service: Service) -> None:
    with pytest.raises(InvalidArgument, match=r"Invalid \[topics\] name"):
        service.publisher.create_topic(name="projects/acme/topics/ab")


def test_a_pulled_message_is_whole_and_comes_once_when_acknowledged(service: Service) -> None:
    service.create(ack_deadline_seconds=600)  # a busy machine may be slow to acknowledge, at the sandbox's pace
    message_id = service.publish(b"hello", colour="red")
    received = service.pull()
    assert (received.message.data, dict(received.message.attributes)) == (b"hello", {"colour": "red"})
    assert received.message.message_id == message_id
    service.subscriber.acknowledge(subscription=service.subscription(), ack_ids=[received.ack_id])
    service.publish(b"next")
    assert service.pull().message.data == b"next"


def test_a_message_given_back_comes_again(service: Service) -> None:
    service.create()
    service.publish(b"again")
    first = service.pull()
    service.subscriber.modify_ack_deadline(
        subscription=service.subscription(), ack_ids=[first.ack_id], ack_deadline_seconds=0
    )
    second = service.pull()
    assert second.message.message_id == first.message.message_id


def test_a_message_that_is_held_too_long_comes_again(service: Service) -> None:
    service.create(ack_deadline_seconds=10)
    service.publish(b"held")
    first, second = service.pull(), service.pull()
    assert second.message.message_id == first.message.message_id
    assert second.ack_id != first.ack_id


def test_every_subscription_gets_every_message(service: Service, endpoint: Endpoint) -> None:
    service.create(**push(endpoint))
    service.subscriber.create_subscription(name=service.subscription("other"), topic=service.topic())
    message_id = service.publish(b"both")
    assert endpoint.await_deliveries(1)[0]["message"]["messageId"] == message_id
    assert service.pull("other").message.message_id == message_id


def test_a_push_is_wrapped(service: Service, endpoint: Endpoint) -> None:
    service.create(**push(endpoint))
    message_id = service.publish(b'{"action": "start"}', requestedBy="ann")
    [body] = endpoint.await_deliveries(1)
    message = body["message"]
    assert body["subscription"] == service.subscription()
    assert base64.b64decode(message["data"]) == b'{"action": "start"}'
    assert message["attributes"] == {"requestedBy": "ann"}
    assert message["messageId"] == message["message_id"] == message_id
    assert message["publishTime"] == message["publish_time"]
    assert message["publishTime"].endswith("Z")
    assert endpoint.content_types == ["application/json"]
    pushed = {key: value for key, value in message.items() if key not in ("message_id", "publish_time")}
    assert list(problems(pushed, {"$ref": "PubsubMessage"}, SCHEMAS)) == []


def test_a_push_without_attributes_is_as_small_as_can_be(service: Service, endpoint: Endpoint) -> None:
    service.create(**push(endpoint))
    service.publish(b"x")
    [body] = endpoint.await_deliveries(1)
    assert set(body) == {"message", "subscription"}
    assert body["message"].get("attributes", {}) == {}


@pytest.mark.parametrize(
    "status", [102, 200, 201, 202, 203, 204, 206, 302, 400, 401, 403, 404, 408, 429, 500, 503, HANGS_UP]
)
def test_few_answers_acknowledge_and_all_others_bring_the_message_again(
    service: Service, endpoint: Endpoint, status: int
) -> None:
    endpoint.answers[:] = [status]
    service.create(**push(endpoint, ack_deadline_seconds=10 if status == 102 else 600))
    first = service.publish(b"first")
    endpoint.await_deliveries(1)
    if acknowledges(service.broker, status):
        service.publish(b"second")
        service.publish(b"third")
        delivered = endpoint.await_deliveries(3)
        assert [body["message"]["messageId"] for body in delivered].count(first) == 1
    else:
        delivered = endpoint.await_deliveries(2)
        assert [body["message"]["messageId"] for body in delivered] == [first, first]


def test_a_slow_endpoint_does_not_hold_up_the_others(service: Service, endpoint: Endpoint) -> None:
    both_under_way = threading.Barrier(2)
    endpoint.hold = lambda: both_under_way.wait(timeout=60)
    service.create(**push(endpoint))
    service.publish(b"one")
    service.publish(b"two")
    endpoint.await_deliveries(2)


def test_an_endpoint_that_outlasts_the_ack_deadline_gets_the_message_again_meanwhile(
    service: Service, endpoint: Endpoint
) -> None:
    done = threading.Event()
    endpoint.hold = lambda: done.wait(timeout=90)
    service.create(**push(endpoint, ack_deadline_seconds=10))
    message_id = service.publish(b"slow")
    delivered = endpoint.await_deliveries(2)
    done.set()
    assert [body["message"]["messageId"] for body in delivered[:2]] == [message_id] * 2


def test_what_is_never_acknowledged_goes_to_the_dead_letters(service: Service, endpoint: Endpoint) -> None:
    endpoint.answers[:] = [500] * 100
    service.create("dead")
    service.create(
        **push(endpoint, dead_letter_policy={"dead_letter_topic": service.topic("dead"), "max_delivery_attempts": 5})
    )
    service.publish(b"poison", colour="red")
    buried = service.pull("dead").message
    attributes = dict(buried.attributes)
    assert (buried.data, attributes["colour"]) == (b"poison", "red")
    assert attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == "5"
    assert attributes["CloudPubSubDeadLetterSourceSubscription"] == service.subscription().rpartition("/")[2]
    assert attributes["CloudPubSubDeadLetterSourceSubscriptionProject"] == "acme"
    assert attributes["CloudPubSubDeadLetterSourceTopicPublishTime"]
    assert len(endpoint.bodies) == 5


def test_the_topology_delivers_and_the_tap_listens_along(service: Service, endpoint: Endpoint) -> None:
    topic = service.topic().rpartition("/")[2]

    async def listen() -> list[object]:
        async with connect(service.broker.endpoint) as clients:
            await create(clients, "acme", [Route(topic=topic, endpoint=endpoint.url)])
            tap = Tap(clients, "acme")
            await tap.attach([topic])
            await clients.publisher.publish(
                topic=service.topic(), messages=[PubsubMessage(data=b'{"action": "sweep"}')]
            )
            heard = asyncio.Event()
            tap.listeners.append(lambda _: heard.set())
            listening = asyncio.create_task(tap.run())
            await asyncio.wait_for(heard.wait(), 50)
            listening.cancel()
            return [published.json for published in tap.messages]

    assert service.background.run(listen()) == [{"action": "sweep"}]
    [body] = endpoint.await_deliveries(1)
    assert body["subscription"] == f"projects/acme/subscriptions/{topic}"
