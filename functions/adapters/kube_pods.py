"""Pods of one cluster: read, evicted, deleted, created, watched."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from functions.adapters import kube_watch
from functions.adapters.kube_answers import Answer, error
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_podview import images, pod
from functions.adapters.kube_resources import EVICTIONS, LOGS, PODS, can_be_carried, labelled
from functions.model.cluster import Pod
from functions.model.names import Repository
from functions.ownership import NAMESPACE, PROBE, REFRESH
from functions.ports import Eviction, EvictionAnswer
from functions.pulls import is_from

PERMISSIONS = PODS.may("get", "list", "watch", "create", "delete") | EVICTIONS.may("create") | LOGS.may("get")

LOOKED_AT = 2000
"""Pods that `using` looks through at most: a cluster may have a hundred thousand."""

_PENDING = "status.phase=Pending"

LOG_BYTES = 10 * 1024 * 1024
"""Of a log that are read at once, from its beginning: a kubelet reads the file that is written to, and begins another
at this size (`containerLogMaxSize`, where nobody has set it).
"""

NO_LOG = ("failed to try resolving symlinks", "unable to retrieve container logs")
"""How the kubelet begins the 200 that says that there is no log (seen on kubelet 1.34)."""


class KubePods:
    """`ports.Pods` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api
        self._listed: dict[str, str] = {}  # node -> the version of our last list of its pods

    def get(self, namespace: str, name: str) -> Pod | None:
        found = self._api.get(PODS, name, namespace=namespace)
        return pod(found) if found else None

    def on_node(self, node: str) -> tuple[Pod, ...]:
        found, self._listed[node] = self._api.find_with_version(PODS, fieldSelector=_on(node))
        return tuple(pod(each) for each in found)

    def pending(self, *, limit: int) -> tuple[Pod, ...]:
        return tuple(pod(each) for each in self._api.find(PODS, fieldSelector=_PENDING, most=limit))

    def unplaced(self, *, limit: int) -> tuple[Pod, ...]:
        found = self._api.find(PODS, fieldSelector=f"{_PENDING},{_on('')}", most=limit)
        return tuple(pod(each) for each in found)

    def using(self, repository: Repository, *, limit: int) -> tuple[Pod, ...]:
        @cache  # many pods run the same image, and a cluster has many pods
        def fits(image: str) -> bool:
            return is_from(image, repository)

        def read(found: Object) -> Pod | None:
            return pod(found) if any(map(fits, images(found))) else None

        return tuple(self._api.select(PODS, read, most=LOOKED_AT))[:limit]

    def probes(self, refresh: str = "") -> tuple[Pod, ...]:
        if not can_be_carried(refresh):
            return ()
        selector = f"{PROBE},{labelled(REFRESH, refresh)}" if refresh else PROBE
        return tuple(pod(each) for each in self._api.find(PODS, namespace=NAMESPACE, labelSelector=selector))

    def evict(self, pod: Pod) -> EvictionAnswer:
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"namespace": pod.namespace, "name": pod.name},
            "deleteOptions": _bound_to(pod),
        }
        answer = self._api.call("create", EVICTIONS, namespace=pod.namespace, name=pod.name, body=body)
        eviction = _judge(answer)
        if eviction is None:
            raise error(answer, "create", EVICTIONS, pod.key)
        return EvictionAnswer(eviction=eviction, message="" if answer.ok else answer.message)

    def delete(self, pod: Pod, *, grace_seconds: int | None = None) -> None:
        options = _bound_to(pod) | ({} if grace_seconds is None else {"gracePeriodSeconds": grace_seconds})
        body = {"apiVersion": "v1", "kind": "DeleteOptions", **options}
        answer = self._api.call("delete", PODS, namespace=pod.namespace, name=pod.name, body=body)
        if not answer.ok and answer.status not in (404, 409):
            raise error(answer, "delete", PODS, pod.key)

    def create(self, manifest: dict[str, Any]) -> Pod:
        return pod(self._api.create(PODS, manifest, namespace=manifest["metadata"]["namespace"]))

    def follow(self, namespace: str, name: str, *, seconds: float) -> Iterator[Pod | None]:
        for found in kube_watch.follow(self._api, PODS, name, namespace=namespace, seconds=seconds):
            yield pod(found) if found else None

    def await_change(self, node: str, *, seconds: float) -> None:
        # From our last list on, so that what happened between that and this is not missed.
        version = self._listed.pop(node, "")
        if not version:
            _, version = self._api.find_with_version(PODS, fieldSelector=_on(node))
        kube_watch.await_event(self._api, PODS, version, seconds=seconds, fieldSelector=_on(node))

    def log(self, pod: Pod, container: str, *, since_seconds: int | None = None) -> str:
        query: dict[str, str | int | bool] = {"container": container, "limitBytes": LOG_BYTES}
        if since_seconds is not None:
            query["sinceSeconds"] = since_seconds
        answer = self._api.call("get", LOGS, namespace=pod.namespace, name=pod.name, query=query, accept="*/*")
        if answer.status in (400, 404):  # 400: "container … is waiting to start"
            return ""
        if not answer.ok:
            raise error(answer, "get", LOGS, pod.key)
        return "" if answer.text.startswith(NO_LOG) else answer.text


def _judge(answer: Answer) -> Eviction | None:
    """What an eviction was answered; None where it is no answer about the pod."""
    rows = (
        (answer.ok, Eviction.EVICTED),
        (answer.status == 404, Eviction.GONE),
        (answer.status == 409 and "UID" in answer.message, Eviction.GONE),
        (answer.status == 409, Eviction.BLOCKED),  # somebody wrote the pod or its budget at the same moment
        (answer.status == 429 and answer.has_cause("DisruptionBudget"), Eviction.BLOCKED),
        (answer.status == 403 and answer.has_cause("NamespaceTerminating"), Eviction.NAMESPACE_TERMINATING),
        (answer.status == 500 and "more than one PodDisruptionBudget" in answer.message, Eviction.MISCONFIGURED),
    )
    return next((eviction for holds, eviction in rows if holds), None)


def _on(node: str) -> str:
    return f"spec.nodeName={node}"


def _bound_to(pod: Pod) -> Object:
    """Another pod of the same name must not be hit."""
    return {"preconditions": {"uid": pod.uid}}
