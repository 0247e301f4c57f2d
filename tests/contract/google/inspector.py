"""Stands before the simulated APIs and compares every request and every answer with Google's discovery documents."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.contract.google import discovery
from tests.contract.google.conformity import problems
from tests.contract.google.discovery import Method, Schema

# google.rpc's form of an error, with the rows that Compute adds; no discovery document describes it
_ERROR = {"code", "message", "status", "errors", "details"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One request and its answer; `status` is 0 where none came."""

    verb: str
    path: str
    query: Mapping[str, str]
    sent: bytes
    status: int
    answered: bytes


class Inspector:
    """An ASGI app around `app`. `problems` says what Google's own API would not have taken or answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.problems: list[str] = []
        self.called: set[str] = set()  # ids of the methods that were answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent, answered, status = bytearray(), bytearray(), 0
        method = discovery.find(scope["method"], scope["path"])

        async def listen() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def speak(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            answered.extend(message.get("body", b""))
            if status == 200 and method:
                self.called.add(method.id)  # before the client has the answer, and may look
            await send(message)

        await self._app(scope, listen, speak)
        exchange = Exchange(
            verb=scope["method"],
            path=scope["path"],
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            sent=bytes(sent),
            status=status,
            answered=bytes(answered),
        )
        said = _judge(exchange, method)
        self.problems += [f"{exchange.verb} {exchange.path} ({status}): {each}" for each in said]


def _judge(exchange: Exchange, method: Method | None) -> Iterator[str]:
    """A refusal by the API itself, 400, may be of whatever was wrong; 501 is the sandbox's word for "not modelled"."""
    if exchange.status == 501:
        return
    if method is None:
        yield "is no method of any API"
        return
    if exchange.status != 400:
        yield from _of_parameters(exchange, method)
        yield from _of_body(exchange.sent, method.request, method)
    if exchange.status == 200:
        yield from _of_body(exchange.answered, method.response, method)
    elif exchange.status:
        yield from _of_error(exchange)


def _of_parameters(exchange: Exchange, method: Method) -> Iterator[str]:
    found = method.path.fullmatch(exchange.path)
    given = {**exchange.query, **(found.groupdict() if found else {})}
    for name, text in given.items():
        schema = method.parameters.get(name)
        if schema is None:
            yield f"{method.id} has no parameter {name!r}"
        else:
            yield from problems(_read(text, schema["type"]), schema, method.schemas, name)
    for name, schema in method.parameters.items():
        if schema.get("required") and schema["location"] == "query" and name not in given:
            yield f"{method.id} requires the parameter {name!r}"


def _read(text: str, kind: str) -> Any:
    """What a parameter's text means."""
    if kind == "integer" and text.isdecimal():
        return int(text)
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def _of_body(body: bytes, schema: Schema | None, method: Method) -> Iterator[str]:
    if body and schema is None:
        yield f"takes no body: {body.decode(errors='replace')}"
    elif body and schema is not None:
        yield from problems(json.loads(body), schema, method.schemas)


def _of_error(exchange: Exchange) -> Iterator[str]:
    error = json.loads(exchange.answered)["error"]
    if error["code"] != exchange.status or not error["message"] or not set(error) <= _ERROR:
        yield f"is not how Google words an error: {error}"
