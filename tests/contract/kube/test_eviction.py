"""Evictions: what a disruption budget allows, and in which words it refuses."""

from typing import Any

import httpx
import pytest
from kubernetes import client

from tests.contract.kube.server import Api, Object, pod, refusal


def _eviction(name: str, namespace: str, **options: Any) -> Object:
    return {"metadata": {"name": name, "namespace": namespace}, "deleteOptions": options or None}


def _running(core: Api, namespace: str, node: str, name: str = "web", *, ready: bool = True) -> None:
    core.create_namespaced_pod(namespace, pod(name, node=node, labels={"app": "web"}))
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    core.patch_namespaced_pod_status(name, namespace, {"status": {"phase": "Running", "conditions": [condition]}})


def _budget(policy: Api, namespace: str, name: str = "budget", *, allowed: int, spec: Object | None = None) -> None:
    """A budget as its controller would have left it: three healthy pods wanted."""
    selector = {"matchLabels": {"app": "web"}}
    body = {"metadata": {"name": name}, "spec": {"selector": selector, "minAvailable": 3, **(spec or {})}}
    policy.create_namespaced_pod_disruption_budget(namespace, body)
    state = {"disruptionsAllowed": allowed, "currentHealthy": 3 + allowed, "desiredHealthy": 3, "expectedPods": 4}
    policy.patch_namespaced_pod_disruption_budget_status(
        name, namespace, {"status": {**state, "observedGeneration": 1}}
    )


def _evict(core: Api, namespace: str, name: str = "web", **options: Any) -> Any:
    return core.create_namespaced_pod_eviction(name, namespace, _eviction(name, namespace, **options))


def test_eviction_deletes_with_grace_and_says_why(core: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    _evict(core, namespace)
    going = core.read_namespaced_pod("web", namespace)
    assert going.metadata.deletion_grace_period_seconds == 30
    reasons = {each.type: each.reason for each in going.status.conditions}
    assert reasons["DisruptionTarget"] == "EvictionByEvictionAPI"


def test_eviction_answers_201_with_a_status(raw: httpx.Client, core: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    body = {**_eviction("web", namespace), "apiVersion": "policy/v1", "kind": "Eviction"}
    answer = raw.post(f"/api/v1/namespaces/{namespace}/pods/web/eviction", json=body)
    assert (answer.status_code, answer.json()["status"]) == (201, "Success")


def test_name_must_be_the_same_in_body_and_url(core: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    status = refusal(core.create_namespaced_pod_eviction, "web", namespace, _eviction("other", namespace))
    assert (status["code"], status["message"]) == (400, "name in URL does not match name in Eviction object")


def test_missing_pod_is_404(core: Api, namespace: str) -> None:
    assert refusal(_evict, core, namespace)["message"] == 'pods "web" not found'


def test_uid_of_another_pod_is_409(core: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    status = refusal(_evict, core, namespace, preconditions={"uid": "11111111-2222-3333-4444-555555555555"})
    assert (status["code"], status["reason"]) == (409, "Conflict")


def test_spent_budget_is_429_and_names_itself(core: Api, policy: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    _budget(policy, namespace, allowed=0)
    with pytest.raises(client.ApiException) as caught:
        _evict(core, namespace)
    headers: Any = caught.value.headers
    assert "Retry-After" not in headers
    status = refusal(_evict, core, namespace)
    assert (status["code"], status["reason"]) == (429, "TooManyRequests")
    assert status["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    message = "The disruption budget budget needs 3 healthy pods and has 3 currently"
    assert status["details"]["causes"] == [{"reason": "DisruptionBudget", "message": message}]
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_timestamp is None


def test_each_eviction_spends_the_budget(core: Api, policy: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node, "a")
    _running(core, namespace, node, "b")
    _budget(policy, namespace, allowed=1)
    _evict(core, namespace, "a")
    state = policy.read_namespaced_pod_disruption_budget("budget", namespace).status
    assert (state.disruptions_allowed, list(state.disrupted_pods)) == (0, ["a"])
    assert refusal(_evict, core, namespace, "b")["code"] == 429


def test_budget_that_was_just_changed_is_429_with_a_retry_after(
    core: Api, policy: Api, namespace: str, node: str
) -> None:
    _running(core, namespace, node)
    _budget(policy, namespace, allowed=1)
    policy.patch_namespaced_pod_disruption_budget("budget", namespace, {"spec": {"minAvailable": 2}})
    with pytest.raises(client.ApiException) as caught:
        _evict(core, namespace)
    headers: Any = caught.value.headers
    assert headers["Retry-After"] == "10"
    assert "still being processed" in str(caught.value.body)


def test_two_budgets_on_one_pod_are_500(core: Api, policy: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    _budget(policy, namespace, "one", allowed=1)
    _budget(policy, namespace, "two", allowed=1)
    status = refusal(_evict, core, namespace)
    assert (status["code"], status["message"]) == (
        500,
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    )


@pytest.mark.parametrize("phase", ["Pending", "Succeeded", "Failed"])
def test_budget_does_not_ask_for_pods_that_do_not_run(
    core: Api, policy: Api, namespace: str, node: str, phase: str
) -> None:
    _running(core, namespace, node)
    _budget(policy, namespace, allowed=0)
    core.patch_namespaced_pod_status("web", namespace, {"status": {"phase": phase}})
    _evict(core, namespace)
    assert policy.read_namespaced_pod_disruption_budget("budget", namespace).status.disrupted_pods is None


@pytest.mark.parametrize(
    "unhealthy, healthy, code",
    [
        ("IfHealthyBudget", 3, 201),
        ("IfHealthyBudget", 2, 429),
        (None, 2, 429),
        ("AlwaysAllow", 2, 201),
    ],
)
def test_unhealthy_pod_goes_as_its_budget_says(  # noqa: PLR0917 - three of them are the row
    raw: httpx.Client, core: Api, policy: Api, namespace: str, node: str, unhealthy: str | None, healthy: int, code: int
) -> None:
    _running(core, namespace, node, ready=False)
    _budget(policy, namespace, allowed=0, spec={"unhealthyPodEvictionPolicy": unhealthy} if unhealthy else None)
    policy.patch_namespaced_pod_disruption_budget_status("budget", namespace, {"status": {"currentHealthy": healthy}})
    path = f"/api/v1/namespaces/{namespace}/pods/web/eviction"
    assert raw.post(path, json=_eviction("web", namespace)).status_code == code


def test_dry_run_evicts_nothing_and_spends_nothing(core: Api, policy: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    _budget(policy, namespace, allowed=1)
    _evict(core, namespace, dryRun=["All"])
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_timestamp is None
    assert policy.read_namespaced_pod_disruption_budget("budget", namespace).status.disruptions_allowed == 1


def test_dry_run_is_refused_by_a_spent_budget(core: Api, policy: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    _budget(policy, namespace, allowed=0)
    assert refusal(_evict, core, namespace, dryRun=["All"])["code"] == 429


def test_terminating_namespace_is_403_with_its_cause(core: Api, namespace: str, node: str) -> None:
    _running(core, namespace, node)
    core.delete_namespace(namespace)
    status = refusal(_evict, core, namespace)
    assert (status["code"], status["details"]["causes"][0]["reason"]) == (403, "NamespaceTerminating")
