"""The product in the test's own process: the door, the engine and the real clients, each invocation made anew.

Real are functions-framework's data, every adapter and client library but one, and their sockets. Pub/Sub's client is
left out: what is published lands in a list, through the same gate.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials

from functions import door, operations
from functions.adapters.compute import ComputeEngine
from functions.adapters.gke import Endpoint, GkeClusters
from functions.adapters.gke_operations import GkeOperations
from functions.adapters.google_session import GoogleSession
from functions.adapters.groups import InstanceGroups
from functions.adapters.instances import ComputeInstances
from functions.adapters.kube_transport import server
from functions.adapters.tokens import Tokens
from functions.assembly import connected
from functions.messages.envelope import Envelope
from functions.messages.steps import parse_step
from functions.model.names import ClusterKey
from functions.ports import Cluster, Compute, RefreshPorts
from functions.reply import Reply
from functions.settings import Settings
from tests.proof.clock import Time
from tests.proof.gate import GatedAdapter, GatedTransport, Life


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message of the step topic; delivered again, it is the same in every respect."""

    id: str
    body: Mapping[str, Any]

    @property
    def data(self) -> bytes:
        return json.dumps(self.body).encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """As the dead-letter topic keeps it."""

    data: bytes
    attributes: Mapping[str, str]
    reason: str


@dataclass(kw_only=True)
class Mail:
    """What was published and what was said, by all invocations."""

    steps: list[Message] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)


class _Outbox:
    """`ports.Outbox`."""

    def __init__(self, life: Life, mail: Mail) -> None:
        self._life, self._mail = life, mail

    def publish_step(self, message: dict[str, object]) -> None:
        steps = self._mail.steps
        self._life.call(
            "publish step", lambda: steps.append(Message(id=f"m{len(steps)}", body=json.loads(json.dumps(message))))
        )

    def dead_letter(self, data: bytes, attributes: dict[str, str], reason: str) -> None:
        letter = DeadLetter(data=data, attributes=attributes, reason=reason)
        self._life.call("publish dead letter", lambda: self._mail.dead.append(letter))


class _Audit:
    """`ports.Audit`."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def record(self, event: str, message: str, *, warning: bool = False, **fields: object) -> None:
        self._mail.lines.append({"event": event, "message": message, "warning": warning, **fields})


class _Process:
    """One cold start: nothing of it is remembered by the next."""

    def __init__(self, life: Life, *, token: str, settings: Settings, time: Time, mail: Mail) -> None:
        self._life, self._settings, self._time = life, settings, time
        self._credentials = Credentials(token=token)  # type: ignore[no-untyped-call]  # google-auth leaves it so
        self._opened = ExitStack()
        session = GoogleSession(self._credentials)
        self._through_the_gate(session._http)
        self._compute: Compute | None = None
        at_work = GkeOperations(session, settings.container_endpoint)
        self.ports = RefreshPorts(
            clock=time,
            gke=GkeClusters(
                session,
                settings.container_endpoint,
                self._connect,
                operations=at_work,
            ),
            groups=InstanceGroups(session, settings.compute_endpoint),
            instances=ComputeInstances(session, settings.compute_endpoint),
            compute=self._renewals,
            outbox=_Outbox(life, mail),
            audit=_Audit(mail),
        )

    def close(self) -> None:
        self._opened.close()

    def _connect(self, key: ClusterKey, endpoint: Endpoint) -> Cluster:
        transport = GatedTransport(self._life, server(endpoint.host, endpoint.ca), Tokens(self._credentials))
        self._opened.callback(transport.hang_up)
        return connected(key, transport, self._time)

    def _renewals(self) -> Compute:
        if self._compute is None:
            engine = ComputeEngine(credentials=self._credentials, endpoint=self._settings.compute_endpoint)
            for client in (engine._instances, engine._groups, engine._operations):
                self._through_the_gate(client.transport._session)  # type: ignore[union-attr]  # REST's has one
            self._compute = engine
        return self._compute

    def _through_the_gate(self, session: AuthorizedSession) -> None:
        session.mount("http://", GatedAdapter(self._life))
        self._opened.callback(session.close)


@contextmanager
def process(life: Life, *, token: str, settings: Settings, time: Time, mail: Mail) -> Iterator[RefreshPorts]:
    """Started for one message, closed whatever becomes of it."""
    made = _Process(life, token=token, settings=settings, time=time, mail=mail)
    try:
        yield made.ports
    finally:
        made.close()


def deliver(message: Message, ports: RefreshPorts, settings: Settings) -> Reply:
    """As `main.refresh_step` handles a push. Raises Crash where the process died."""

    def handle(envelope: Envelope) -> Reply:
        step = parse_step(envelope.json(), settings.clusters)
        return operations.handle(step, ports, settings, message_id=envelope.message_id)

    event = {"message": {"data": base64.b64encode(message.data).decode(), "messageId": message.id}}
    return door.receive(event, handle, outbox=ports.outbox, audit=ports.audit)
