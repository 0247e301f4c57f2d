"""Beside the ten pods: whatever else real kubelets and containerd have to say about an image, a pod for each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.google.logstore import Entry
from sandbox.judge import Check
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import is_ready
from sandbox.scenarios import workloads
from sandbox.scenarios.stage import Stage
from sandbox.world import World
from tests.e2e import tenpods
from tests.e2e.standing import Standing, as_json
from tests.e2e.tenpods import GOOD, STALE

NAMESPACE = "kubelets"
PRESENT = "present"
"""Runs on the stale node with an image that was there already."""
ALWAYS = 10**6
Line = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A pod, what keeps its image away, and what the function has to say.

    `cause` is the kubelet's, `check` and `status` what settles it. `early` may be said before the world stands.
    `wakes` is whether the sink lets an event of its kubelet through at all.
    """

    pod: str
    image: str
    kind: str
    cause: str
    check: str
    status: str = "fail"
    node: str = GOOD
    early: tuple[str, ...] = ()
    wakes: bool = True
    fault: int = 0  # the registry answers so
    passes: bool = False  # after the first failure
    container: dict[str, Any] = field(default_factory=dict)


def of_ten(pod: str, kind: str, cause: str, check: str, **more: Any) -> Case:
    """One of the ten pods."""
    node, image = tenpods.FAILING[pod]
    return Case(pod=pod, image=image, node=node, kind=kind, cause=cause, check=check, **more)


def named(name: str) -> str:
    """An image of the repository that everybody pulls from."""
    return f"{deployment.IMAGES}/{name}"


BEFORE_ITS_STATUS = ("NOT_TRIED",)
"""A kubelet tells of a failure by an event first, then by the pod's status: in between nothing is known of a try."""
TEN = (
    # Into a repository that is nobody's the function can't look either, and says so.
    of_ten("no-project-grant", "UNKNOWN", "auth_denied", "image", status="unknown"),
    of_ten("no-repository-grant", "GRANT_MISSING", "auth_denied", "access"),
    of_ten("workload-grant", "GRANT_MISSING", "auth_denied", "access"),
    of_ten("no-image", "IMAGE_MISSING", "not_found", "message"),
    of_ten("no-tag", "IMAGE_MISSING", "not_found", "message"),
    of_ten("wrong-platform", "PLATFORM_MISMATCH", "platform_mismatch", "message"),
    of_ten("expired-secret", "PULL_SECRET_IN_USE", "auth_denied", "identity"),
    of_ten("no-scopes", "SCOPES_MISSING", "auth_denied", "scopes"),
    of_ten(
        "stale-node",
        "STALE_CREDENTIALS",
        "auth_denied",
        "time",
        status="pass",
        early=("PROPAGATING",),
    ),
)
OTHERS = (
    Case(
        pod="throttled",
        image=named("throttled:v1"),
        fault=429,
        kind="NOT_A_CREDENTIAL",
        cause="rate_limited",
        check="message",
    ),
    Case(
        pod="unavailable",
        image=named("unavailable:v1"),
        fault=503,
        kind="NOT_A_CREDENTIAL",
        cause="registry_error",
        check="message",
    ),
    Case(
        pod="forbidden",
        image=named("forbidden:v1"),
        fault=403,
        kind="RECOVERED",
        cause="auth_denied",
        check="node",  # where another pod can pull from the same repository
        early=("PROPAGATING",),
    ),
    Case(
        pod="recovered",
        image=named("recovered:v1"),
        fault=403,
        passes=True,
        kind="RECOVERED",
        cause="auth_denied",
        check="pod",
        early=("PROPAGATING",),
    ),
    Case(
        pod="never",
        image=named("never:v1"),
        container={"imagePullPolicy": "Never"},
        wakes=False,
        kind="NOT_A_CREDENTIAL",
        cause="pull_policy",
        check="message",
    ),
    Case(
        pod="nameless",
        image="registry.example.com/Apps:v1:v2",
        wakes=False,
        kind="NOT_A_CREDENTIAL",
        cause="invalid_name",
        check="message",
    ),
)
OUTAGE = Case(
    pod="outage",
    image=named("outage:v1"),
    passes=True,
    kind="NOT_A_CREDENTIAL",
    cause="network",
    check="message",
    early=("RECOVERED",),
)
CASES = (*TEN, *OTHERS, OUTAGE)


