"""The evictions of one round, which are asked for side by side."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from functions import events, ownership
from functions.errors import Retryable
from functions.hold import Hold
from functions.model.refresh import Phase, RefreshSpec
from functions.phases import drain as phase
from functions.phases.evicting import AT_FIRST, OF_ONE_CONTROLLER, Drain
from functions.ports import View
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.product import KEY
from tests.contract.adapters.server import Server

READY = {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
OF_ONE_POD = "statefulset.kubernetes.io/pod-name"


def test_one_that_fails_hides_none_of_the_others(server: Server) -> None:
    """Whatever was evicted is on record, in the order of the pods, before the failure is raised.

    That they are about to be asked is said before, once for each: an answer may never come.
    """
    for name in ("p1", "p2", "p3"):
        server.pod(name, node="a")
    server.fault(verb="create", resource="pods/eviction", name="p1", status=503)
    trail = Trail()
    hold = held(server.cluster, phase=Phase.DRAIN, node="a", audit=trail)
    with server.cluster.views.around("a") as view, pytest.raises(Retryable):
        Drain(hold, view).evict(view.pods())

    about = (events.EVICTING, ("default/p1", "default/p2", "default/p3"))
    assert trail.lines == [about, (events.EVICTED, "default/p2"), (events.EVICTED, "default/p3")]


def test_who_is_asked_again_is_told_of_once(server: Server) -> None:
    server.pod("p1", node="a")
    server.fault(verb="create", resource="pods/eviction", status=409)
    trail = Trail()
    hold = held(server.cluster, phase=Phase.DRAIN, node="a", audit=trail)
    with server.cluster.views.around("a") as view:
        drain = Drain(hold, view)
        for _ in range(2):
            drain.evict(view.pods())

    told = [(events.EVICTING, ("default/p1",)), (events.EVICTION_BLOCKED, "default/p1"), (events.EVICTED, "default/p1")]
    assert trail.lines == told


def test_who_was_evicted_is_not_asked_again_though_still_in_view(server: Server) -> None:
    server.pod("p1", node="a")
    hold = held(server.cluster, phase=Phase.DRAIN, node="a", audit=Trail())
    with server.cluster.views.around("a") as view:
        drain = Drain(hold, view)
        before = view.pods()
        assert drain.due(before) == before
        drain.evict(before)

        assert drain.due(before) == ()


def test_the_first_do_not_wait_until_the_controllers_of_all_are_known(server: Server) -> None:
    """Of a full node these have a thousand pods, and the first replacements take their time in any case."""
    server.node("a")
    for number in range(AT_FIRST + 2):
        owned_pod(server, f"p{number}", node="a", label="pod-template-hash")
    with drained_once(server):
        pass

    asked = [(call.verb, call.resource) for call in server.books if call.namespace == "default"]
    known, evicted = ("list", "pods"), ("create", "pods/eviction")
    assert [each for each in asked if each in {known, evicted}] == [known, *[evicted] * AT_FIRST, known]


@pytest.mark.parametrize("label", ["pod-template-hash", OF_ONE_POD])
def test_what_an_earlier_invocation_has_evicted_is_waited_for(server: Server, label: str) -> None:
    """Whether it handed over or died: of a StatefulSet under names that are not on the node any more."""
    *first, last = [f"web-{number}" for number in range(OF_ONE_CONTROLLER + 1)]
    server.node("a")
    server.node("b")
    for name in (*first, last):
        owned_pod(server, name, node="a", label=label, controller="web", grace=0)
        server.patch("pods/status", name, READY, "default")
    hold = holding(server)
    with server.cluster.views.around("a") as view:
        phase._round(hold, Drain(hold, view))
    assert [each.name for each in server.cluster.pods.on_node("a")] == [last]
    for name in first:
        owned_pod(server, name, node="b", label=label, controller="web")

    with server.cluster.views.around("a") as view:
        drain = Drain(hold, view)
        assert str(phase._round(hold, drain)).endswith(" on b is not ready yet")
        assert [each.name for each in server.cluster.pods.on_node("a")] == [last]

        for name in first:
            server.patch("pods/status", name, READY, "default")
        server.await_true(lambda: all(pod.ready for pod in view.siblings()))
        phase._round(hold, drain)
    assert server.cluster.pods.on_node("a") == ()


def test_a_controller_is_met_with_all_its_pods_though_some_are_evicted_later(server: Server) -> None:
    """A StatefulSet's have no label's value in common."""
    server.node("a")
    names = {f"db-{number}" for number in range(OF_ONE_CONTROLLER + 1)}
    for name in names:
        owned_pod(server, name, node="a", label=OF_ONE_POD, controller="db")
    with drained_once(server) as view:
        assert {pod.name for pod in view.siblings()} == names


def holding(server: Server) -> Hold:
    """Node `a`, which is cordoned now."""
    node = server.cluster.nodes.get("a")
    assert node
    server.changed("a", ownership.cordon(node, "r", cordoned_before=False, now=datetime.now(UTC)))
    hold = held(server.cluster, phase=Phase.DRAIN, node="a", audit=Trail())
    hold.update(node_uid=node.uid)
    return hold


@contextmanager
def drained_once(server: Server) -> Iterator[View]:
    """One round of the drain of node `a`."""
    hold = holding(server)
    with server.cluster.views.around("a") as view:
        assert isinstance(phase._round(hold, Drain(hold, view)), str)  # it goes on
        yield view


def owned_pod(server: Server, name: str, *, node: str, label: str, controller: str = "", grace: int = 30) -> None:
    """By a controller, of its own by default, which is there: a real garbage collector would take the pod away."""
    named = f"of-{controller or name}"
    owner = server.cluster.refreshes.get(named) or server.cluster.refreshes.create(named, RefreshSpec(cluster=KEY))
    assert owner
    reference = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "name": owner.name, "uid": owner.uid}
    metadata = {
        "ownerReferences": [reference | {"controller": True}],
        "labels": {label: name if label == OF_ONE_POD else owner.name},
    }
    containers = [{"name": "app", "image": "api:v1"}]
    spec = {
        "containers": containers,
        "schedulerName": "nobody",
        "nodeName": node,
        "terminationGracePeriodSeconds": grace,
    }
    server.create("pods", {"metadata": metadata | {"name": name, "namespace": "default"}, "spec": spec})
