"""The scenes of the matrix: every method of renewal, how one ends in vain, and what others do meanwhile."""

from sandbox.scenarios import runbook
from tests.e2e import smallest
from tests.proof import acts
from tests.proof.scene import Scene

RESET = Scene(name="reset", ends="Succeeded")
SCENES = {
    scene.name: scene
    for scene in (
        RESET,
        Scene(name="recreate", ends="Succeeded", asked={"method": "Recreate"}),
        Scene(
            name="stop-start",
            ends="Succeeded",
            settings={"REPULL_ALLOW_STOP_START": "on"},
            asked={"method": "StopStart"},
        ),
        Scene(
            name="scale-workloads",
            ends="Succeeded",
            asked={
                "method": "ScaleWorkloads",
                "acceptOutage": True,
                "image": runbook.image(smallest.WORKER, acts.FAILING),
            },
            pools={smallest.STALE: acts.BATCH},
            ready=acts.fails,
            amid={("watch nodes", 1): acts.hurry},
        ),
        Scene(name="escalated", ends="Succeeded", settings={"REPULL_ESCALATE": "on"}, before=acts.ails_for_good),
        Scene(name="in-vain", ends="Failed", before=acts.ails_for_good),
        Scene(name="never-boots", ends="Failed", settings={"REPULL_BOOT_SECONDS": "2"}, before=acts.never_boots),
        Scene(name="forced", ends="Succeeded", asked={"force": True}, before=lambda _: None),
        Scene(name="can-pull", ends="Succeeded", before=lambda _: None),
        Scene(
            name="budget-blocks-for-a-while",
            ends="Succeeded",
            amid={("create pods/eviction", 1): acts.guard, ("create pods/eviction", 3): acts.guard_no_more},
        ),
        Scene(name="aborted-in-the-drain", ends="Aborted", amid={("create pods/eviction", 1): acts.abort}),
        Scene(
            name="aborted-at-the-reset",
            ends="Aborted",
            amid={("reset of Google", 1): acts.abort},
            turn=("reset of Google", 1),
        ),
        Scene(
            name="breaker-opens",
            ends="Aborted",
            settings={"REPULL_BREAKER_RENEWALS": "1"},
            nodes=(runbook.A1, runbook.B1, runbook.B2),
            ails=(runbook.A1, runbook.B1),
            silent=acts.abort,
        ),
        Scene(
            name="two-at-once",
            ends="Succeeded",
            asked={"maxUnavailable": "2"},
            nodes=(runbook.A1, runbook.A2, runbook.B1, runbook.B2),
            ails=(runbook.A1, runbook.A2, runbook.B1),
        ),
    )
}
