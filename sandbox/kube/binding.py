"""pods/binding: the scheduler's word on where a pod runs."""

from dataclasses import replace

from starlette.responses import Response

from sandbox.kube import times
from sandbox.kube.decoding import decode_as
from sandbox.kube.exchange import Exchange, Object, done
from sandbox.kube.problems import required, unsupported
from sandbox.kube.status import StatusError, conflict


def bind(exchange: Exchange) -> Response:
    """201, once; 409 for a pod that has a node already or is going."""
    target, objects = exchange.target, exchange.objects
    node = _wanted(exchange)
    pod = objects.read(target.resource, target.namespace, target.name).copy()
    resource = replace(target.resource, plural="pods/binding")
    if pod["spec"].get("nodeName"):
        why = f'pod {target.name} is already assigned to node "{pod["spec"]["nodeName"]}"'
        raise conflict(resource, target.name, why)
    if pod["metadata"].get("deletionTimestamp"):
        raise conflict(resource, target.name, f"pod {target.name} is being deleted, cannot be assigned to a host")
    if not exchange.dry_run:
        objects.storage.put("pods", (target.namespace, target.name), _placed(pod, node))
    return done(201)


def _wanted(exchange: Exchange) -> str:
    binding = decode_as(exchange.decoded(), "Binding")
    where = binding.get("target") or {}
    problem = required("target.name") if not where.get("name") else None
    if where.get("kind") not in (None, "", "Node"):
        problem = unsupported("target.kind", where["kind"], ("Node", "<empty>"))
    if problem:  # the real server, too, calls this its own failure
        raise StatusError(code=500, reason="", message=f"{problem.field}: {problem.message}")
    return str(where["name"])


def _placed(pod: Object, node: str) -> Object:
    conditions = [each for each in pod["status"].get("conditions") or [] if each["type"] != "PodScheduled"]
    since = times.seconds(times.now())
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": since}
    status = {**pod["status"], "conditions": [*conditions, scheduled]}
    return {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": status}
