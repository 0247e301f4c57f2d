"""Zone operations of Compute: started once per requestId, running until the work behind them is done."""

import asyncio
import secrets
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.google.errors import GoogleError
from sandbox.google.inventory import COMPUTE
from sandbox.timestamps import now, rfc3339


@dataclass(kw_only=True, slots=True)
class Operation:
    name: str
    number: int
    kind: str
    zone_path: str  # projects/P/zones/Z
    target_path: str
    target_id: int
    user: str
    request_id: uuid.UUID | None
    inserted: datetime
    task: "asyncio.Task[None]"
    ended: datetime | None = None

    def json(self) -> dict[str, Any]:
        done = self.task.done()
        body: dict[str, Any] = {
            "kind": "compute#operation",
            "id": str(self.number),
            "name": self.name,
            "operationType": self.kind,
            "targetLink": f"{COMPUTE}/{self.target_path}",
            "targetId": str(self.target_id),
            "user": self.user,
            "status": "DONE" if done else "RUNNING",
            "progress": 100 if done else 0,
            "insertTime": rfc3339(self.inserted),
            "startTime": rfc3339(self.inserted),
            "zone": f"{COMPUTE}/{self.zone_path}",
            "selfLink": f"{COMPUTE}/{self.zone_path}/operations/{self.name}",
        }
        if self.request_id:
            body["clientOperationId"] = str(self.request_id)
        if done:
            body["endTime"] = rfc3339(self.ended or now())
            if failure := self.task.exception():
                body["error"] = {"errors": [{"code": "INTERNAL_ERROR", "message": str(failure)}]}
        return body


class Operations:
    def __init__(self) -> None:
        self._by_path: dict[str, Operation] = {}
        self._by_request: dict[tuple[str, str, uuid.UUID], Operation] = {}

    def earlier(self, kind: str, target_path: str, request_id: uuid.UUID | None) -> Operation | None:
        """What a request of this id has started there before."""
        return self._by_request.get((kind, target_path, request_id)) if request_id else None

    def start(
        self,
        work: Coroutine[Any, Any, None],
        *,
        kind: str,
        zone_path: str,
        target_path: str,
        target_id: int,
        user: str,
        request_id: uuid.UUID | None,
    ) -> Operation:
        """Begin `work`; with a `request_id` that was seen before for this target, answer the operation of then."""
        if earlier := self.earlier(kind, target_path, request_id):
            work.close()
            return earlier
        number = secrets.randbits(62)
        operation = Operation(
            name=f"operation-{number:x}",
            number=number,
            kind=kind,
            zone_path=zone_path,
            target_path=target_path,
            target_id=target_id,
            user=user,
            request_id=request_id,
            inserted=now(),
            task=asyncio.create_task(work),
        )
        operation.task.add_done_callback(lambda _: setattr(operation, "ended", now()))
        self._by_path[f"{zone_path}/operations/{operation.name}"] = operation
        if request_id:
            self._by_request[kind, target_path, request_id] = operation
        return operation

    def of_request(self, zone_path: str, request_id: str) -> list[Operation]:
        """Those of one requestId in a zone."""
        return [
            each
            for each in self._by_path.values()
            if each.zone_path == zone_path and str(each.request_id) == request_id
        ]

    def get(self, path: str) -> Operation | None:
        return self._by_path.get(path)


def request_id(text: str) -> uuid.UUID | None:
    """The query's requestId; None where there is none. Raises GoogleError for anything but a UUID other than zero."""
    if not text:
        return None
    try:
        found = uuid.UUID(text)
    except ValueError:
        found = uuid.UUID(int=0)
    if not found.int:
        raise GoogleError(400, f"Invalid value for field 'requestId': '{text}'. Must be a valid, non-zero UUID.")
    return found
