"""The stories whose every call is a point of the matrix: how the world is before, what is asked for, who interferes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.google.inventory import Autoscaled
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import node_of
from sandbox.scenarios import rights, runbook, workloads
from sandbox.scenarios.stage import Stage
from tests.e2e import smallest
from tests.proof.waiting import comes, waits_with

Body = dict[str, Any]
"""Of a message that somebody publishes."""
Act = Callable[[Stage], Awaitable[Body | None]]
"""What somebody else does; the message is delivered at once."""

BATCH = "batch"
BUDGET = "for-a-while"
FAILING = "v2"


def _ails(machine: Machine) -> None:
    machine.make_stale()


def _ails_for_good(machine: Machine) -> None:
    machine.heals = False
    machine.make_stale()


def _never_boots(machine: Machine) -> None:
    machine.boots = False
    machine.make_stale()


async def _nothing(_: Stage) -> None:
    return


async def _abort(stage: Stage) -> Body:
    (refresh,) = stage.refreshes()
    return {"action": "abort", "refresh": name_of(refresh), "reason": "a proof"}


async def _guard(stage: Stage) -> None:
    """Somebody's budget allows no pod to go, after the preflight has looked."""
    wants_all = len(stage.world.view.list("pods", runbook.NAMESPACE))
    made = workloads.budget(BUDGET, in_namespace=runbook.NAMESPACE, app=smallest.WORKER, min_available=wants_all)
    await stage.world.admin.create("poddisruptionbudgets", made)


async def _guard_no_more(stage: Stage) -> None:
    await stage.world.admin.delete("poddisruptionbudgets", BUDGET, runbook.NAMESPACE)


async def _fails(stage: Stage) -> None:
    """A rollout whose new pod goes to the stale node; the pool is the autoscaler's, which has much patience yet."""
    await rights.let_scale(stage)
    _autoscaled(stage, unneeded_seconds=1e9)
    admin = stage.world.admin
    await admin.patch("nodes", smallest.OTHER, {"spec": {"unschedulable": True}})
    stage.world.catalog.push(runbook.image(smallest.WORKER, FAILING), log_lines=("Starting OCR worker",))
    await runbook.roll_out(stage, FAILING, [smallest.WORKER])

    def failing() -> bool:
        pods = stage.world.view.list("pods", runbook.NAMESPACE)
        return any(node_of(pod) == smallest.STALE and waits_with(pod, "ImagePullBackOff") for pod in pods)

    await comes(stage, failing, "a pod on the stale node that can't pull")
    await admin.patch("nodes", smallest.OTHER, {"spec": {"unschedulable": None}})


async def _hurry(stage: Stage) -> None:
    """The autoscaler has no more patience."""
    _autoscaled(stage, unneeded_seconds=10)


def _autoscaled(stage: Stage, *, unneeded_seconds: float) -> None:
    (cluster,) = stage.world.inventory.clusters
    cluster.autoscaled[BATCH] = Autoscaled(unneeded_seconds=unneeded_seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    name: str
    ends: str  # the phase of its refresh
    settings: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)  # fields of the start message
    nodes: tuple[str, ...] = (smallest.STALE, smallest.OTHER)  # of the cluster, with a pod each
    pools: Mapping[str, str] = field(default_factory=dict)  # of nodes that are not in the usual one
    ails: tuple[str, ...] = (smallest.STALE,)  # those to whose machines something is done …
    before: Callable[[Machine], None] = _ails  # … namely this
    ready: Act = _nothing  # then this happens, before anything is asked for
    amid: Mapping[tuple[str, int], Act] = field(default_factory=dict)  # … and this right before the n-th call of a kind
    turn: tuple[str, int] | None = None  # a call that is rightly never made where the process dies right before it
    silent: Act | None = None  # what somebody does where no message waits, and a sweep has set nothing going

    @property
    def start(self) -> Body:
        usual = {"action": "start", "image": smallest.IMAGE, "reason": "a proof", "nodes": ",".join(self.ails)}
        return usual | dict(self.asked)


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
                "image": runbook.image(smallest.WORKER, FAILING),
            },
            pools={smallest.STALE: BATCH},
            ready=_fails,
            amid={("watch nodes", 1): _hurry},
        ),
        Scene(name="escalated", ends="Succeeded", settings={"REPULL_ESCALATE": "on"}, before=_ails_for_good),
        Scene(name="in-vain", ends="Failed", before=_ails_for_good),
        Scene(name="never-boots", ends="Failed", settings={"REPULL_BOOT_SECONDS": "2"}, before=_never_boots),
        Scene(name="forced", ends="Succeeded", asked={"force": True}, before=lambda _: None),
        Scene(name="can-pull", ends="Succeeded", before=lambda _: None),
        Scene(
            name="budget-blocks-for-a-while",
            ends="Succeeded",
            amid={("create pods/eviction", 1): _guard, ("create pods/eviction", 3): _guard_no_more},
        ),
        Scene(name="aborted-in-the-drain", ends="Aborted", amid={("create pods/eviction", 1): _abort}),
        Scene(
            name="aborted-at-the-reset",
            ends="Aborted",
            amid={("reset of Google", 1): _abort},
            turn=("reset of Google", 1),
        ),
        Scene(
            name="breaker-opens",
            ends="Aborted",
            settings={"REPULL_BREAKER_RENEWALS": "1"},
            nodes=(runbook.A1, runbook.B1, runbook.B2),
            ails=(runbook.A1, runbook.B1),
            silent=_abort,
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
