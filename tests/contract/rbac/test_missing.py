"""A permission that is missing in production: named where an operator looks, and once granted the work goes on."""

import asyncio

import pytest

from sandbox import judge
from sandbox.judge import Check
from sandbox.objects.kinds import Object
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from sandbox.world import running

ROLE = "repull-refresh"


@pytest.mark.ring2
@pytest.mark.timeout(600)
def test_a_refresh_that_lacks_a_permission_says_so_and_ends_well_once_it_has_it() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        admin = stage.world.admin
        await runbook.everything_runs(stage)
        runbook.go_stale(stage, runbook.A1)
        rules = (await admin.get("clusterroles", ROLE))["rules"]
        await admin.patch("clusterroles", ROLE, {"rules": [without_patch(rule) for rule in rules]})
        await stage.start(image=runbook.image("ocr-worker", "v1"), reason="a test", nodes=runbook.A1)
        assert await stage.until(lambda: any(map(names_it, told(stage))), "a line that names what is missing")
        await admin.patch("clusterroles", ROLE, {"rules": rules})
        await stage.refresh_is_over()
        return (
            judge.were_reset(stage.world, (runbook.A1,)),
            judge.refresh_ended(stage.world, "Succeeded", "Complete"),
            judge.nothing_is_left(stage.world),
        )

    async def story() -> list[str]:
        async with running(ring=2, environ={"SANDBOX_PUBSUB": "embedded"}) as world:
            return [check.line for check in await play(Stage(world=world, say=lambda _: None)) if not check.holds]

    assert asyncio.run(story()) == []


def without_patch(rule: Object) -> Object:
    return {**rule, "verbs": [verb for verb in rule["verbs"] if verb != "patch" or rule["resources"] != ["nodes"]]}


def told(stage: Stage) -> list[str]:
    return [str(entry["jsonPayload"]["message"]) for entry in stage.audit("repull.retry")]


def names_it(line: str) -> bool:
    return 'missing in RBAC: apiGroups: [""], resources: ["nodes"], verbs: ["patch"]' in line
