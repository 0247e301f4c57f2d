"""A permission that is missing in production: named where an operator looks, and once granted the work can be done."""

import asyncio

import pytest

from sandbox import judge
from sandbox.judge import Check
from sandbox.objects.kinds import Object
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from sandbox.world import running

ROLE = "repull-refresh"
MISSING = 'missing in RBAC: apiGroups: [""], resources: ["nodes"], verbs: ["patch"]'


@pytest.mark.ring2
@pytest.mark.timeout(600)
def test_a_refresh_that_lacks_a_permission_ends_and_says_which_and_the_next_one_ends_well() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        admin = stage.world.admin
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, runbook.A1)
        rules = (await admin.get("clusterroles", ROLE))["rules"]
        await admin.patch("clusterroles", ROLE, {"rules": [without_patch(rule) for rule in rules]})
        await ask(stage, "a test")
        await stage.refresh_is_over()
        lacking = (
            judge.refresh_ended(stage.world, "Failed", "Failed", naming=(MISSING,)),
            judge.no_node_was_cordoned(stage.world),
            judge.were_reset(stage.world, ()),
        )
        await admin.patch("clusterroles", ROLE, {"rules": rules})
        await ask(stage, "another")
        await stage.refresh_is_over(2)
        return (*lacking, judge.were_reset(stage.world, (runbook.A1,)), judge.nothing_is_left(stage.world))

    async def story() -> list[str]:
        async with running(ring=2, environ={"SANDBOX_PUBSUB": "embedded"}) as world:
            return [check.line for check in await play(Stage(world=world, say=lambda _: None)) if not check.holds]

    assert asyncio.run(story()) == []


async def ask(stage: Stage, reason: str) -> None:
    await stage.start(image=runbook.image("ocr-worker", "v1"), reason=reason, nodes=runbook.A1)


def without_patch(rule: Object) -> Object:
    return {**rule, "verbs": [verb for verb in rule["verbs"] if verb != "patch" or rule["resources"] != ["nodes"]]}
