"""What the functions publish arrives whole, and what does not arrive is said."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.types import PubsubMessage
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters import pubsub
from functions.adapters.pubsub import PubsubOutbox, carried, shortened
from functions.errors import Retryable
from sandbox.pace import Pace
from sandbox.pubsub.embedded import EmbeddedQueue
from tests.background import Background

STEPS, BURIED = "projects/acme/topics/node-refresh", "projects/acme/topics/dead-letters"


@dataclass(kw_only=True)
class Broker:
    outbox: PubsubOutbox
    pull: Callable[[str], list[PubsubMessage]]


def outbox(step_topic: str = STEPS) -> PubsubOutbox:
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth leaves it so
    return PubsubOutbox(credentials=credentials, step_topic=step_topic, dead_letter_topic=BURIED)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    with Background() as background:
        queue = EmbeddedQueue(pace=Pace())
        background.run(queue.start())
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", queue.endpoint)
        publisher, subscriber = PublisherClient(), SubscriberClient()
        for topic in (STEPS, BURIED):
            publisher.create_topic(name=topic)
            subscriber.create_subscription(name=topic.replace("topics", "subscriptions"), topic=topic)

        def pull(topic: str) -> list[PubsubMessage]:
            answer = subscriber.pull(subscription=topic.replace("topics", "subscriptions"), max_messages=10)
            return [received.message for received in answer.received_messages]

        out = outbox()
        yield Broker(outbox=out, pull=pull)
        out.close()
        publisher.stop()
        publisher.transport.close()
        subscriber.close()
        background.run(queue.stop())


def test_a_step_arrives_as_json(broker: Broker) -> None:
    broker.outbox.publish_step({"action": "continue", "slot": 0, "refresh": "r-ü"})

    (message,) = broker.pull(STEPS)
    assert json.loads(message.data) == {"action": "continue", "slot": 0, "refresh": "r-ü"}
    assert message.attributes == {}


def test_a_dead_letter_keeps_what_came_and_says_why(broker: Broker) -> None:
    data = bytes(range(256)) * 1200
    attributes = {
        "logging.googleapis.com/timestamp": "2026-11-24T08:00:00Z",
        "googclient_deliveryattempt": "3",
        "topic": "theirs",
        "long": "ü" * 3000,
    }

    broker.outbox.dead_letter(data, attributes, "action: 'dance' is not accepted")

    (message,) = broker.pull(BURIED)
    assert message.data == data
    assert dict(message.attributes) == {
        "logging.googleapis.com/timestamp": "2026-11-24T08:00:00Z",
        "original-topic": "theirs",
        "long": "ü" * 512,
        "reason": "action: 'dance' is not accepted",
    }


@given(st.dictionaries(st.text(max_size=300), st.text(max_size=2000), max_size=120))
def test_whatever_came_a_message_can_carry_it(attributes: dict[str, str]) -> None:
    kept = carried(attributes)

    assert len(kept) <= 99
    for key, value in kept.items():
        assert 0 < len(key.encode()) <= 256
        assert len(value.encode()) <= 1024
        assert not key.lower().startswith("goog")
        assert key not in {"topic", "data", "retry", "timeout", "ordering_key"}


@pytest.mark.parametrize("text", ["", "short", "x" * 1024, "x" * 1025, "ü" * 600, "🙂" * 300])
def test_a_reason_is_cut_between_characters(text: str) -> None:
    found = shortened(text)

    assert text.startswith(found)
    assert len(text.encode()) <= 1024 or 1020 < len(found.encode()) <= 1024


def test_a_topic_that_does_not_exist(broker: Broker) -> None:
    other = outbox("projects/acme/topics/nowhere")

    with pytest.raises(Retryable, match=r"publish to projects/acme/topics/nowhere: 404"):
        other.publish_step({"action": "sweep"})
    other.close()


def test_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{listener.getsockname()[1]}")
    monkeypatch.setattr(pubsub, "SECONDS", 1.0)
    away = outbox()
    began = time.monotonic()

    with pytest.raises(Retryable, match="publish to"):
        away.publish_step({"action": "sweep"})

    assert time.monotonic() - began < 60
    away.close()
