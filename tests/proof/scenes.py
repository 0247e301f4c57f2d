"""The scenes of the matrix: every method of renewal, how one ends in vain, and what others do meanwhile."""

from sandbox.scenarios import runbook
from tests.e2e import smallest
from tests.proof import acts, judging
from tests.proof.refusing import REFUSING
from tests.proof.scene import Scene

STOP_START = {"REPULL_ALLOW_STOP_START": "on"}
OUTAGE = {"method": "ScaleWorkloads", "acceptOutage": True, "image": runbook.image(smallest.WORKER, acts.FAILING)}
AT_ONCE = {"REPULL_RETRY_PODS_AFTER_SECONDS": "0.001"}
NEVER = 10.0**9
THREE = (runbook.A1, runbook.B1, runbook.B2)

_STALE_RESET = judging.renewed(reset=(smallest.STALE,))
_BOTH_RESET = judging.renewed(reset=(runbook.A1, runbook.B1))
_STAYS = judging.stays_cordoned(smallest.STALE)

RESET = Scene(
    name="reset",
    ends="Succeeded",
    judged=judging.every(_STALE_RESET, judging.counted(renewed=1), judging.pods_are_ready),
)
_RENEWED = (
    RESET,
    Scene(
        name="recreate",
        ends="Succeeded",
        asked={"method": "Recreate"},
        judged=judging.every(judging.renewed(recreated=(smallest.STALE,)), judging.counted(renewed=1)),
    ),
    Scene(
        name="stop-start",
        ends="Succeeded",
        settings=STOP_START,
        asked={"method": "StopStart"},
        judged=judging.every(judging.renewed(restarted=(smallest.STALE,)), judging.counted(renewed=1)),
    ),
    Scene(
        name="scale-workloads",
        ends="Succeeded",
        asked=OUTAGE,
        pools={smallest.STALE: acts.BATCH},
        ready=acts.fails_where_nodes_come_and_go,
        amid={("watch nodes", 1): acts.hurry},
        judged=judging.every(judging.renewed(removed=(smallest.STALE,)), judging.counted(renewed=1)),
    ),
    Scene(
        name="escalated",
        ends="Succeeded",
        settings={"REPULL_ESCALATE": "on"},
        before=acts.ails_for_good,
        judged=judging.every(
            judging.renewed(reset=(smallest.STALE,), recreated=(smallest.STALE,)), judging.counted(renewed=1)
        ),
    ),
    Scene(
        name="forced",
        ends="Succeeded",
        asked={"force": True},
        before=acts.nothing,
        judged=judging.every(_STALE_RESET, judging.counted(renewed=1, fresh=0)),
    ),
    Scene(
        name="foreign-cordon",
        ends="Succeeded",
        ready=acts.cordon,
        judged=judging.every(_STALE_RESET, judging.counted(renewed=1)),
    ),
    Scene(
        name="two-at-once",
        ends="Succeeded",
        asked={"maxUnavailable": "2"},
        nodes=(runbook.A1, runbook.A2, runbook.B1, runbook.B2),
        ails=(runbook.A1, runbook.A2, runbook.B1),
        judged=judging.every(
            judging.one_before_the_others,
            judging.renewed(reset=(runbook.A1, runbook.A2, runbook.B1)),
            judging.counted(renewed=3),
        ),
    ),
    Scene(
        name="all-stale",
        ends="Succeeded",
        asked={"maxUnavailable": "2"},
        ails=(smallest.STALE, smallest.OTHER),
        judged=judging.every(
            judging.one_before_the_others,
            judging.renewed(reset=(smallest.STALE, smallest.OTHER)),
            judging.counted(renewed=2),
        ),
    ),
)
_IN_VAIN = (
    Scene(
        name="in-vain",
        ends="Failed",
        before=acts.ails_for_good,
        judged=judging.every(_STAYS, _STALE_RESET, judging.counted(failed=1)),
    ),
    Scene(
        name="heals-neither-way",
        ends="Failed",
        settings={"REPULL_ESCALATE": "on"},
        before=acts.heals_neither_way,
        judged=judging.every(
            _STAYS,
            judging.renewed(reset=(smallest.STALE,), recreated=(smallest.STALE,)),
            judging.told("after its re-creation"),
        ),
    ),
    Scene(
        name="never-boots",
        ends="Failed",
        settings={"REPULL_BOOT_SECONDS": "2"},
        before=acts.never_boots,
        judged=judging.every(_STAYS, _STALE_RESET, judging.told("did not come back within")),
    ),
    Scene(
        name="recreated-never-boots",
        ends="Failed",
        settings={"REPULL_BOOT_SECONDS": "1"},
        asked={"method": "Recreate"},
        before=acts.never_boots,
        judged=judging.every(
            judging.says_how_to_open(smallest.STALE),  # there is no node yet that could be cordoned
            judging.renewed(recreated=(smallest.STALE,)),
            judging.told("did not come back within"),
        ),
    ),
    Scene(
        name="started-never-boots",
        ends="Failed",
        settings={"REPULL_BOOT_SECONDS": "1"} | STOP_START,
        asked={"method": "StopStart"},
        before=acts.never_boots,
        judged=judging.every(
            _STAYS, judging.renewed(restarted=(smallest.STALE,)), judging.told("did not come back within")
        ),
    ),
    Scene(
        name="never-stops",
        ends="Failed",
        settings={"REPULL_STOP_SECONDS": "2"} | STOP_START,
        asked={"method": "StopStart"},
        before=acts.never_stops,
        after=acts.stop_at_last,
        judged=judging.every(_STAYS, judging.renewed(restarted=(smallest.STALE,)), judging.told("did not stop within")),
    ),
    Scene(
        name="never-removed",
        ends="Failed",
        settings={"REPULL_SCALE_DOWN_SECONDS": "1"},
        asked=OUTAGE,
        pools={smallest.STALE: acts.BATCH},
        ready=acts.fails_where_nodes_come_and_go,
        after=acts.come_round,
        judged=judging.every(judging.not_renewed, judging.told("the autoscaler did not remove node")),
    ),
)
_LEFT_ALONE = (
    Scene(
        name="can-pull",
        ends="Succeeded",
        before=acts.nothing,
        judged=judging.every(judging.not_renewed, judging.counted(fresh=1)),
    ),
    Scene(
        name="retries",
        ends="Succeeded",
        settings=AT_ONCE,
        backoff=NEVER,
        ready=acts.failed,
        judged=judging.retried(smallest.WORKER, reset=()),
    ),
    Scene(
        name="retries-after-a-renewal",
        ends="Succeeded",
        settings=AT_ONCE,
        backoff=NEVER,
        ready=acts.run_an_agent,
        amid={("reset of Google", 1): acts.agent_fails_again},
        after=acts.remove_the_agent,
        judged=judging.retried(runbook.AGENT, reset=(smallest.STALE,)),
    ),
    Scene(
        name="newer-node",
        ends="Succeeded",
        asked={"nodes": None},
        amid={("reset of Google", 1): acts.grow},
        judged=judging.every(
            _STALE_RESET,
            judging.told("created after the refresh began"),
            judging.counted(renewed=1, fresh=1, new=1),
        ),
    ),
    Scene(
        name="registry-outage",
        ends="Failed",
        ready=acts.registry_fails,
        judged=judging.every(judging.not_renewed, judging.told("no probe could tell whether its node can pull")),
    ),
)
_MEANWHILE = (
    Scene(
        name="budget-blocks-for-a-while",
        ends="Succeeded",
        amid={("create pods/eviction", 1): acts.guard, ("create pods/eviction", 3): acts.guard_no_more},
        judged=judging.every(
            judging.waited_for_the_budget(acts.BUDGET), _STALE_RESET, judging.counted(renewed=1), judging.pods_are_ready
        ),
    ),
    Scene(
        name="drained-in-vain",
        ends="Failed",
        settings={"REPULL_DRAIN_SECONDS": "50", "REPULL_EVICT_RETRY_SECONDS": "60"},
        amid={("create pods/eviction", 1): acts.guard},
        passing={("create pods/eviction", 1): 50},
        judged=judging.every(judging.not_renewed, judging.told("not renewed and given back")),
    ),
    Scene(
        name="volume-attached",
        ends="Succeeded",
        ready=acts.attach,
        amid={("list volumeattachments", 2): acts.detach},
        judged=judging.every(judging.let_go, _STALE_RESET),
    ),
    Scene(
        name="gives-way",
        ends="Succeeded",
        amid={("create pods/eviction", 1): acts.change_the_pool},
        silent=acts.leave_the_pool,
        judged=judging.every(_STALE_RESET, judging.told("GKE is at work on node pool apps")),
    ),
    Scene(
        name="left-to-gke",
        ends="Failed",
        amid={("create pods/eviction", 1): acts.begin_to_drain},
        after=acts.drain_no_more,
        judged=judging.every(judging.not_renewed, judging.told("is about to be drained by GKE")),
    ),
    Scene(
        name="paused",
        ends="Succeeded",
        nodes=THREE,
        ails=(runbook.A1, runbook.B1),
        amid={("create pods/eviction", 1): acts.pause},
        silent=acts.resume,
        judged=judging.every(_BOTH_RESET, judging.told("paused: the launch is on")),
    ),
    Scene(
        name="outside-the-window",
        ends="Succeeded",
        settings=acts.ANY_TIME,
        nodes=THREE,
        ails=(runbook.A1, runbook.B1),
        amid={("create pods/eviction", 1): acts.close_the_window},
        silent=acts.open_the_window,
        judged=judging.every(_BOTH_RESET, judging.told("outside the maintenance windows")),
    ),
    Scene(
        name="observed-meanwhile",
        ends="Succeeded",
        settings=acts.REMEDIATE,
        nodes=THREE,
        ails=(runbook.A1, runbook.B1),
        amid={("create pods/eviction", 1): acts.observe},
        silent=acts.remediate,
        judged=judging.every(_BOTH_RESET, judging.told("observe mode writes nothing")),
    ),
    Scene(
        name="breaker-opens",
        ends="Aborted",
        settings={"REPULL_BREAKER_RENEWALS": "1"},
        nodes=THREE,
        ails=(runbook.A1, runbook.B1),
        silent=acts.abort,
        judged=judging.resets(1),
    ),
    Scene(
        name="aborted-in-the-drain",
        ends="Aborted",
        amid={("create pods/eviction", 1): acts.abort},
        judged=judging.not_renewed,
    ),
    Scene(
        name="aborted-at-the-reset",
        ends="Aborted",
        amid={("reset of Google", 1): acts.abort},
        turn=("reset of Google", 1),
        judged=judging.every(judging.counts_what_was_done, judging.told("aborted by message: a proof")),
    ),
    Scene(
        name="refresh-deleted",
        ends="",
        amid={("create pods/eviction", 1): acts.delete_the_refresh},
        after=acts.look,
        again_at_once=True,
        judged=judging.not_renewed,
    ),
)
SCENES = {scene.name: scene for scene in (*_RENEWED, *_IN_VAIN, *_LEFT_ALONE, *_MEANWHILE, *REFUSING)}
