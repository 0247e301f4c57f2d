"""Whoever may create an Event may write anything into it. The world is asked, and says otherwise."""

from sandbox import deployment, judge
from sandbox.judge import Check
from sandbox.kube import times
from sandbox.objects.kinds import Object, name_of, uid_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    victim = world.view.list("pods", runbook.NAMESPACE, labels="app=ocr-worker")[0]
    gone = {**victim, "metadata": {**victim["metadata"], "name": "ocr-worker-that-never-was", "uid": "made-up"}}
    for number, pod in enumerate((victim, gone)):
        await world.admin.create("events", forged(pod, number))
    stage.say(f"somebody makes up Events: {name_of(victim)} and a pod that never was cannot pull, they say")
    recovered, missing = await stage.verdict("RECOVERED"), await stage.verdict("GONE")
    return (
        Check(says="the pod is asked, and it runs", holds=recovered.get("pod") == name_of(victim), why=str(recovered)),
        Check(says="the pod that never was is gone", holds=missing.get("pod") == name_of(gone), why=str(missing)),
        judge.no_refresh(world),
        judge.were_reset(world, ()),
        judge.nothing_was_touched(world),
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
    )


def forged(pod: Object, number: int) -> Object:
    """What a kubelet would write if the pod could not pull."""
    image = pod["spec"]["containers"][0]["image"]
    asked = f"https://{deployment.REGISTRY_HOST}/v2/: 401 Unauthorized"
    pulling = f'Failed to pull image "{image}": failed to pull and unpack image "{image}"'
    moment = times.seconds(times.now())
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name_of(pod)}.forged{number}", "namespace": runbook.NAMESPACE},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": runbook.NAMESPACE,
            "name": name_of(pod),
            "uid": uid_of(pod),
            "fieldPath": "spec.containers{worker}",
        },
        "type": "Warning",
        "reason": "Failed",
        "message": f"{pulling}: failed to resolve image: unexpected status from HEAD request to {asked}",
        "source": {"component": "kubelet", "host": node_of(pod)},
        "reportingComponent": "kubelet",
        "reportingInstance": node_of(pod),
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }


SCENARIO = Scenario(
    name="forged-event",
    shows="an event that somebody made up changes nothing",
    play=play,
)
