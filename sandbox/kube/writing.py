"""create, update, patch, delete and deletecollection, on objects and on their status."""

from typing import Any

from starlette.responses import Response

from sandbox.kube import problems
from sandbox.kube.decoding import decode, decode_as, typed
from sandbox.kube.deletion import DeleteOptions
from sandbox.kube.exchange import Exchange, Object, answer, document, done
from sandbox.kube.patches import apply_operations, merge
from sandbox.kube.reading import matching
from sandbox.kube.status import StatusError, bad_request, invalid, not_modelled, unsupported_media_type
from sandbox.kube.storage import Version
from sandbox.kube.strategic import strategic_merge

_JSON, _MERGE = "application/json-patch+json", "application/merge-patch+json"
_STRATEGIC, _APPLY = "application/strategic-merge-patch+json", "application/apply-patch+yaml"


def create(exchange: Exchange) -> Response:
    """201 with the object as stored."""
    target = exchange.target
    given = exchange.object()
    namespace = target.namespace or given["metadata"].get("namespace", "")
    return answer(exchange.objects.insert(target.resource, namespace, given, dry_run=exchange.dry_run), 201)


def update(exchange: Exchange) -> Response:
    """Replace the object; a stale resourceVersion is 409."""
    target = exchange.target
    given = exchange.object()
    name = given["metadata"].get("name")
    if name != target.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
    version = exchange.objects.change(
        target.resource,
        target.namespace,
        target.name,
        lambda _: given,
        subresource=target.subresource,
        dry_run=exchange.dry_run,
        conditional=not target.resource.unconditional_update,
    )
    return answer(version)


def patch(exchange: Exchange) -> Response:
    """Change the object; the patch is applied to its newest state."""
    target = exchange.target
    patched = exchange.objects.change(
        target.resource,
        target.namespace,
        target.name,
        lambda old: _patched(exchange, old),
        subresource=target.subresource,
        dry_run=exchange.dry_run,
    )
    return answer(patched)


def _patched(exchange: Exchange, old: Object) -> Object:
    """What the request's patch makes of `old`. What can't be decoded afterwards is the patch's fault: 422."""
    target = exchange.target
    made = _applied(exchange, old)
    if not isinstance(made, dict) or not isinstance(made.get("metadata"), dict):
        raise bad_request("the patch leaves no object")
    name, uid = made["metadata"].get("name"), made["metadata"].get("uid")
    if name != target.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
    if uid != old["metadata"]["uid"]:
        cause = problems.invalid("metadata.uid", uid, "field is immutable")
        raise invalid(target.resource.kind, target.resource.group, target.name, [cause])
    try:
        return typed(made, target.resource, strict=exchange.strict)
    except StatusError as error:
        why = error.message.partition(": ")[2]
        raise invalid("", "", "", [problems.invalid("patch", exchange.body.decode(), why)]) from error


def _applied(exchange: Exchange, old: Object) -> Any:
    """415 for a kind of patch that this resource does not take."""
    custom = exchange.target.resource.schema is not None
    if exchange.content_type == _APPLY:
        raise not_modelled("server-side apply")
    if exchange.content_type not in ({_JSON, _MERGE} if custom else {_JSON, _MERGE, _STRATEGIC}):
        accepted = (_JSON, _MERGE, _APPLY) if custom else (_JSON, _MERGE, _STRATEGIC, _APPLY)
        raise unsupported_media_type(*accepted)
    change = decode(exchange.body)
    if exchange.content_type == _JSON:
        return apply_operations(old, change)
    if exchange.content_type == _STRATEGIC:
        return strategic_merge(old, change)
    if isinstance(change, dict):
        return merge(old, change)
    raise bad_request(
        "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
    )


def delete(exchange: Exchange) -> Response:
    target, options = exchange.target, _options(exchange)
    deleted = exchange.objects.remove(target.resource, target.namespace, target.name, options, dry_run=options.dry_run)
    if not deleted.gone or target.resource.returns_deleted:
        return answer(deleted.version)
    return done(
        name=target.name,
        group=target.resource.group,
        kind=target.resource.plural,
        uid=deleted.version.object["metadata"]["uid"],
    )


def delete_collection(exchange: Exchange) -> Response:
    """Everything that the selectors choose, each by the same options."""
    target, options = exchange.target, _options(exchange)
    found: list[Version] = matching(exchange)
    for version in found:
        metadata = version.object["metadata"]
        exchange.objects.remove(
            target.resource, metadata.get("namespace", ""), metadata["name"], options, dry_run=options.dry_run
        )
    head = {"kind": target.resource.list_kind, "apiVersion": target.resource.api_version}
    metadata = {"resourceVersion": str(exchange.objects.storage.revision)}
    return document({**head, "metadata": metadata, "items": [each.object for each in found]})


def _options(exchange: Exchange) -> DeleteOptions:
    if exchange.body:
        return DeleteOptions.parse(decode_as(exchange.decoded(), "DeleteOptions"))
    told: Object = {name: value for name, value in exchange.query.items() if name != "dryRun"}
    return DeleteOptions.parse(told | ({"dryRun": ["All"]} if exchange.dry_run else {}))
