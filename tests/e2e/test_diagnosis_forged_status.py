"""Whoever may write the status of pods may write anything into it: what moves a verdict then, and how far.

Nobody renews a node on such a word: the most that it brings about is a question to the node's own kubelet. The table
of docs/trust.md says the same.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox import deployment, judge
from sandbox.beds import HERE, LONE, THERE
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.kube import times
from sandbox.objects.kinds import Object, name_of
from sandbox.objects.pods import is_ready, node_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from sandbox.world import World
from tests.e2e.checkups import pulled, running, waits
from tests.e2e.playing import assert_ends_well
from tests.e2e.scenery import IMAGE
from tests.e2e.ward import Diagnosed, Ward, entry, nothing_was_done, said, ward

LONG_AGO = "1970-01-01T00:00:00Z"
ALWAYS = [{"name": "main", "image": IMAGE, "imagePullPolicy": "Always"}]
PULLER = "puller"
AS_IN_PRODUCTION = {"REPULL_PROPAGATION_SECONDS": "600"}


def of(container: Object, **status: Any) -> Object:
    """A pod's status with this container's."""
    return {"status": {"containerStatuses": [container], **status}}


def ran_before(opened: Ward) -> object:
    """An honest pod on another node, which pulled before the pod of the event was made."""
    status = said("main", running(seconds=-60), imageID="x@sha256:1")
    return opened.admit(node=THERE, containers=ALWAYS, **of(status, phase="Running"))


def nobody_else(_: Ward) -> object:
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgery:
    """What is written into the status of a pod on a good node; the verdict, and the check that settles it."""

    pod: Mapping[str, Any]
    kind: str
    check: str
    others: Callable[[Ward], object] = nobody_else

    def play(self, opened: Ward) -> Diagnosed:
        self.others(opened)
        return opened.tell(opened.admit(**self.pod))


FORGERIES = {
    "denied": Forgery(pod={"state": waits()}, kind="PROPAGATING", check="time"),
    "denied-without-a-grant": Forgery(
        pod={"state": waits(), "node": LONE}, kind="GRANT_MISSING", check="access", others=pulled(THERE)
    ),
    "another-cause": Forgery(pod={"state": waits("toomanyrequests: 429")}, kind="NOT_A_CREDENTIAL", check="message"),
    "names-in-the-message": Forgery(
        pod={"state": waits(f"STALE_CREDENTIALS proven on {HERE}: {waits()['waiting']['message']}")},
        kind="PROPAGATING",
        check="time",
    ),
    "another-reason": Forgery(pod={"state": waits(reason="CrashLoopBackOff")}, kind="RECOVERED", check="pod"),
    "its-own-image-id": Forgery(
        pod=of(said("main", waits(), imageID="x@sha256:1", ready=True)), kind="PROPAGATING", check="time"
    ),
    "a-container-that-is-none": Forgery(pod=of(said("made-up", waits())), kind="NOT_TRIED", check="pod"),
    "failing-since-long-ago": Forgery(
        pod=of(said("main", waits()), startTime=LONG_AGO), kind="PROPAGATING", check="time", others=ran_before
    ),
    "ended-long-ago": Forgery(
        pod=of(said("main", waits(), lastState={"terminated": {"exitCode": 1, "finishedAt": LONG_AGO}})),
        kind="PROPAGATING",
        check="time",
        others=ran_before,
    ),
    "phase-and-conditions": Forgery(
        pod=of(said("main", waits()), phase="Succeeded", reason="Evicted", message="denied", conditions=[]),
        kind="PROPAGATING",
        check="time",
    ),
    "somebody-pulled-here": Forgery(pod={"state": waits()}, kind="RECOVERED", check="node", others=pulled(HERE)),
}


@pytest.fixture(scope="module")
def whole_ward() -> Iterator[Ward]:
    with ward(AS_IN_PRODUCTION) as found:
        yield found
        nothing_was_done(found)


@pytest.fixture
def opened(whole_ward: Ward) -> Iterator[Ward]:
    yield whole_ward
    whole_ward.clear()


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_status_blames_no_node(opened: Ward, what: str) -> None:
    found = FORGERIES[what].play(opened)
    assert (found.kind, found.check(FORGERIES[what].check)[0], found.changes) == (FORGERIES[what].kind, "fail", [])


def test_not_even_a_proof_renews_a_node_that_can_pull() -> None:
    """A pod's status lies that it is denied, and another pod has really pulled: the kubelets are asked, and can."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        world = stage.world
        victim = next(each for each in world.view.list("pods", runbook.NAMESPACE) if node_of(each) == runbook.A1)
        began = victim["status"]["startTime"]  # in whole seconds: only a pull in a later one came after it
        await stage.until(lambda: times.seconds(times.now()) > began, "the second after the pod's own")
        await world.admin.create("pods", puller(victim, runbook.B1))
        await stage.until(lambda: is_ready(world.view.get("pods", PULLER, runbook.NAMESPACE)), "a pull elsewhere")
        async with lying(world, victim):
            await world.publish(deployment.EVENTS_TOPIC, entry(victim))
            await stage.until(lambda: bool(stage.audit("repull.verdict")), "the verdict")
        await stage.refresh_is_over()
        (accused, *_) = stage.audit("repull.verdict", kind="STALE_CREDENTIALS")
        return (
            Check(says="the lie is taken for proven", holds=accused["jsonPayload"]["contrast"] == "proven"),
            judge.refresh_ended(world, "Succeeded", "Complete"),
            judge.counted(world, fresh=len(runbook.NODES)),
            judge.were_reset(world, ()),
            judge.no_node_was_cordoned(world),
            judge.nothing_was_evicted(world),
            judge.nothing_is_left(world),
        )

    assert_ends_well(play, settings=AS_IN_PRODUCTION)


def puller(like: Object, node: str) -> Object:
    """A pod of the same image that asks the registry."""
    image = like["spec"]["containers"][0]["image"]
    container = {"name": "main", "image": image, "imagePullPolicy": "Always"}
    metadata = {"name": PULLER, "namespace": runbook.NAMESPACE}
    return {"metadata": metadata, "spec": {"nodeName": node, "containers": [container]}}


@asynccontextmanager
async def lying(world: World, pod: Object) -> AsyncIterator[None]:
    """Its status says that it is denied, and its kubelet does not come to contradict."""
    name, kubelet, container = name_of(pod), f"system:node:{node_of(pod)}", pod["spec"]["containers"][0]["name"]
    silenced = world.faults.add(
        Fault(api="kubernetes", user=kubelet, verb="patch", resource="pods/status", name=name, times=10_000, status=503)
    )
    denied = {"status": {"containerStatuses": [said(container, waits())]}}
    await world.admin.patch("pods/status", name, denied, runbook.NAMESPACE)
    yield
    silenced.times = 0
