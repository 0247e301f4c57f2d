"""The sweep takes back what no refresh at work stands behind: on nodes, and of replicas; and nothing else."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.model.names import ImageRef
from functions.probe import ProbeKind, manifest
from functions.reply import Reply
from sandbox import deployment
from sandbox.objects.kinds import name_of
from sandbox.scenarios import rights, runbook
from tests.e2e.smallest import IMAGE, OTHER, REPLICAS, STALE, WORKER
from tests.proof.gate import Life
from tests.proof.laboratory import Laboratory
from tests.proof.product import Message
from tests.proof.story import SWEEP, Story

REFRESH = "earlier"
FOUND = {"unschedulable": False, "at": "2026-11-24T12:00:00Z", "scaleDownDisabled": None}
CORDON = {
    "labels": {"repull.dev/cordoned-by": REFRESH},
    "annotations": {"repull.dev/before": json.dumps(FOUND | {"excludeFromLoadBalancers": None})},
}
MARKS = {"repull.dev/refresh": REFRESH, "repull.dev/outcome": "renewed", "repull.dev/stale": REFRESH}
SWEEPS = 20
TAINT = {"key": "repull.dev/stale", "effect": "NoSchedule"}


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    """One node is cordoned by a refresh, the other was, and a person has opened it; and there are no replicas."""
    opened.prepare()
    opened.background.run(rights.let_scale(opened.stage))
    for name, cordoned in ((STALE, True), (OTHER, False)):
        labels = CORDON["labels"] | (MARKS if cordoned else {})
        spec = {"unschedulable": cordoned, "taints": [TAINT] if cordoned else None}
        patch(opened, "nodes", name, {"metadata": CORDON | {"labels": labels}, "spec": spec})
    noted = {"labels": {"repull.dev/scaled-by": REFRESH}, "annotations": {"repull.dev/replicas": str(REPLICAS)}}
    patch(opened, "deployments", WORKER, {"metadata": noted, "spec": {"replicas": 0}}, runbook.NAMESPACE)
    yield opened
    none = {"metadata": {part: dict.fromkeys(keys) for part, keys in noted.items()}, "spec": {"replicas": REPLICAS}}
    patch(opened, "deployments", WORKER, none, runbook.NAMESPACE)


def test_what_a_deleted_refresh_has_left_is_taken_back(here: Laboratory) -> None:
    assert swept_until(here, set()) == (set(), set(), REPLICAS)


def test_what_an_ended_refresh_has_left_is_taken_back(here: Laboratory) -> None:
    """But for the cordon after a renewal that nothing proves."""
    refresh(here, phase="Failed")
    cordon = {"cordon", "repull.dev/cordoned-by", "repull.dev/before"}
    assert swept_until(here, cordon) == (cordon, set(), REPLICAS)


def test_what_a_deleted_refresh_has_left_does_not_wait_for_its_namesake_to_begin(here: Laboratory) -> None:
    """It was opened again, and waits for another that is at work, or held for days."""
    refresh(here, phase="Pending")
    assert swept_until(here, set()) == (set(), set(), REPLICAS)


def test_what_a_deleted_refresh_has_left_is_taken_back_where_its_namesake_begins(here: Laboratory) -> None:
    """No sweep has seen that it was gone; it was opened again, and aborted before it had begun."""
    slot = {"index": 0, "step": 0, "phase": "Choose"}
    refresh(here, phase="Pending", aborting=True, stopping="aborted by message", slots=[slot])
    step = {"action": "continue", "cluster": deployment.CLUSTER_KEY, "refresh": REFRESH, "slot": 0, "step": 0}
    assert Story(laboratory=here).deliver(Message(id="m-0", body=step)) is Reply.HANDLED
    assert left(here) == (set(), set(), REPLICAS)


def test_what_a_deleted_refresh_has_left_is_taken_back_where_its_namesake_is_too_old_to_begin(
    here: Laboratory,
) -> None:
    """A backup has brought it back; once it is over, its cordon would be taken for that of an unproven renewal."""
    refresh(here, phase="Pending")
    here.time.skip(timedelta(days=1).total_seconds())
    step = {"action": "continue", "cluster": deployment.CLUSTER_KEY, "refresh": REFRESH, "slot": 0, "step": 0}
    assert Story(laboratory=here).deliver(Message(id="m-0", body=step)) is Reply.HANDLED
    assert here.world.view.get("noderefreshes", REFRESH)["status"]["phase"] == "Failed"
    assert left(here) == (set(), set(), REPLICAS)


def test_a_node_that_was_left_to_a_deleted_refresh_unproven_is_not_opened_where_its_namesake_begins(
    here: Laboratory,
) -> None:
    """It had taken over what an even earlier one had renewed in vain; everything else is taken back."""
    noted = json.dumps(FOUND | {"refresh": REFRESH, "renewed": "even-earlier", "excludeFromLoadBalancers": None})
    patch(here, "nodes", STALE, {"metadata": {"annotations": {"repull.dev/before": noted}}})
    slot = {"index": 0, "step": 0, "phase": "Choose"}
    refresh(here, phase="Pending", aborting=True, stopping="aborted by message", slots=[slot])
    step = {"action": "continue", "cluster": deployment.CLUSTER_KEY, "refresh": REFRESH, "slot": 0, "step": 0}
    story = Story(laboratory=here)
    assert story.deliver(Message(id="m-0", body=step)) is Reply.HANDLED
    assert here.world.view.get("noderefreshes", REFRESH)["status"]["phase"] == "Aborted"
    assert left(here) == ({"cordon", "repull.dev/cordoned-by", "repull.dev/before"}, set(), REPLICAS)
    assert story.deliver(SWEEP) is Reply.HANDLED
    told = [line["message"] for line in story.mail.lines if line["message"].startswith(f"node {STALE} stays cordoned")]
    assert [("even-earlier has had its machine renewed" in said) for said in told] == [True]


@pytest.mark.parametrize(
    "kind, said",
    [
        ("patch nodes", f"takes back what {REFRESH} has left on "),
        ("patch deployments", f"gives Deployment {runbook.NAMESPACE}/{WORKER} its {REPLICAS} replicas back"),
        ("update leases", f"gives back the lease that {REFRESH} has left"),
    ],
    ids=["node", "replicas", "lease"],
)
def test_what_the_sweep_takes_back_is_said_though_it_dies_right_after_that(
    here: Laboratory, kind: str, said: str
) -> None:
    lease = {"metadata": {"name": "repull"}, "spec": {"holderIdentity": REFRESH}}
    here.background.run(here.world.admin.create("leases", lease, "repull"))
    assert said in "\n".join(said_until(here, SWEEP, kind))


@pytest.mark.parametrize(
    "whose, phase, hours, left",
    [
        pytest.param(REFRESH, "", 0, [], id="deleted"),
        pytest.param(REFRESH, "Failed", 0, [], id="over"),
        pytest.param(REFRESH, "Running", 0, ["probe-left"], id="at-work"),
        pytest.param("", "", 0, ["probe-left"], id="a-persons-of-now"),
        pytest.param("", "", 2, [], id="a-persons-of-long-ago"),
    ],
)
def test_a_probe_is_taken_away_where_nobody_waits_for_it(
    here: Laboratory, whose: str, phase: str, hours: int, left: list[str]
) -> None:
    """Its process was killed, or it could not be deleted when its run ended."""
    if phase:
        expires = (here.time.now() + timedelta(hours=1)).isoformat()
        slot = {"index": 0, "step": 3, "phase": "Choose", "holder": "h", "holderExpires": expires}
        refresh(here, phase=phase, slots=[slot])
    pod = manifest(ProbeKind.ACCESS, ImageRef.parse(IMAGE), node=OTHER, of="left", seconds=600)
    pod["metadata"]["name"] = "probe-left"
    pod["metadata"]["labels"] |= {"repull.dev/refresh": whose} if whose else {}
    here.background.run(here.world.admin.create("pods", pod, "repull"))
    here.time.skip(hours * 3600)
    try:
        sweep(here)
        assert [name_of(each) for each in here.world.view.list("pods", "repull")] == left
    finally:
        if here.world.view.list("pods", "repull"):
            here.background.run(here.world.admin.delete("pods", "probe-left", "repull", grace=0))


def test_what_a_namesake_takes_back_is_said_though_it_dies_right_after_that(here: Laboratory) -> None:
    slot = {"index": 0, "step": 0, "phase": "Choose"}
    refresh(here, phase="Pending", aborting=True, stopping="aborted by message", slots=[slot])
    step = {"action": "continue", "cluster": deployment.CLUSTER_KEY, "refresh": REFRESH, "slot": 0, "step": 0}
    said = said_until(here, Message(id="m-0", body=step), "patch nodes")
    assert said[-1].startswith(f"takes back what an earlier {REFRESH} has left on "), said


def test_what_a_refresh_at_work_needs_is_left_alone(here: Laboratory) -> None:
    expires = (here.time.now() + timedelta(hours=1)).isoformat()
    slot = {"index": 0, "step": 3, "phase": "AwaitRemoval", "holder": "h", "holderExpires": expires, "node": STALE}
    refresh(here, phase="Running", slots=[slot])
    before = left_on(here, STALE)
    for _ in range(3):
        sweep(here)
    assert "repull.dev/stale" in before
    assert (left_on(here, STALE), replicas(here)) == (before, 0)


@pytest.mark.parametrize("phase", ["Running", "Failed"])
@pytest.mark.parametrize("renewed", [False, True])
def test_a_cordon_that_its_refresh_has_lost_is_given_back_or_told(
    here: Laboratory,
    phase: str,
    renewed: bool,  # noqa: FBT001 - a column
) -> None:
    """Somebody has written another node into the slot: no run comes back to this one, nor says what became of it."""
    noted = json.dumps(FOUND | {"refresh": REFRESH, "renewed": REFRESH * renewed, "excludeFromLoadBalancers": None})
    patch(here, "nodes", STALE, {"metadata": {"annotations": {"repull.dev/before": noted}}})
    expires = (here.time.now() + timedelta(hours=1)).isoformat()
    slot = {"index": 0, "step": 3, "phase": "Drain", "holder": "h", "holderExpires": expires, "node": OTHER}
    refresh(here, phase=phase, slots=[slot])
    story = Story(laboratory=here)
    assert story.deliver(SWEEP) is Reply.HANDLED
    cordon = {"cordon", "repull.dev/cordoned-by", "repull.dev/before"}
    told = [line["message"] for line in story.mail.lines if line["message"].startswith(f"node {STALE} stays cordoned")]
    assert left_on(here, STALE) & cordon == (cordon if renewed else set())
    assert [f"kubectl uncordon {STALE}" in said for said in told] == [True] * renewed


def said_until(here: Laboratory, message: Message, kind: str) -> list[str]:
    """By an invocation that dies right after its first call of a kind."""
    story = Story(laboratory=here)

    def dying(life: Life) -> None:
        life.last = life.calls[-1] == kind

    assert story.deliver(message, dying) is None, story.told()
    return [line["message"] for line in story.mail.lines]


def swept_until(here: Laboratory, stale: set[str]) -> tuple[set[str], set[str], int]:
    """What is left on the two nodes, and the replicas; a node that somebody else is at is the next sweep's."""
    for _ in range(SWEEPS):
        sweep(here)
        if left(here) == (stale, set(), REPLICAS):
            break
    return left(here)


