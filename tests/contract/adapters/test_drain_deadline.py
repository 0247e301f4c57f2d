"""A drain whose last pod leaves as its time ends: the node is empty, whatever may still be made for that pod."""

from datetime import datetime, timedelta

import pytest

from functions import events, ownership, replacements
from functions.adapters.clock import WallClock
from functions.adapters.kube_views import KubeView
from functions.model.cluster import Pod
from functions.model.refresh import Phase
from functions.phases import drain
from functions.phases.result import Next
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.server import Server

DRAIN = timedelta(seconds=20)
"""Less than an invocation holds its slot for."""


class Leaping(WallClock):
    """`ports.Clock` that can be told that the drain's time is up."""

    def __init__(self) -> None:
        self.leapt = timedelta()

    def now(self) -> datetime:
        return super().now() + self.leapt


def served_on(server: Server, node: str) -> None:
    """A ready pod of a ReplicaSet, whose next pod has no place."""
    labels = {"app": "web"}
    spec = {"containers": [{"name": "app", "image": "api:v1"}], "terminationGracePeriodSeconds": 0}
    template = {"metadata": {"labels": labels}, "spec": spec | {"schedulerName": "nobody", "nodeName": node}}
    wanted = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    server.create("replicasets", {"metadata": {"name": "web", "namespace": "default"}, "spec": wanted})
    server.await_true(lambda: len(server.ring.list("pods")) == 1)
    server.patch("replicasets", "web", {"spec": {"template": {"spec": {"nodeName": None}}}}, "default")
    server.await_seen("replicasets", "web", "default")
    (pod,) = server.ring.list("pods")
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    server.patch("pods/status", pod["metadata"]["name"], {"status": status}, "default")


def test_a_node_that_is_empty_when_its_time_is_up_is_drained(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacements, "APPEARS_WITHIN", 2 * DRAIN)  # so that a replacement is still to come then
    server.node("a")
    served_on(server, "a")
    clock, trail, seen = Leaping(), Trail(), KubeView.pods
    hold = held(server.cluster, phase=Phase.DRAIN, node="a", audit=trail, clock=clock)
    node = server.cluster.nodes.get("a")
    assert node
    server.changed("a", ownership.cordon(node, hold.name, cordoned_before=False, now=clock.now()))
    hold.update(node_uid=node.uid, deadline=clock.now() + DRAIN)

    def look(view: KubeView) -> tuple[Pod, ...]:
        found = seen(view)
        clock.leapt = timedelta() if found else DRAIN
        return found

    monkeypatch.setattr(KubeView, "pods", look)
    result = drain.step(hold)

    assert [event for event, _ in trail.lines] == [events.EVICTING, events.EVICTED]
    assert isinstance(result, Next), result
    assert result.phase is Phase.RECHECK, result
