"""get and list: whole, as metadata only, or as a table; in pages where a limit is given."""

import secrets
from collections import OrderedDict
from collections.abc import Sequence

from starlette.responses import Response

from sandbox.kube import selectors, views
from sandbox.kube.exchange import Exchange, Json
from sandbox.kube.status import Cause, StatusError, gone
from sandbox.kube.storage import Version

_OPEN_LISTS = 256  # how many half-read lists are remembered


class Pages:
    """The rest of lists that were cut by a limit: all pages show the state of the first."""

    def __init__(self) -> None:
        self._rests: OrderedDict[str, tuple[int, list[Version]]] = OrderedDict()

    def keep(self, revision: int, rest: list[Version]) -> str:
        token = secrets.token_urlsafe(12)
        self._rests[token] = (revision, rest)
        if len(self._rests) > _OPEN_LISTS:
            self._rests.popitem(last=False)
        return token

    def take(self, token: str) -> tuple[int, list[Version]]:
        """May be asked twice for the same page: a reader whose connection broke asks again."""
        if token not in self._rests:
            raise gone(
                "The provided continue parameter is too old to display a consistent list result. You can start a new "
                "list without the continue parameter."
            )
        return self._rests[token]


def get(exchange: Exchange) -> Response:
    """One object; 404 where there is none."""
    target = exchange.target
    version = exchange.objects.read(target.resource, target.namespace, target.name)
    return Json(views.chosen(exchange.accept).single(version, target.resource))


def list_(exchange: Exchange, pages: Pages) -> Response:
    """All that match, or the next page of them."""
    target, storage = exchange.target, exchange.objects.storage
    _not_from_the_future(exchange.number("resourceVersion") or 0, storage.revision)
    token = exchange.query.get("continue", "")
    if token:
        revision, found = pages.take(token)
    else:
        revision, found = storage.revision, matching(exchange)
    limit = exchange.number("limit") or 0
    if exchange.query.get("resourceVersion") == "0":
        limit = 0  # the real server answers such a list from its cache, whole
    metadata: dict[str, object] = {"resourceVersion": str(revision)}
    if limit and len(found) > limit:
        found, rest = found[:limit], found[limit:]
        metadata["continue"] = pages.keep(revision, rest)
        if not (exchange.query.get("labelSelector") or exchange.query.get("fieldSelector")):
            metadata["remainingItemCount"] = len(rest)
    return Json(views.chosen(exchange.accept).many(found, target.resource, metadata))


def matching(exchange: Exchange) -> list[Version]:
    """What the request's namespace and selectors choose, in the order of its keys."""
    target = exchange.target
    by_label = selectors.labels(exchange.query.get("labelSelector", ""))
    by_field = selectors.fields(exchange.query.get("fieldSelector", ""), target.resource)
    found: Sequence[Version] = exchange.objects.storage.range(target.resource.plural, target.namespace)
    return [each for each in found if by_label(each.object) and by_field(each.object)]


def _not_from_the_future(asked: int, current: int) -> None:
    if asked > current:
        raise StatusError(
            code=504,
            reason="Timeout",
            message=f"Timeout: Too large resource version: {asked}, current: {current}",
            details={
                "causes": [Cause(reason="ResourceVersionTooLarge", message="Too large resource version").as_json()],
                "retryAfterSeconds": 1,
            },
        )