def left(here: Laboratory) -> tuple[set[str], set[str], int]:
    return left_on(here, STALE), left_on(here, OTHER), replicas(here)


def sweep(here: Laboratory) -> None:
    assert Story(laboratory=here).deliver(SWEEP) is Reply.HANDLED


def refresh(here: Laboratory, **status: Any) -> None:
    spec = {"cluster": deployment.CLUSTER_KEY, "method": "Reset", "maxUnavailable": "1"}
    kind = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh"}
    made = {**kind, "metadata": {"name": REFRESH}, "spec": spec}
    here.background.run(here.world.admin.create("noderefreshes", made))
    patch(here, "noderefreshes/status", REFRESH, {"status": status})


def left_on(here: Laboratory, name: str) -> set[str]:
    """What is ours on the node, and whether it is cordoned."""
    (node,) = (each for each in here.world.view.list("nodes") if each["metadata"]["name"] == name)
    marks = (*(node["metadata"].get("labels") or {}), *(node["metadata"].get("annotations") or {}))
    taints = [each["key"] for each in node["spec"].get("taints") or ()]
    found = {each for each in (*marks, *taints) if each.startswith("repull.dev/")}
    return found | ({"cordon"} if node["spec"].get("unschedulable") else set())


def replicas(here: Laboratory) -> int:
    number: int = here.world.view.get("deployments", WORKER, runbook.NAMESPACE)["spec"]["replicas"]
    return number


def patch(here: Laboratory, resource: str, name: str, change: dict[str, Any], namespace: str = "") -> None:
    here.background.run(here.world.admin.patch(resource, name, change, namespace))
