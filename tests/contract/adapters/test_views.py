"""What a drain looks at: listed once, and told from then on."""

import time
from collections.abc import Callable

import pytest

from functions.adapters import clock, kube_api, kube_kept, kube_watch
from functions.errors import Refused, Retryable
from functions.model.cluster import Pod
from functions.model.refresh import RefreshSpec
from functions.ports import View
from tests.contract.adapters.product import KEY
from tests.contract.adapters.server import Server

SECONDS = 60.0


def read(server: Server, name: str) -> Pod:
    pod = server.diagnosed.pods.get("default", name)
    assert pod is not None
    return pod


def names(view: View) -> list[str]:
    return [pod.name for pod in view.pods()]


def until(view: View, holds: Callable[[], bool]) -> None:
    """Told by the view alone."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        view.wait(0.2)


def test_what_changes_is_told_and_costs_no_request(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube_kept, "LISTED_AGAIN", 600.0)
    server.node("a")
    server.pod("first", node="a")
    server.pod("elsewhere", node="b")
    with server.cluster.views.around("a") as view:
        assert names(view) == ["first"]
        assert view.node() is not None
        asked = len(server.books.calls(verb="list"))

        server.pod("again", node="a")
        until(view, lambda: names(view) == ["again", "first"])
        server.delete("pods", "first", "default")
        until(view, lambda: names(view) == ["again"])
        server.cordon("a")
        until(view, lambda: bool((node := view.node()) and node.unschedulable))
        server.delete("nodes", "a")
        until(view, lambda: view.node() is None)

        assert len(server.books.calls(verb="list")) == asked


def test_changes_in_quick_succession_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    bell = kube_kept.Bell()
    paused: list[float] = []

    def meanwhile(seconds: float) -> None:
        paused.append(seconds)
        bell.ring()

    monkeypatch.setattr(clock, "pause", meanwhile)
    bell.ring()

    bell.wait(SECONDS)
    bell.wait(0)

    assert paused == [kube_kept.MOMENT]  # what rang in that moment does not ring again


def test_siblings_that_come_and_go_are_told(server: Server) -> None:
    labels = {"pod-template-hash": "5d4c977d6c"}
    owned(server, "web-0", "web", labels)
    with server.cluster.views.around("a") as view:
        view.meet([read(server, "web-0")])

        owned(server, "web-1", "web", labels)
        owned(server, "api-0", "api", labels)
        until(view, lambda: {pod.name for pod in view.siblings()} == {"web-0", "web-1"})
        server.delete("pods", "web-0", "default")
        until(view, lambda: {pod.name for pod in view.siblings()} == {"web-1"})


def test_a_broken_watch_begins_again_from_a_list(server: Server) -> None:
    fault = server.fault(verb="watch", resource="pods", status=410, times=2)
    with server.cluster.views.around("a") as view:
        assert names(view) == []
        until(view, lambda: fault.seen > 2)

        server.pod("late", node="a")

        until(view, lambda: names(view) == ["late"])


def test_a_server_that_refuses_to_be_watched_is_asked_less_and_less_often(server: Server) -> None:
    server.fault(verb="watch", resource="pods", status=503, times=1000)
    began = time.monotonic()
    with server.cluster.views.around("a") as view:
        until(view, lambda: len(server.books.calls(verb="list", resource="pods")) > 5)

    assert time.monotonic() - began > kube_watch.PAUSE * (1 + 2 + 4 + 8 + 16)


def test_a_watch_that_worked_is_begun_again_soon() -> None:
    """However many had failed before it."""
    pauses = [0.0]
    for worked in (False, False, False, True, False):
        pauses.append(kube_kept.next_pause(pauses[-1], worked=worked))

    assert pauses[1:] == [0.2, 0.4, 0.8, 0.2, 0.4]
    assert kube_kept.next_pause(3.2, worked=False) == kube_kept.LONGEST_PAUSE


def test_a_watch_that_tells_nothing_is_not_trusted_for_long(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube_kept, "LISTED_AGAIN", 0.3)
    with server.cluster.views.around("a") as view:
        view.pods()
        before = len(server.books.calls(verb="list", resource="pods"))

        until(view, lambda: len(server.books.calls(verb="list", resource="pods")) > before)


@pytest.mark.parametrize("status, error", [(403, Refused), (503, Retryable)])
def test_a_look_says_why_it_can_see_nothing(server: Server, status: int, error: type[Exception]) -> None:
    server.fault(verb="list", resource="pods", status=status, times=9)
    with server.cluster.views.around("a") as view, pytest.raises(error):
        view.pods()


def test_it_ends_at_once_though_its_watches_are_silent(server: Server) -> None:
    with server.cluster.views.around("a") as view:
        view.pods()
        until(view, lambda: len(server.books.calls(verb="watch")) == 2)
        began = time.monotonic()

    assert time.monotonic() - began < kube_kept.LISTED_AGAIN / 3


def test_waiting_ends_after_its_time(server: Server) -> None:
    with server.cluster.views.around("a") as view:
        view.pods()
        view.node()
        view.wait(0)
        began = time.monotonic()

        view.wait(0.3)

    assert time.monotonic() - began > 0.25


def owned(server: Server, name: str, by: str, labels: dict[str, str]) -> None:
    """The owner must be there, or a real garbage collector takes the pod away."""
    owner = server.cluster.refreshes.get(by) or server.cluster.refreshes.create(by, RefreshSpec(cluster=KEY))
    assert owner is not None
    reference = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "name": by, "uid": owner.uid}
    metadata = {"name": name, "namespace": "default", "labels": labels}
    controller = {"ownerReferences": [reference | {"controller": True}]}
    containers = [{"name": "app", "image": "api:v1"}]
    spec = {"containers": containers, "schedulerName": "nobody"}
    server.create("pods", {"metadata": metadata | controller, "spec": spec})


@pytest.mark.parametrize(
    "labels",
    [
        {"pod-template-hash": "5d4c977d6c"},
        {"statefulset.kubernetes.io/pod-name": "web-0", "app": "web"},
        {"batch.kubernetes.io/controller-uid": "7a1b"},
        {"app": "of-an-unknown-kind"},
    ],
    ids=lambda labels: next(iter(labels)),
)
def test_siblings_have_the_same_controller(server: Server, labels: dict[str, str]) -> None:
    """Whatever label they have in common with others."""
    for name, owner in (("web-0", "web"), ("web-1", "web"), ("api-0", "api")):
        owned(server, name, owner, labels)
    server.pod("bare", labels=labels)

    with server.cluster.views.around("a") as view:
        found = view.meet((read(server, "web-0"), read(server, "bare")))

        assert [pod.name for pod in found] == ["web-0", "web-1"]


def test_only_pods_with_the_labels_of_a_controller_are_looked_at(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A namespace may have thousands; a page of one would show it."""
    monkeypatch.setattr(kube_api, "PAGE", 1)
    owned(server, "web-0", "web", {"pod-template-hash": "5d4c977d6c"})
    for name in ("a", "b", "c"):
        server.pod(name)
    before = len(server.books.calls(verb="list", resource="pods"))

    with server.cluster.views.around("a") as view:
        assert [pod.name for pod in view.meet([read(server, "web-0")])] == ["web-0"]
        view.pods()

    assert len(server.books.calls(verb="list", resource="pods")) == before + 2
