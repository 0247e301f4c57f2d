"""What docker-registry says about the requests that it answered: a witness who knows nothing of the front."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

_CONTENT = re.compile(r"/v2/(?P<image>.+)/(?P<kind>manifests|blobs)/(?P<reference>[^/?]+)")
_NOT_CONTENT = "uploads"
_ID, _USER = "http.request.id", "auth.user.name"


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """One request for content that was let in, and how it was answered."""

    at: datetime
    user: str  # the subject of the token; "" where that was nobody in particular
    agent: str  # such as containerd/v2.1.5
    method: str
    image: str  # with the host before it
    kind: str  # manifests or blobs
    reference: str
    status: int


def served(log: Path) -> tuple[Served, ...]:
    """What it has answered so far, oldest first."""
    with log.open() as lines:
        return tuple(_served(lines))


def _served(lines: Iterable[str]) -> Iterator[Served]:
    """Several lines speak of each request, and whose it is does not stand in the last one."""
    users: dict[str, str] = {}
    for line in lines:
        said = _said(line)
        if _USER in said:
            users[said[_ID]] = said[_USER]
        asked = _CONTENT.match(said.get("http.request.uri", ""))
        if asked and "http.response.status" in said and asked["reference"] != _NOT_CONTENT:
            yield Served(
                at=datetime.fromisoformat(said["time"]),
                user=users.pop(said[_ID], ""),
                agent=said.get("http.request.useragent", ""),
                method=said["http.request.method"],
                status=said["http.response.status"],
                **asked.groupdict(),
            )


def _said(line: str) -> dict[str, Any]:
    """Nothing where it is no JSON: the last words of a program that broke, or a line that is still being written."""
    try:
        said: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return said
