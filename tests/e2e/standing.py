"""A world that stands while tests knock at its doors: the runbook's cluster on a good day, and both functions."""

import base64
import itertools
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from sandbox import deployment, judge
from sandbox.functions import Function
from sandbox.pubsub.message import Message
from sandbox.pubsub.push import ACKNOWLEDGING
from sandbox.pubsub.tap import Published
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import PATIENCE, Stage
from sandbox.timestamps import now
from sandbox.world import World, running
from tests.background import Background
from tests.e2e.playing import EMBEDDED

_ids = itertools.count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """How a function answered a push, what it logged meanwhile, and which messages appeared."""

    status: int
    lines: list[dict[str, Any]]
    dead: list[Published]

    @property
    def acknowledged(self) -> bool:
        return self.status in ACKNOWLEDGING

    def said(self, event: str) -> str:
        """The one line of this kind; fails where there is none."""
        found = [str(line.get("message")) for line in self.lines if line.get("event") == event]
        assert len(found) == 1, f"no single {event} in {self.lines}"
        return found[0]


class Standing:
    """Blocking doors to a world that lives in another thread's event loop."""

    def __init__(self, background: Background, stage: Stage) -> None:
        self.background = background
        self.stage = stage
        self.world: World = stage.world

    def push(self, function: Function, data: bytes, **attributes: str) -> Answered:
        """Deliver a message as Pub/Sub would."""
        message = Message(message_id=f"test-{next(_ids)}", publish_time=now(), data=data, attributes=attributes)
        return self.post(function, message.push_body("projects/acme-prod/subscriptions/test", attempt=1))

    def post(self, function: Function, body: Mapping[str, Any], **headers: str) -> Answered:
        """POST a body, and wait until what the function logged and kept about it is in sight."""
        lines_before, dead_before = len(self._lines()), len(self._dead())
        response = httpx.post(function.url, json=body, headers=headers, timeout=PATIENCE, trust_env=False)
        self.until(lambda: len(self._lines()) > lines_before, "a log line")
        self.background.run(function.heard())  # the first line may have been somebody else's, or not the last
        lines = self._lines()[lines_before:]
        if any(line.get("event") == "repull.rejected" for line in lines):
            self.until(lambda: len(self._dead()) > dead_before, "a dead letter")
        return Answered(status=response.status_code, lines=lines, dead=self._dead()[dead_before:])

    def anew(self, function: Function) -> None:
        """Have another process of it, which remembers nothing of what an earlier test has asked."""
        before = function.instances
        self.background.run(function.kill())  # its workers may still listen when their parent is dead
        self.until(
            lambda: function.instances > before and _listens(function.url), f"another process of {function.target}"
        )

    def until(self, condition: Callable[[], bool], what: str) -> None:
        seconds = PATIENCE / self.world.ring.patience  # however patient the ring: whoever waits here says what for
        assert self.background.run(self.stage.until(condition, what, seconds=seconds)), what

    def written(self) -> int:
        """How often the functions' accounts have tried to change anything."""
        return len(judge.writes(self.world))

    def steps(self, action: str) -> list[dict[str, Any]]:
        """The messages with this action on the topic of steps, oldest first: those of other tests are among them."""
        on_topic = [each for each in self.world.tap.messages if each.topic == deployment.STEPS_TOPIC]
        return [each.json for each in on_topic if each.json["action"] == action]

    def _lines(self) -> list[dict[str, Any]]:
        payloads = (entry.get("jsonPayload") or {} for entry in self.world.logs)
        return [line for line in payloads if str(line.get("event", "")).startswith("repull.")]

    def _dead(self) -> list[Published]:
        return [each for each in self.world.tap.messages if each.topic.endswith("-dead-letters")]


def _listens(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as connection:
        return connection.connect_ex((address.hostname, address.port)) == 0


Scene = Callable[[Stage], Awaitable[None]]


@contextmanager
def standing(
    *,
    ring: int = 1,
    scene: Scene = runbook.everything_runs,
    settings: Mapping[str, str] | None = None,
    within: float = 200,
) -> Iterator[Standing]:
    """The scene must stand after so many seconds."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Stage]:
        async with running(ring=ring, settings=settings, environ=EMBEDDED) as world:
            stage = Stage(world=world, say=lambda _: None)
            await scene(stage)
            yield stage

    with Background() as background, background.keeping(opened(), within=within) as stage:
        yield Standing(background, stage)


def push_body(data: bytes) -> dict[str, Any]:
    """The smallest body that Pub/Sub pushes."""
    return {
        "message": {"data": base64.b64encode(data).decode(), "messageId": "1"},
        "subscription": "projects/p/subscriptions/s",
    }


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()
