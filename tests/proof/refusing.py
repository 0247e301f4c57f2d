"""Scenes in which something is in the way of a node's renewal: whatever dies, it is named, and no node is touched."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import forged_node, runbook
from sandbox.scenarios.refusal import End, Refusal, untouched
from sandbox.scenarios.refusals import REFUSALS
from sandbox.scenarios.stage import Stage
from sandbox.world import World
from tests.proof import acts
from tests.proof.scene import Body, Lines, Scene

_LINES = {
    End.REFUSED: ("repull.passed_over",),
    End.PASSED_OVER: ("repull.passed_over",),
    End.HELD: ("repull.held",),
    End.NOT_OPENED: ("repull.rejected", "repull.plan", "repull.observed"),
}
"""By which the audit trail tells what is in the way, whatever else tells it."""
_ENDS = {End.REFUSED: "Failed", End.PASSED_OVER: "Succeeded", End.HELD: "Aborted", End.NOT_OPENED: ""}


def refuses(refusal: Refusal) -> Scene:
    """The row as a scene; a run that is held is aborted in the end."""
    return Scene(
        name=refusal.name,
        ends=_ENDS[refusal.end],
        settings=refusal.settings,
        asked=refusal.asked,
        inside=refusal.inside,
        may_write=refusal.end is not End.NOT_OPENED,
        judged=partial(_judged, refusal),
        silent=partial(_gives_up, refusal) if refusal.end is End.HELD else None,
    )


def _judged(refusal: Refusal, world: World, lines: Lines) -> tuple[Check, ...]:
    said = "\n".join(str(line["message"]) for line in lines if line["event"] in _LINES[refusal.end])
    named = refusal.is_named(said)
    if refusal.end is End.HELD:
        return named, judge.refresh_ended(world, "Aborted", "Aborted"), *untouched(world)
    return named, *refusal.judged(world, said)


async def _gives_up(refusal: Refusal, stage: Stage) -> Body:
    """Somebody, as the run is held."""
    held = judge.is_held(stage.world, *refusal.words)
    assert held.holds, held.line
    return await acts.abort(stage)


@asynccontextmanager
async def _guarded(stage: Stage) -> AsyncIterator[None]:
    """A budget can never allow the drain."""
    await acts.guard(stage)
    yield
    await acts.guard_no_more(stage)


@asynccontextmanager
async def _forged(stage: Stage) -> AsyncIterator[None]:
    """A Node that names somebody else's machine, and whoever made it plays its kubelet."""
    world = stage.world
    world.inventory.bystanders.append(forged_node.Bystander())
    await forged_node.forge_node(world.admin, like=runbook.B1)
    liar = asyncio.create_task(forged_node.deny_every_pull(world.admin))
    yield
    liar.cancel()
    await asyncio.gather(liar, return_exceptions=True)
    await world.admin.delete("nodes", forged_node.FORGED)
    await world.admin.delete("leases", forged_node.FORGED, "kube-node-lease")
    world.inventory.bystanders.clear()


_BUDGET = Refusal(
    name="budget-blocks",
    shows="a budget that can never allow the drain",
    words=(acts.BUDGET, "prod-app/ocr-worker-"),
    inside=_guarded,
)
_FORGERY = Refusal(
    name="forged-node",
    shows="a Node that names a machine outside the cluster's instance groups",
    words=(forged_node.FORGED,),
    inside=_forged,
    asked={"nodes": forged_node.FORGED},
)
REFUSING = tuple(map(refuses, (*REFUSALS, _BUDGET, _FORGERY)))
