"""Watches: see one object change, or wait until any of several does.

A watch begins at the version of a list, never at "now": what happens between the two is not missed. Where the
connection breaks, or the server has forgotten that version (410), the list is made again.
"""

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from functions.adapters import json_text
from functions.adapters.clock import pause
from functions.adapters.kube_answers import Expired
from functions.adapters.kube_api import KubeApi, Object, Stream
from functions.adapters.kube_resources import Resource
from functions.adapters.kube_transport import Silence
from functions.errors import Retryable
from functions.text import cut

PAUSE = 0.2
"""Seconds before a broken watch begins again."""


def follow(
    api: KubeApi, resource: Resource, name: str, *, namespace: str = "", seconds: float
) -> Iterator[Object | None]:
    """The object now, then after every change; None while it does not exist. Ends quietly after `seconds`.

    Raises Retryable only where the API server is still away at the end.
    """
    end = time.monotonic() + seconds
    selector = f"metadata.name={name}"
    seen: object = _NOTHING
    while True:
        failure: Retryable | None = None
        try:
            found, version = api.find_with_version(resource, namespace=namespace, fieldSelector=selector)
            current = found[0] if found else None
            if _version(current) != seen:
                seen = _version(current)
                yield current
            for event in _events(api, resource, version, end=end, namespace=namespace, fieldSelector=selector):
                current = None if event["type"] == "DELETED" else event["object"]
                seen = _version(current)
                yield current
        except Retryable as error:
            failure = error
        if time.monotonic() + PAUSE >= end:
            if failure:
                raise failure
            return
        pause(PAUSE)


def await_event(
    api: KubeApi, resource: Resource, version: str, *, namespace: str = "", seconds: float, **query: str
) -> None:
    """Return at the first change after `version`, at the latest after `seconds`. A broken watch counts as a change."""
    end = time.monotonic() + seconds
    try:
        for _ in _events(api, resource, version, end=end, namespace=namespace, **query):
            return
    except Retryable:
        pause(min(PAUSE, seconds))


def once(
    api: KubeApi,
    resource: Resource,
    version: str,
    query: Mapping[str, str],
    *,
    namespace: str = "",
    seconds: float,
    opened: Callable[[Stream], None] = lambda _: None,
) -> Generator[dict[str, Any]]:
    """Whatever one watch tells, bookmarks and errors too, until the server ends it, or whoever it is `opened` to.

    Raises Silence after so many seconds without a word, Expired, and Retryable where it breaks.
    """
    asked: dict[str, str | int | bool] = {
        **query,
        "watch": True,
        "resourceVersion": version,
        "allowWatchBookmarks": True,
        "timeoutSeconds": math.ceil(seconds),
    }
    with api.stream(resource, query=asked, namespace=namespace, seconds=seconds) as stream:
        opened(stream)
        yield from _lines(stream)


def _events(
    api: KubeApi, resource: Resource, version: str, *, end: float, namespace: str = "", **query: str
) -> Iterator[dict[str, Any]]:
    """ADDED, MODIFIED and DELETED events until `end`, or until the watch must begin again from a list."""
    while (left := end - time.monotonic()) > 0:
        try:
            with closing(once(api, resource, version, query, namespace=namespace, seconds=left)) as events:
                for event in events:
                    if event["type"] == "ERROR":
                        return  # too old a version, mostly; a list says what is true now
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        yield event
                    if time.monotonic() >= end:
                        return
        except Silence:
            continue
        except Expired:
            return
        pause(min(PAUSE, max(end - time.monotonic(), 0)))  # the server ended it early, perhaps to restart


def _lines(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One event per line, however the lines were cut on their way."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in filter(None, lines):
            try:
                yield json_text.read(line)
            except ValueError as error:
                raise Retryable(f"watch: a line that is no JSON: {cut(line.decode(errors='replace'), 100)}") from error


_NOTHING = object()


def _version(found: Object | None) -> str | None:
    return None if found is None else str(found["metadata"]["resourceVersion"])