async def scene(stage: Stage) -> None:
    """The ten pods, and these. What is to run runs, and what fails has failed and backs off."""
    world = stage.world
    await tenpods.machines(stage)
    await world.admin.create("namespaces", workloads.namespace(NAMESPACE))
    account = {"metadata": {"name": "plain", "namespace": NAMESPACE}}
    await world.admin.create("serviceaccounts", account)
    present = named("present:v1")
    for image in (present, OUTAGE.image, *(each.image for each in OTHERS if each.fault)):
        world.catalog.push(image, log_lines=("listening",))
    await _bring("pulls", STALE, present, stage)
    await _until(stage, lambda: runs(stage, "pulls"), "an image on the node that will be stale")
    await world.registry.down()
    await _bring(OUTAGE.pod, OUTAGE.node, OUTAGE.image, stage)
    await _until(stage, lambda: bool(entries(stage, OUTAGE.pod, "Failed")), "a kubelet that finds no registry")
    await world.registry.up()
    faults = {each.pod: world.faults.add(_fault(each.image, status=each.fault)) for each in OTHERS if each.fault}
    for each in OTHERS:
        await _bring(each.pod, each.node, each.image, stage, **each.container)
    await _until(stage, lambda: all(entries(stage, each.pod, "Failed") for each in OTHERS), "kubelets that say why")
    for each in OTHERS:
        if each.passes:
            faults[each.pod].times = 0
    passing = [each.pod for each in CASES if each.passes]
    await _until(stage, lambda: all(runs(stage, each) for each in passing), f"{' and '.join(passing)} at work")
    await tenpods.pods(stage)
    await _bring(PRESENT, STALE, present, stage, imagePullPolicy="IfNotPresent")
    await _until(stage, lambda: runs(stage, PRESENT), "a pod whose image was there")
    backing = [each.pod for each in CASES if each.wakes]
    await _until(stage, lambda: all(entries(stage, each, "BackOff") for each in backing), "kubelets that back off")


def runs(stage: Stage, name: str) -> bool:
    return any(is_ready(each) for each in stage.world.view.list("pods", NAMESPACE) if name_of(each) == name)


def entries(stage: Stage, pod: str, reason: str) -> list[Entry]:
    """What the cluster's log has of the kubelet's own events about the pod, oldest first."""
    return [
        entry
        for entry in stage.world.logs
        if (event := entry.get("jsonPayload"))
        and event.get("reason") == reason
        and event["involvedObject"]["name"] == pod
        and event["source"]["component"] == "kubelet"
    ]


def verdicts(here: Standing, pod: str) -> list[Line]:
    """Of the function, on every event so far."""
    return [entry["jsonPayload"] for entry in here.stage.audit("repull.verdict", pod=pod)]


def replayed(here: Standing, entry: Entry) -> Line:
    """The verdict on an entry that is delivered once more."""
    pod = entry["jsonPayload"]["involvedObject"]["name"]
    before = len(verdicts(here, pod))
    assert here.push(here.world.diagnose, as_json(entry)).acknowledged
    here.until(lambda: len(verdicts(here, pod)) > before, f"a verdict on {pod}")
    return verdicts(here, pod)[before]


def settled(verdict: Line) -> tuple[str, str, str, str]:
    """Kind, cause, the check that settled it and how that ended."""
    decisive = [each for each in verdict["checks"] if each["status"] != "info"]
    failed = [each for each in decisive if each["status"] != "pass"]
    return verdict["kind"], verdict["cause"], (failed or decisive)[-1]["check"], (failed or decisive)[-1]["status"]


def nothing_was_done(world: World) -> tuple[Check, ...]:
    """To any machine: a single node was to blame, and that one has pods that nobody would bring back."""
    blamed = [each["spec"]["firstNodes"] for each in world.view.list("noderefreshes")]
    return (
        Check(says=f"{STALE} alone was blamed", holds=blamed == [[STALE]], why=str(blamed)),
        judge.were_reset(world, ()),
        judge.no_node_was_cordoned(world),
        judge.nothing_was_evicted(world),
    )


def slow(image: str) -> Fault:
    """A registry that takes its time, longer than anybody here waits."""
    return _fault(image, delay=60)


def _fault(image: str, **what: Any) -> Fault:
    """At the registry, of the nodes alone: it tells the function what is so."""
    path = image.removeprefix(f"{deployment.REGISTRY_HOST}/")
    return Fault(api="registry", resource="manifests", user=deployment.NODES, name=path, times=ALWAYS, **what)


async def _until(stage: Stage, condition: Callable[[], bool], what: str) -> None:
    assert await stage.until(condition, what), f"waited in vain for {what}"


async def _bring(name: str, node: str, image: str, stage: Stage, **container: Any) -> None:
    pod = tenpods.pod(name, node, image)
    pod["metadata"]["namespace"] = NAMESPACE
    pod["spec"]["containers"][0] |= container
    await stage.world.admin.create("pods", pod)
