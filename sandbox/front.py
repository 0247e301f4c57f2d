"""The front of Google's simulated APIs: every call passes the faults in force and is written to the books."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.books import Books, Call
from sandbox.faults import Faults
from sandbox.serving import drop
from sandbox.timestamps import now


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a request asks for, in the words of the books and the faults."""

    api: str
    user: str
    verb: str
    resource: str
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
        arrived = now()
        due = self._faults.due(
            api=asked.api, user=asked.user, verb=asked.verb, resource=asked.resource, name=asked.name
        )
        injected = await self._faults.begin(due)
        if injected:
            response = refuse(injected.status)
            response.headers.update(injected.headers)
        else:
            response = await work()
        dropped = await self._faults.finish(due)
        self._books.write(
            Call(
                at=arrived,
                api=asked.api,
                user=asked.user,
                verb=asked.verb,
                resource=asked.resource,
                name=asked.name,
                status=0 if dropped else response.status_code,
                body=asked.body,
            )
        )
        if dropped:
            drop(request.scope)
        return response
