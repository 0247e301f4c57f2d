"""pods/eviction: a deletion that asks the disruption budgets first, as the real API server's REST handler does."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox.kube import times
from sandbox.kube.decoding import decode_as
from sandbox.kube.deletion import DeleteOptions
from sandbox.kube.exchange import Exchange, done
from sandbox.kube.objects import Objects
from sandbox.kube.selectors import label_selector
from sandbox.kube.status import Cause, StatusError, bad_request, forbidden

Object = dict[str, Any]


def evict(exchange: Exchange) -> Response:
    """201 where the pod now goes; 429 where a budget says not now; 500 where two budgets claim it."""
    objects, target = exchange.objects, exchange.target
    eviction = decode_as(exchange.decoded(), "Eviction")
    if (eviction.get("metadata") or {}).get("name") != target.name:
        raise bad_request("name in URL does not match name in Eviction object")
    pod = objects.read(target.resource, target.namespace, target.name).object
    objects.admission.namespace_takes(target.resource, target.namespace, target.name)
    given = eviction.get("deleteOptions") or {}
    options = DeleteOptions.parse(given)
    dry_run = exchange.dry_run or options.dry_run
    if not _is_free(pod):
        _ask_budget(objects, pod, dry_run=dry_run)
    if not dry_run:
        plan = objects.remove(target.resource, target.namespace, target.name, options, dry_run=True)
        if not plan.gone:
            objects.change(target.resource, target.namespace, target.name, _disrupted, subresource="status")
            options = _without_resource_version(options)
    objects.remove(target.resource, target.namespace, target.name, options, dry_run=dry_run)
    return done(201)


def _is_free(pod: Object) -> bool:
    """It disturbs nobody that this pod goes."""
    return bool(pod["metadata"].get("deletionTimestamp")) or pod["status"].get("phase") in {
        "Succeeded",
        "Failed",
        "Pending",
    }


def _ask_budget(objects: Objects, pod: Object, *, dry_run: bool) -> None:
    namespace = pod["metadata"]["namespace"]
    budgets = [
        each.object
        for each in objects.storage.range("poddisruptionbudgets", namespace)
        if label_selector(each.object["spec"].get("selector"))(pod)
    ]
    if not budgets:
        return
    if len(budgets) > 1:
        message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        raise StatusError(code=500, reason="", message=message)
    budget = budgets[0]
    if not _is_ready(pod) and _lets_unhealthy_go(budget):
        return
    resource, name = objects.catalogue.named("poddisruptionbudgets"), budget["metadata"]["name"]
    _check(objects, budget)
    if not dry_run:
        objects.change(resource, namespace, name, _spent_on(pod["metadata"]["name"]), subresource="status")


def _lets_unhealthy_go(budget: Object) -> bool:
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    state = budget["status"]
    return bool(state["currentHealthy"] >= state["desiredHealthy"] > 0)


def _check(objects: Objects, budget: Object) -> None:
    name, state = budget["metadata"]["name"], budget["status"]
    if (state.get("observedGeneration") or 0) < budget["metadata"]["generation"]:
        raise _not_now(f"The disruption budget {name} is still being processed by the server.", retry_after=10)
    if state["disruptionsAllowed"] < 0:
        raise forbidden(objects.catalogue.named("poddisruptionbudgets"), name, "pdb disruptions allowed is negative")
    if state["disruptionsAllowed"] == 0:
        needs, has = state["desiredHealthy"], state["currentHealthy"]
        raise _not_now(f"The disruption budget {name} needs {needs} healthy pods and has {has} currently")


def _not_now(why: str, *, retry_after: int = 0) -> StatusError:
    details: Object = {"causes": [Cause(reason="DisruptionBudget", message=why).as_json()]}
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    return StatusError(code=429, reason="TooManyRequests", message=message, details=details)


def _spent_on(pod_name: str) -> Callable[[Object], Object]:
    def spent(budget: Object) -> Object:
        state, now = budget["status"], times.seconds(times.now())
        left = state["disruptionsAllowed"] - 1
        disrupted = {**(state.get("disruptedPods") or {}), pod_name: now}
        changed = {**state, "disruptionsAllowed": left, "disruptedPods": disrupted}
        if left == 0:
            others = [each for each in state.get("conditions") or [] if each["type"] != "DisruptionAllowed"]
            condition = _condition("DisruptionAllowed", "False", "InsufficientPods", "", now)
            condition["observedGeneration"] = state.get("observedGeneration", 0)
            changed["conditions"] = [*others, condition]
        return {**budget, "status": changed}

    return spent


def _disrupted(pod: Object) -> Object:
    state = pod["status"]
    others = [each for each in state.get("conditions") or [] if each["type"] != "DisruptionTarget"]
    now = times.seconds(times.now())
    condition = _condition("DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting", now)
    return {**pod, "status": {**state, "conditions": [*others, condition]}}


def _condition(kind: str, value: str, reason: str, message: str, since: str) -> Object:
    return {"type": kind, "status": value, "reason": reason, "message": message, "lastTransitionTime": since}


def _is_ready(pod: Object) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions") or [])


def _without_resource_version(options: DeleteOptions) -> DeleteOptions:
    """It was checked against the state before the condition was written."""
    return DeleteOptions(grace=options.grace, propagation=options.propagation, uid=options.uid)
