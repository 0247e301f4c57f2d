"""Evictions: what a disruption budget allows, and in which words it refuses.

Budgets are counted by their controller: a test makes the pods that bring one to the state it is about.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from kubernetes import client

from tests.contract.kube.server import Api, Object, eventually, pod, refusal, told

RunPod = Callable[..., None]
MakeBudget = Callable[..., None]
Evict = Callable[..., Any]
STRANGER = "11111111-2222-3333-4444-555555555555"


def _eviction(name: str, namespace: str, **options: Any) -> Object:
    return {"metadata": {"name": name, "namespace": namespace}, "deleteOptions": options or None}


@pytest.fixture
def run(core: Api, namespace: str, node: str) -> RunPod:
    """Pods that a budget may select, as a kubelet would report them."""

    def running(*names: str, ready: bool = True, phase: str = "Running", **metadata: Any) -> None:
        for name in names:
            body = pod(name, node=node, labels={"app": "web"})
            body["metadata"].update(metadata)
            core.create_namespaced_pod(namespace, body)
            condition = {"type": "Ready", "status": "True" if ready else "False"}
            core.patch_namespaced_pod_status(name, namespace, {"status": {"phase": phase, "conditions": [condition]}})

    return running


@pytest.fixture
def budget(policy: Api, namespace: str) -> MakeBudget:
    """A budget of three pods, once its controller has counted so many healthy ones."""

    def made(*names: str, healthy: int, **spec: Any) -> None:
        wanted = names or ("budget",)
        for name in wanted:
            selector = {"matchLabels": {"app": "web"}}
            body = {"metadata": {"name": name}, "spec": {"selector": selector, "minAvailable": 3, **spec}}
            policy.create_namespaced_pod_disruption_budget(namespace, body)

        def counted() -> bool:
            states = [_status(policy, namespace, name) for name in wanted]
            return all((each.observed_generation, each.current_healthy) == (1, healthy) for each in states)

        eventually(counted)

    return made


@pytest.fixture
def evict(core: Api, namespace: str) -> Evict:
    def evicted(name: str = "web", **options: Any) -> Any:
        return core.create_namespaced_pod_eviction(name, namespace, _eviction(name, namespace, **options))

    return evicted


def _status(policy: Api, namespace: str, name: str = "budget") -> Any:
    return policy.read_namespaced_pod_disruption_budget(name, namespace).status


def test_eviction_deletes_with_grace_and_says_why(core: Api, namespace: str, run: RunPod, evict: Evict) -> None:
    run("web")
    evict()
    going = core.read_namespaced_pod("web", namespace)
    assert going.metadata.deletion_grace_period_seconds == 30
    reasons = {each.type: each.reason for each in going.status.conditions}
    assert reasons["DisruptionTarget"] == "EvictionByEvictionAPI"


def test_grace_may_be_another(core: Api, namespace: str, run: RunPod, evict: Evict) -> None:
    run("web")
    evict(gracePeriodSeconds=5)
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_grace_period_seconds == 5


def test_eviction_answers_201_with_a_status(raw: httpx.Client, namespace: str, run: RunPod) -> None:
    run("web")
    body = {**_eviction("web", namespace), "apiVersion": "policy/v1", "kind": "Eviction"}
    answer = raw.post(f"/api/v1/namespaces/{namespace}/pods/web/eviction", json=body)
    assert (answer.status_code, answer.json()["status"]) == (201, "Success")


def test_pod_that_goes_already_may_be_evicted_again(run: RunPod, budget: MakeBudget, evict: Evict) -> None:
    run("web", "b", "c", "d")
    budget(healthy=4)
    evict()
    evict()


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_finished_pod_is_gone_at_once(core: Api, namespace: str, run: RunPod, evict: Evict, phase: str) -> None:
    run("web", ready=False, phase=phase)
    evict()
    assert refusal(core.read_namespaced_pod, "web", namespace)["code"] == 404


def test_name_must_be_the_same_in_body_and_url(core: Api, namespace: str, run: RunPod) -> None:
    run("web")
    status = refusal(core.create_namespaced_pod_eviction, "web", namespace, _eviction("other", namespace))
    assert (status["code"], status["message"]) == (400, "name in URL does not match name in Eviction object")


def test_missing_pod_is_404(evict: Evict) -> None:
    assert refusal(evict)["message"] == 'pods "web" not found'


@pytest.mark.parametrize("precondition", [{"uid": STRANGER}, {"resourceVersion": "1"}])
def test_another_pod_than_the_one_that_is_meant_is_409(run: RunPod, evict: Evict, precondition: Object) -> None:
    run("web")
    status = refusal(evict, preconditions=precondition)
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert status["message"].startswith('Operation cannot be fulfilled on Pod "web": the ')


def test_spent_budget_is_429_and_names_itself(
    core: Api, namespace: str, run: RunPod, budget: MakeBudget, evict: Evict
) -> None:
    run("web", "b")
    budget(healthy=2)
    with pytest.raises(client.ApiException) as caught:
        evict()
    headers: Any = caught.value.headers
    assert "Retry-After" not in headers
    status = refusal(evict)
    assert (status["code"], status["reason"]) == (429, "TooManyRequests")
    assert status["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    message = "The disruption budget budget needs 3 healthy pods and has 2 currently"
    assert status["details"] == {"causes": [{"reason": "DisruptionBudget", "message": message}]}
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_timestamp is None


def test_each_eviction_spends_the_budget(  # noqa: PLR0917 - fixtures
    raw: httpx.Client, policy: Api, namespace: str, run: RunPod, budget: MakeBudget, evict: Evict
) -> None:
    run("a", "b", "c", "d")
    budget(healthy=4)
    before = _status(policy, namespace)
    assert before.disruptions_allowed == 1
    path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"
    start = raw.get(path).json()["metadata"]["resourceVersion"]
    evict("a")
    assert _status(policy, namespace).disruptions_allowed == 0
    assert refusal(evict, "b")["code"] == 429
    events = told(
        raw,
        path,
        until=lambda event: list(event["object"]["status"].get("disruptedPods", {})) == ["a"],
        resourceVersion=start,
    )
    states = [event["object"]["status"] for event in events]
    assert list(states[-1].get("disruptedPods", {})) == ["a"]
    assert {state["disruptionsAllowed"] for state in states} == {0}


def test_budget_that_can_not_be_counted_is_429_with_a_retry_after(
    policy: Api, namespace: str, run: RunPod, evict: Evict
) -> None:
    """As is one that was changed a moment ago: its controller has not seen this generation."""
    owner = {"apiVersion": "example.com/v1", "kind": "Herd", "name": "herd", "uid": STRANGER, "controller": True}
    run("web", ownerReferences=[owner])
    body = {"metadata": {"name": "budget"}, "spec": {"selector": {}, "maxUnavailable": 1}}
    policy.create_namespaced_pod_disruption_budget(namespace, body)
    eventually(lambda: [each.reason for each in _status(policy, namespace).conditions or ()] == ["SyncFailed"])
    with pytest.raises(client.ApiException) as caught:
        evict()
    headers: Any = caught.value.headers
    assert headers["Retry-After"] == "10"
    status = json.loads(caught.value.body or "")
    assert status["details"]["retryAfterSeconds"] == 10
    message = "The disruption budget budget is still being processed by the server."
    assert status["details"]["causes"] == [{"reason": "DisruptionBudget", "message": message}]


def test_two_budgets_on_one_pod_are_500(run: RunPod, budget: MakeBudget, evict: Evict) -> None:
    run("web", "b", "c", "d")
    budget("one", "two", healthy=4)
    status = refusal(evict)
    assert (status["code"], status["message"]) == (
        500,
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    )


@pytest.mark.parametrize("phase", ["Pending", "Succeeded", "Failed"])
def test_budget_does_not_ask_for_pods_that_do_not_run(  # noqa: PLR0917 - fixtures
    policy: Api, namespace: str, run: RunPod, budget: MakeBudget, evict: Evict, phase: str
) -> None:
    run("web", phase=phase, ready=False)
    budget(healthy=0)
    evict()
    assert not _status(policy, namespace).disrupted_pods


@pytest.mark.parametrize(
    "unhealthy, healthy, code",
    [
        ("IfHealthyBudget", 3, 201),
        ("IfHealthyBudget", 2, 429),
        (None, 3, 201),
        (None, 2, 429),
        ("AlwaysAllow", 2, 201),
    ],
)
def test_unhealthy_pod_goes_as_its_budget_says(  # noqa: PLR0917 - three of them are the row
    raw: httpx.Client, namespace: str, run: RunPod, budget: MakeBudget, unhealthy: str | None, healthy: int, code: int
) -> None:
    run("web", ready=False)
    run(*[f"healthy-{number}" for number in range(healthy)])
    budget(healthy=healthy, **{"unhealthyPodEvictionPolicy": unhealthy} if unhealthy else {})
    path = f"/api/v1/namespaces/{namespace}/pods/web/eviction"
    assert raw.post(path, json=_eviction("web", namespace)).status_code == code


@pytest.mark.parametrize("query", [{}, {"dryRun": "All"}])
def test_dry_run_evicts_nothing_and_spends_nothing(  # noqa: PLR0917 - fixtures
    raw: httpx.Client, core: Api, policy: Api, namespace: str, run: RunPod, budget: MakeBudget, query: dict[str, str]
) -> None:
    run("web", "b", "c", "d")
    budget(healthy=4)
    options: Object = {} if query else {"dryRun": ["All"]}
    path = f"/api/v1/namespaces/{namespace}/pods/web/eviction"
    assert raw.post(path, params=query, json=_eviction("web", namespace, **options)).status_code == 201
    assert core.read_namespaced_pod("web", namespace).metadata.deletion_timestamp is None
    assert _status(policy, namespace).disruptions_allowed == 1


def test_dry_run_is_refused_by_a_spent_budget(run: RunPod, budget: MakeBudget, evict: Evict) -> None:
    run("web")
    budget(healthy=1)
    assert refusal(evict, dryRun=["All"])["code"] == 429


def test_terminating_namespace_is_403_with_its_cause(core: Api, namespace: str, run: RunPod, evict: Evict) -> None:
    run("web", finalizers=["example.com/keep"])
    core.delete_namespace(namespace)
    status = refusal(evict)
    assert (status["code"], status["details"]["causes"][0]["reason"]) == (403, "NamespaceTerminating")
    core.patch_namespaced_pod("web", namespace, {"metadata": {"finalizers": None}})
