"""The front of every API of the sandbox: each call passes the faults in force and is written to the books."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sandbox.books import Books, Call
from sandbox.faults import Faults
from sandbox.serving import drop
from sandbox.timestamps import now

_LOOKS, _LOOK_AGAIN = 20, 0.01  # seconds
_NOBODY = Response(status_code=499)  # nginx's word for a client that closed the connection; nobody reads it


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a request asks for, in the words of the books and the faults."""

    api: str
    user: str
    verb: str
    resource: str
    namespace: str = ""
    name: str = ""
    body: dict[str, Any] = field(default_factory=dict)


class Front:
    """One for all APIs; what an answer looks like is each API's own matter."""

    def __init__(self, *, books: Books, faults: Faults) -> None:
        self._books = books
        self._faults = faults

    async def answer(
        self,
        request: Request,
        asked: Asked,
        work: Callable[[], Awaitable[Response]],
        refuse: Callable[[int], Response],
    ) -> Response:
        """What `work` answers, unless a fault strikes; `refuse` words an injected status as the API would."""
        due = self._faults.due(
            api=asked.api, user=asked.user, verb=asked.verb, resource=asked.resource, name=asked.name
        )
        injected = await self._faults.begin(due)
        if any(fault.before for fault in due) and await _hung_up(request):
            return _NOBODY  # whoever asked was killed before anything was done
        at = now()
        if injected:
            response = refuse(injected.status)
            response.headers.update(injected.headers)
        else:
            response = await work()
        dropped = await self._faults.finish(due)
        self._books.write(
            Call(
                at=at,
                api=asked.api,
                user=asked.user,
                verb=asked.verb,
                resource=asked.resource,
                namespace=asked.namespace,
                name=asked.name,
                status=0 if dropped else response.status_code,
                body=asked.body,
            )
        )
        if dropped:
            drop(request.scope)
        return response


async def _hung_up(request: Request) -> bool:
    """The operating system may take a moment to say so; looks are counted, as a busy computer may let none happen."""
    try:
        await request.body()
        for _ in range(_LOOKS):
            if await request.is_disconnected():
                return True
            await asyncio.sleep(_LOOK_AGAIN)
    except ClientDisconnect:
        return True
    return False
