"""What only the embedded queue does: Pub/Sub's own behaviour where the emulator's differs, and faults."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument, MethodNotImplemented
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from sandbox.pace import Pace
from sandbox.pubsub.embedded import EmbeddedQueue
from sandbox.pubsub.faults import MessageFault
from tests.background import Background
from tests.contract.pubsub.conftest import Endpoint, Service

SPEED = 100


@pytest.fixture
def queue(background: Background) -> Iterator[EmbeddedQueue]:
    found = EmbeddedQueue(pace=Pace(speed=SPEED))
    background.run(found.start())
    yield found
    background.run(found.stop())


@pytest.fixture
def service(queue: EmbeddedQueue, background: Background, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", queue.endpoint)
    publisher, subscriber = PublisherClient(), SubscriberClient()
    yield Service(broker=queue, background=background, publisher=publisher, subscriber=subscriber)
    publisher.stop()
    subscriber.close()


def push(endpoint: Endpoint, **settings: Any) -> dict[str, Any]:
    return {"push_config": {"push_endpoint": endpoint.url}, "ack_deadline_seconds": 600, **settings}


def topic_id(service: Service) -> str:
    return service.topic().rpartition("/")[2]


def order(endpoint: Endpoint, count: int) -> list[str]:
    return [body["message"]["messageId"] for body in endpoint.await_deliveries(count)]


def test_attempts_are_counted_where_there_are_dead_letters(service: Service, endpoint: Endpoint) -> None:
    endpoint.answers[:] = [500, 500]
    service.create("dead")
    service.create(**push(endpoint, dead_letter_policy={"dead_letter_topic": service.topic("dead")}))
    service.publish()
    assert [body["deliveryAttempt"] for body in endpoint.await_deliveries(3)] == [1, 2, 3]


def test_attempts_are_not_counted_elsewhere(service: Service, endpoint: Endpoint) -> None:
    service.create(**push(endpoint))
    service.publish()
    assert "deliveryAttempt" not in endpoint.await_deliveries(1)[0]


def test_the_back_off_doubles_between_its_limits_at_the_sandboxs_pace(service: Service, endpoint: Endpoint) -> None:
    endpoint.answers[:] = [500] * 4
    service.create(
        **push(endpoint, retry_policy={"minimum_backoff": {"seconds": 10}, "maximum_backoff": {"seconds": 30}})
    )
    service.publish()
    endpoint.await_deliveries(5)
    gaps = [(later - earlier) * SPEED for earlier, later in zip(endpoint.times, endpoint.times[1:], strict=False)]
    for gap, least in zip(gaps, [10, 20, 30, 30], strict=True):
        assert gap >= least


def test_an_endpoint_that_is_down_gets_the_message_when_it_is_up(service: Service, endpoint: Endpoint) -> None:
    service.create("down", push_config={"push_endpoint": "http://127.0.0.1:9"})
    service.create(**push(endpoint))
    service.publish(name="down")
    service.publish()
    assert len(endpoint.await_deliveries(1)) == 1


def test_a_message_can_be_doubled(service: Service, queue: EmbeddedQueue, endpoint: Endpoint) -> None:
    service.create(**push(endpoint))
    queue.faults.add(MessageFault(topic=topic_id(service), first=2, copies=1))
    first, second = service.publish(b"1"), service.publish(b"2")
    assert sorted(order(endpoint, 3)) == [first, second, second]


def test_a_message_can_be_late(service: Service, queue: EmbeddedQueue, endpoint: Endpoint) -> None:
    service.create(**push(endpoint))
    queue.faults.add(MessageFault(topic=topic_id(service), delay=0.3))
    began = time.monotonic()
    service.publish()
    endpoint.await_deliveries(1)
    assert endpoint.times[0] - began >= 0.3


def test_a_message_can_be_overtaken(service: Service, queue: EmbeddedQueue, endpoint: Endpoint) -> None:
    service.create(**push(endpoint))
    queue.faults.add(MessageFault(topic=topic_id(service), overtaken=True))
    first, second = service.publish(b"1"), service.publish(b"2")
    assert order(endpoint, 2) == [second, first]


def test_a_message_can_be_lost(service: Service, queue: EmbeddedQueue, endpoint: Endpoint) -> None:
    service.create(**push(endpoint))
    queue.faults.add(MessageFault(topic=topic_id(service), lost=True))
    service.publish(b"1")
    second = service.publish(b"2")
    assert order(endpoint, 1) == [second]


@pytest.mark.parametrize(
    "settings",
    [{"ack_deadline_seconds": 601}, {"ack_deadline_seconds": 9}],
)
def test_limits_are_pubsubs(service: Service, settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="ack_deadline_seconds"):
        service.create(**settings)


def test_what_is_not_modelled_is_named(service: Service) -> None:
    with pytest.raises(MethodNotImplemented, match="filter"):
        service.create(filter='attributes.colour="red"')
    with pytest.raises(MethodNotImplemented):
        service.publisher.delete_topic(topic=service.topic())
