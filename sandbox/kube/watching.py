"""watch: every change after a resourceVersion, through the eyes of the request's selectors."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response, StreamingResponse

from sandbox.kube import listoptions, selectors, views
from sandbox.kube.exchange import Exchange
from sandbox.kube.reading import matching
from sandbox.kube.resources import Resource
from sandbox.kube.status import encode, gone, not_modelled
from sandbox.kube.storage import Change, Compacted, Version

_DEFAULT_TIMEOUT = 1800.0
_BOOKMARK_EVERY = 60.0
_Seen = tuple[str, Version]  # type of the event, object
_Eyes = Callable[[Change], _Seen | None]


def watch(exchange: Exchange) -> Response:
    """A stream that begins with what is there, unless a resourceVersion says where to begin."""
    if exchange.query.get("sendInitialEvents"):
        raise not_modelled("sendInitialEvents")
    listoptions.check(exchange.query, watch=True)
    eyes = _eyes(exchange)  # a bad selector is answered before the stream begins, …
    timeout, _ = exchange.number("timeoutSeconds"), exchange.number("resourceVersion")  # … and so is a bad number
    view = views.chosen(exchange.accept, exchange.query)
    stream = _stream(exchange, eyes, view, timeout or _DEFAULT_TIMEOUT)
    return StreamingResponse(stream, media_type="application/json")


def _eyes(exchange: Exchange) -> _Eyes:
    """What a watcher with the request's namespace and selectors sees of a change."""
    namespace = exchange.target.namespace
    by_label = selectors.labels(exchange.query.get("labelSelector", ""))
    by_field = selectors.fields(exchange.query.get("fieldSelector", ""), exchange.target.resource)

    def matches(version: Version | None) -> bool:
        if version is None or (namespace and version.object["metadata"].get("namespace") != namespace):
            return False
        return by_label(version.object) and by_field(version.object)

    def seen(change: Change) -> _Seen | None:
        before = matches(change.old)
        if change.type == "DELETED":
            return ("DELETED", change.new) if before else None
        after = matches(change.new)
        if after:
            return ("MODIFIED" if before else "ADDED", change.new)
        return ("DELETED", _stamped(change)) if before else None

    return seen


def _stamped(change: Change) -> Version:
    """For those who may not see the new state: the old one, with the new resourceVersion."""
    obj = (change.old or change.new).copy()
    obj["metadata"]["resourceVersion"] = str(change.revision)
    return Version(obj, change.revision)


async def _stream(exchange: Exchange, eyes: _Eyes, view: views.View, seconds: float) -> AsyncIterator[bytes]:
    resource, storage = exchange.target.resource, exchange.objects.storage
    queue: asyncio.Queue[_Seen] = asyncio.Queue()

    def notice(change: Change) -> None:
        if event := eyes(change):
            queue.put_nowait(event)

    asked = exchange.query.get("resourceVersion", "")
    if asked in {"", "0"}:
        for version in matching(exchange):
            queue.put_nowait(("ADDED", version))
    else:
        try:
            for change in storage.since(resource.plural, int(asked)):
                notice(change)
        except Compacted as error:
            refusal = gone(f"too old resource version: {asked} ({error.oldest})")
            yield encode({"type": "ERROR", "object": refusal.body}) + b"\n"
            return
    stop = storage.subscribe(resource.plural, notice)
    try:
        async for shown in _events(exchange, queue, view, seconds):
            yield shown
    finally:
        stop()


async def _events(
    exchange: Exchange, queue: asyncio.Queue[_Seen], view: views.View, seconds: float
) -> AsyncIterator[bytes]:
    """What is in the queue, for so many seconds; bookmarks when it is quiet, and at the end."""
    resource = exchange.target.resource
    bookmarks, clock = exchange.flag("allowWatchBookmarks"), asyncio.get_running_loop().time
    end, bookmark_at = clock() + seconds, clock() + _BOOKMARK_EVERY
    while (now := clock()) < end:
        try:
            async with asyncio.timeout(min(end, bookmark_at) - now):
                kind, version = await queue.get()
        except TimeoutError:
            bookmark_at = clock() + _BOOKMARK_EVERY
            if bookmarks:
                yield _bookmark(resource, exchange.objects.storage.revision)
        else:
            yield b'{"type":"' + kind.encode() + b'","object":' + view.single(version, resource) + b"}\n"


def _bookmark(resource: Resource, revision: int) -> bytes:
    metadata = {"resourceVersion": str(revision)}
    shown = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
    return encode({"type": "BOOKMARK", "object": shown}) + b"\n"
