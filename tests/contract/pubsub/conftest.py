"""The contract that every broker keeps, run on the embedded queue, and on the real emulator where gcloud has it."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.types import ReceivedMessage

from sandbox.pace import Pace
from sandbox.pubsub.broker import Broker
from sandbox.pubsub.embedded import EmbeddedQueue
from sandbox.pubsub.emulator import Emulator, launcher
from tests.background import Background

PROJECT = "acme"
HANGS_UP = 0
"""In place of a status: the connection ends without an answer."""


@dataclass
class Endpoint:
    """A push endpoint that keeps what it gets and answers as it is told: a status for each delivery, then 200."""

    server: ThreadingHTTPServer
    answers: list[int] = field(default_factory=list)
    hold: Callable[[], object] = lambda: None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/projects/acme/topics/orders"

    def await_deliveries(self, count: int, seconds: float = 60.0) -> list[dict[str, Any]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.bodies) >= count, seconds), self.bodies
            return list(self.bodies)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with found.changed:
                found.bodies.append(body)
                found.content_types.append(self.headers["content-type"])
                found.times.append(time.monotonic())
                status = found.answers.pop(0) if found.answers else 200
                found.changed.notify_all()
            found.hold()
            if status == HANGS_UP:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a caller that hangs up is part of the contract
    found = Endpoint(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


@dataclass(kw_only=True)
class Service:
    """A running broker and real, blocking clients of it, with topics of this test's own."""

    broker: Broker
    background: Background
    publisher: PublisherClient
    subscriber: SubscriberClient
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:12]}")

    def topic(self, name: str = "orders") -> str:
        return f"projects/{PROJECT}/topics/{self.prefix}-{name}"

    def subscription(self, name: str = "orders") -> str:
        return f"projects/{PROJECT}/subscriptions/{self.prefix}-{name}"

    def create(self, name: str = "orders", **settings: Any) -> None:
        """A topic and a subscription to it, of one name."""
        self.publisher.create_topic(name=self.topic(name))
        self.subscriber.create_subscription(
            request={"name": self.subscription(name), "topic": self.topic(name), **settings}
        )

    def publish(self, data: bytes = b"{}", name: str = "orders", **attributes: str) -> str:
        message_id: str = self.publisher.publish(self.topic(name), data, **attributes).result(timeout=60)
        return message_id

    def pull(self, name: str = "orders", seconds: float = 60.0) -> ReceivedMessage:
        """The next message, within the time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                pulled = self.subscriber.pull(
                    subscription=self.subscription(name), max_messages=1, timeout=2, retry=None
                )
            except DeadlineExceeded:
                continue
            if pulled.received_messages:
                found: ReceivedMessage = pulled.received_messages[0]
                return found
        pytest.fail(f"no message on {self.subscription(name)} within {seconds} s")


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    with Background() as found:
        yield found


@pytest.fixture(scope="session", params=["embedded", pytest.param("emulator", marks=pytest.mark.emulator)])
def broker(request: pytest.FixtureRequest, background: Background) -> Iterator[Broker]:
    found: Broker
    if request.param == "embedded":
        found = EmbeddedQueue(pace=Pace(speed=10))
    else:
        script = launcher()
        if script is None:
            pytest.skip("the Pub/Sub emulator is not installed: gcloud components install pubsub-emulator, and Java")
        found = Emulator(script)
    background.run(found.start())
    yield found
    background.run(found.stop())


@pytest.fixture
def service(broker: Broker, background: Background, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", broker.endpoint)
    publisher, subscriber = PublisherClient(), SubscriberClient()
    yield Service(broker=broker, background=background, publisher=publisher, subscriber=subscriber)
    publisher.stop()
    subscriber.close()
