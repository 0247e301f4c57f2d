"""What passes between a function and the API server: requests and bytes, counted at the gate."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.identities import Identities

_METADATA_ALONE = "as=PartialObjectMetadataList"
"""How nodes are counted."""


@dataclass(kw_only=True, slots=True)
class Exchange:
    """One request with its answer; `size` are the bytes of both bodies."""

    at: float  # time.time()
    user: str
    counts_nodes: bool
    size: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Meter:
    """Everything that has passed so far, oldest first."""

    exchanges: list[Exchange] = field(default_factory=list)

    def before(self, app: ASGIApp, identities: Identities) -> ASGIApp:
        """`app`, which counts from now on."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            exchange = self._begun(Headers(scope=scope), identities)

            async def received() -> Message:
                message = await receive()
                exchange.size += len(message.get("body", b""))
                return message

            async def sent(message: Message) -> None:
                exchange.size += len(message.get("body", b""))
                await send(message)

            await app(scope, received, sent)

        return counted

    def of(self, user: str) -> Iterator[Exchange]:
        """A user's."""
        return (each for each in self.exchanges if each.user == user)

    def _begun(self, headers: Headers, identities: Identities) -> Exchange:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        exchange = Exchange(
            at=time.time(),
            user=identities.who(token) or "",
            counts_nodes=_METADATA_ALONE in headers.get("accept", ""),
        )
        self.exchanges.append(exchange)
        return exchange
