"""A volume is attached still when the node is empty: the machine is not reset before it is let go."""

from datetime import datetime

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.judge import Check
from sandbox.objects.kinds import Object
from sandbox.scenarios import ending, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.timestamps import now

STALE = runbook.A1
VOLUME = "pvc-of-the-day-before"
LOOKS = 3


async def play(stage: Stage) -> tuple[Check, ...]:
    world = stage.world
    await runbook.everything_runs(stage)
    await world.admin.create("volumeattachments", attachment(VOLUME, node=STALE))
    stage.say(f"volume {VOLUME} is attached to {STALE}, and its driver takes its time")

    detached: list[datetime] = []

    async def detach() -> None:
        await world.admin.delete("volumeattachments", VOLUME)
        detached.append(now())
        stage.say(f"volume {VOLUME} is detached from {STALE}")

    world.faults.add(
        Fault(
            api="kubernetes",
            user=deployment.REFRESH,
            verb="list",
            resource="volumeattachments",
            first=LOOKS,
            after=detach,
        )
    )
    runbook.go_stale(stage, STALE)
    await runbook.roll_out(stage, "v2")
    await ending.comes(stage)
    return (
        judge.were_reset(world, [STALE]),
        _reset_after(stage, detached),
        *ending.is_well(stage, [STALE]),
    )


def attachment(name: str, *, node: str) -> Object:
    """As the attach-detach controller writes one; the object goes once the driver has detached the volume."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "VolumeAttachment",
        "metadata": {"name": name},
        "spec": {"attacher": "pd.csi.storage.gke.io", "nodeName": node, "source": {"persistentVolumeName": name}},
    }


def _reset_after(stage: Stage, detached: list[datetime]) -> Check:
    resets = [call.at for call in stage.world.books.calls(api="compute", verb="reset")]
    return Check(
        says="the reset came after the volume was detached",
        holds=bool(detached) and bool(resets) and detached[0] < min(resets),
        why=f"detached {detached}, reset {resets}",
    )


SCENARIO = Scenario(
    name="attached-volume",
    shows="a volume is attached still when the node is empty: the machine is not reset before it is let go",
    play=play,
)
