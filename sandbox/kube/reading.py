"""get and list: whole, as metadata only, or as a table; in pages where a limit is given."""

from collections.abc import Sequence

from starlette.responses import Response

from sandbox.kube import listoptions, selectors, views
from sandbox.kube.exchange import Exchange, Json
from sandbox.kube.pages import Pages
from sandbox.kube.status import Cause, StatusError
from sandbox.kube.storage import Version


def get(exchange: Exchange) -> Response:
    """One object; 404 where there is none."""
    target = exchange.target
    version = exchange.objects.read(target.resource, target.namespace, target.name)
    return Json(views.chosen(exchange.accept, exchange.query).single(version, target.resource))


def list_(exchange: Exchange, pages: Pages) -> Response:
    """All that match, or the next page of them."""
    target, storage = exchange.target, exchange.objects.storage
    listoptions.check(exchange.query, watch=False)
    exchange.number("timeoutSeconds")  # of no use here, but refused where it is none
    _not_from_the_future(exchange.number("resourceVersion") or 0, storage.revision)
    token = exchange.query.get("continue", "")
    if token:
        revision, found = pages.take(token, storage.forgotten, lambda: (storage.revision, matching(exchange)))
    else:
        revision, found = storage.revision, matching(exchange)
    limit = exchange.number("limit") or 0
    if exchange.query.get("resourceVersion") == "0":
        limit = 0  # the real server answers such a list from its cache, whole
    metadata: dict[str, object] = {"resourceVersion": str(revision)}
    if limit and len(found) > limit:
        found, rest = found[:limit], found[limit:]
        metadata["continue"] = pages.keep(revision, found[-1], rest)
        if not (exchange.query.get("labelSelector") or exchange.query.get("fieldSelector")):
            metadata["remainingItemCount"] = len(rest)
    return Json(views.chosen(exchange.accept, exchange.query).many(found, target.resource, metadata))


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
