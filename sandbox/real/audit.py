"""What a real API server wrote about the requests that it answered: a witness who knows nothing of the gate."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ANSWERED = "ResponseComplete"


@dataclass(frozen=True, kw_only=True, slots=True)
class Audited:
    """One request, in the words of the books."""

    user: str
    verb: str
    resource: str
    namespace: str
    name: str
    status: int


def audited(log: Path) -> tuple[Audited, ...]:
    """What was asked of resources and answered so far, oldest first; a watch when it has ended."""
    with log.open() as lines:
        return tuple(_audited(lines))


def _audited(lines: Iterator[str]) -> Iterator[Audited]:
    for line in lines:
        if not line.endswith("\n"):
            return  # it is still being written
        event: dict[str, Any] = json.loads(line)
        about = event.get("objectRef")
        if event["stage"] != _ANSWERED or not about:
            continue
        subresource = about.get("subresource")
        yield Audited(
            user=event["user"]["username"],
            verb=event["verb"],
            resource=f"{about['resource']}/{subresource}" if subresource else about["resource"],
            namespace=about.get("namespace", ""),
            name=about.get("name", ""),
            status=event["responseStatus"]["code"],
        )
