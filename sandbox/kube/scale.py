"""The scale subresource: a workload's replicas and nothing else."""

from starlette.responses import Response

from sandbox.kube.decoding import decode, decode_as
from sandbox.kube.exchange import Exchange, Object, document
from sandbox.kube.patches import apply_operations, merge
from sandbox.kube.problems import invalid as invalid_field
from sandbox.kube.status import bad_request, invalid, unsupported_media_type
from sandbox.kube.storage import Version


def get(exchange: Exchange) -> Response:
    """The workload, seen as a Scale."""
    target = exchange.target
    return document(_scale_of(exchange.objects.read(target.resource, target.namespace, target.name).object))


def change(exchange: Exchange) -> Response:
    """A PUT of a Scale, or a patch of one."""
    target = exchange.target

    def scaled(workload: Object) -> Object:
        wanted = _wanted(exchange, _scale_of(workload))
        name = (wanted.get("metadata") or {}).get("name")
        if name != target.name:
            raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
        replicas = (wanted.get("spec") or {}).get("replicas", 0)
        if replicas < 0:
            cause = invalid_field("spec.replicas", replicas, "must be greater than or equal to 0")
            raise invalid("Scale", "autoscaling", target.name, [cause])
        metadata = {**workload["metadata"], "resourceVersion": (wanted.get("metadata") or {}).get("resourceVersion")}
        return {**workload, "metadata": metadata, "spec": {**workload["spec"], "replicas": replicas}}

    version: Version = exchange.objects.change(
        target.resource, target.namespace, target.name, scaled, dry_run=exchange.dry_run
    )
    return document(_scale_of(version.object))


def _wanted(exchange: Exchange, scale: Object) -> Object:
    if exchange.target.verb == "update":
        wanted = exchange.decoded()
    elif exchange.content_type == "application/json-patch+json":
        wanted = apply_operations(scale, decode(exchange.body))
    elif exchange.content_type in {"application/merge-patch+json", "application/strategic-merge-patch+json"}:
        wanted = merge(scale, decode(exchange.body))
    else:
        raise unsupported_media_type("application/json-patch+json", "application/merge-patch+json")
    return decode_as(wanted, "Scale")


def _scale_of(workload: Object) -> Object:
    metadata, spec = workload["metadata"], workload["spec"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    labels = (spec.get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept},
        "spec": {"replicas": spec.get("replicas", 0)},
        "status": {
            "replicas": (workload.get("status") or {}).get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in sorted(labels.items())),
        },
    }
