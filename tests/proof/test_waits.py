"""Whoever looks at a refresh in the middle of a wait sees what it waits for: who, and what stands in the way."""

from typing import Any

from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.attached_volume import attachment
from tests.e2e.smallest import REPLICAS, STALE, WORKER
from tests.proof.gate import Gate
from tests.proof.laboratory import Laboratory
from tests.proof.saying import messages, told
from tests.proof.story import Story
from tests.proof.watch import watched

BUDGET = "all-of-them"
VOLUME = "pvc-of-the-day-before"
WRITE = "update noderefreshes/status"


def test_a_drain_a_volume_and_a_boot_that_are_waited_for_are_named(here: Laboratory) -> None:
    run, admin, world = here.background.run, here.world.admin, here.world
    budget = workloads.budget(BUDGET, in_namespace=runbook.NAMESPACE, app=WORKER, min_available=REPLICAS)
    machine = world.fleet[STALE]

    async def boots(*, may: bool) -> None:
        machine.boots = may

    def passing(kind: str, nth: int) -> None:
        match kind, nth:
            case "create pods/eviction", 1:
                run(admin.create("poddisruptionbudgets", budget))
            case ("create pods/eviction", 2) | ("list volumeattachments", 2):
                breathes(here)
            case "create pods/eviction", 3:
                run(admin.create("volumeattachments", attachment(VOLUME, node=STALE)))
                run(admin.delete("poddisruptionbudgets", BUDGET, runbook.NAMESPACE))
            case "list volumeattachments", 3:
                run(admin.delete("volumeattachments", VOLUME))
            case "reset of Google", 1:
                run(boots(may=False))
            case "watch nodes", _ if not machine.boots:
                breathes(here)
            case written, _ if written == WRITE and not machine.boots and waiting(here) == "AwaitBoot":
                run(boots(may=True))

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)

    said = told(here)
    assert any(f"{runbook.NAMESPACE}/{WORKER}" in why and BUDGET in why for why in said["Drain"]), said
    assert any(said.startswith(f"node {STALE}: Drain: ") and BUDGET in said for said in messages(here))
    assert f"volumes are still attached: {VOLUME}" in said["Recheck"], said
    assert "its boot id has not changed" in said["AwaitBoot"], said
    assert (said["Renew"], said["Uncordon"]) == ({""}, {""}), said  # nothing of what another phase has waited for


def breathes(here: Laboratory) -> None:
    """Half of the holder's time is over, after which it writes anyway."""
    here.time.skip(here.settings.holder_seconds / 2)


def waiting(here: Laboratory) -> str:
    (found,) = here.world.view.list("noderefreshes")
    slots: list[Any] = found["status"].get("slots") or [{}]
    return str(slots[0].get("phase"))
