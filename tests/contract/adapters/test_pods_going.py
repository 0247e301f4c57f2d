"""Pods: evicted under budgets, and deleted."""

import pytest

from functions.errors import Refused, Retryable
from functions.ports import Eviction
from tests.contract.adapters.server import Server
from tests.contract.kube.server import fresh

LABELS = {"app": "ocr"}
SELECTOR = {"matchLabels": LABELS}


def test_an_eviction_that_a_budget_allows(server: Server) -> None:
    server.pod("ocr", node="a", labels=LABELS)
    server.pod("other", node="a", labels=LABELS)
    server.budget("pdb", least=1, allowed=1, selector=SELECTOR)

    answer = server.cluster.pods.evict(server.read("ocr"))

    assert answer.eviction is Eviction.EVICTED
    gone = server.diagnosed.pods.get("default", "ocr")
    assert gone is None or gone.deleting_since is not None


def test_an_eviction_that_a_budget_blocks_names_the_budget(server: Server) -> None:
    server.pod("ocr", node="a", labels=LABELS)
    server.budget("tight", least=1, allowed=0, selector=SELECTOR)

    answer = server.cluster.pods.evict(server.read("ocr"))

    assert answer.eviction is Eviction.BLOCKED
    assert "tight" in answer.message
    assert server.read("ocr").deleting_since is None


def test_an_eviction_that_two_budgets_claim(server: Server) -> None:
    server.pod("ocr", node="a", labels=LABELS)
    server.pod("other", node="a", labels=LABELS)
    server.budget("one", least=1, allowed=1, selector=SELECTOR)
    server.budget("two", least=1, allowed=1, selector=SELECTOR)

    assert server.cluster.pods.evict(server.read("ocr")).eviction is Eviction.MISCONFIGURED


def test_evicting_what_is_gone_or_another_pod_of_that_name(server: Server) -> None:
    server.pod("ocr")
    before = server.read("ocr")
    server.delete("pods", "ocr", "default")
    assert server.cluster.pods.evict(before).eviction is Eviction.GONE

    server.pod("ocr")
    assert server.cluster.pods.evict(before).eviction is Eviction.GONE
    assert server.read("ocr").deleting_since is None


def test_evicting_from_a_namespace_that_terminates(server: Server) -> None:
    going = fresh("going")  # how long it takes to go is its controller's affair
    server.namespace(going)
    container = {"name": "app", "image": "app:v1"}
    metadata = {"name": "ocr", "finalizers": ["test.example/hold"]}
    server.create("pods", {"metadata": metadata, "spec": {"nodeName": "a", "containers": [container]}}, going)
    server.delete("namespaces", going)
    pod = server.diagnosed.pods.get(going, "ocr")
    assert pod is not None

    assert server.cluster.pods.evict(pod).eviction is Eviction.NAMESPACE_TERMINATING


@pytest.mark.parametrize("status, raised", [(429, Retryable), (500, Retryable), (503, Retryable), (403, Refused)])
def test_an_eviction_that_says_nothing_about_the_pod(server: Server, status: int, raised: type[Exception]) -> None:
    """429 is also how a server says that it is busy: only the budget's cause makes it an answer."""
    server.pod("ocr", node="a")
    server.fault(resource="pods/eviction", status=status)

    with pytest.raises(raised):
        server.cluster.pods.evict(server.read("ocr"))

    assert len(server.books.calls(resource="pods/eviction")) == 1


def test_deleting_is_bound_to_the_uid(server: Server) -> None:
    server.pod("ocr")
    before = server.read("ocr")
    server.cluster.pods.delete(before, grace_seconds=0)
    server.cluster.pods.delete(before, grace_seconds=0)
    server.pod("ocr")

    server.cluster.pods.delete(before, grace_seconds=0)

    assert server.read("ocr").uid != before.uid


def test_deleting_with_the_pods_own_grace(server: Server) -> None:
    server.pod("ocr", node="a", terminationGracePeriodSeconds=17)

    server.cluster.pods.delete(server.read("ocr"))

    assert server.stored("pods", "ocr", "default")["metadata"]["deletionGracePeriodSeconds"] == 17
