"""A node that came after the refresh has its credentials from after the fix: it is passed over, and not even asked."""

from datetime import datetime, timedelta

from sandbox import deployment, judge
from sandbox.judge import Check
from sandbox.objects.kinds import Object
from sandbox.objects.pods import is_active, is_ready
from sandbox.scenarios import runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.timestamps import now

STALE = runbook.A1
NEWER = "gke-main-apps-1f0c-a3"
PAUSED = '{"by": "ann", "why": "more nodes are coming"}'


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    state: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "state"}}
    await world.admin.create("configmaps", {**state, "data": {"paused": PAUSED}}, "repull")
    runbook.go_stale(stage, STALE)
    await stage.start(image=runbook.image("ocr-worker", "v1"), reason="grants changed")
    await stage.is_held("more nodes are coming")
    await stage.until(lambda: all(map(_began_in_an_earlier_second, stage.refreshes())), "that a second passes")
    world.fleet.add(name=NEWER, zone=runbook.NODES[STALE], pool=runbook.POOL, service_account=deployment.NODES)
    await world.fleet[NEWER].power_on()
    stage.say(f"the pool grows by {NEWER} while the run is paused")
    await world.admin.patch("configmaps", "state", {"data": {"paused": None}}, "repull")
    await stage.sweep()
    await stage.refresh_is_over()
    await stage.until(lambda: all(map(is_ready, _pods(stage))), "every pod of prod-app READY")
    return (
        judge.every_pod_is_ready(world, runbook.NAMESPACE),
        judge.were_reset(world, [STALE]),
        judge.refresh_ended(world, "Succeeded", "Complete", naming=(f"node {NEWER}: created after the refresh began",)),
        judge.counted(world, renewed=1, fresh=len(runbook.NODES) - 1, new=1),
        _was_not_asked(stage),
        judge.nothing_is_left(world),
    )


def _began_in_an_earlier_second(refresh: Object) -> bool:
    """Kubernetes keeps no fractions of when something was made."""
    return datetime.fromisoformat(refresh["status"]["startedAt"]) + timedelta(seconds=1) <= now()


def _pods(stage: Stage) -> list[Object]:
    return [pod for pod in stage.world.view.list("pods", runbook.NAMESPACE) if is_active(pod)]


def _was_not_asked(stage: Stage) -> Check:
    made = stage.world.books.calls(api="kubernetes", verb="create", resource="pods", user=deployment.REFRESH)
    asked = sorted({str(call.body["spec"]["nodeName"]) for call in made})
    return Check(says=f"every node was asked but {NEWER}", holds=asked == sorted(runbook.NODES), why=", ".join(asked))


SCENARIO = Scenario(
    name="newer-node",
    shows="a node that came after the refresh is passed over, and not even asked",
    play=play,
)
