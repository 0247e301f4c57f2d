"""IAM says for longer than grants take that the nodes' account may read, and the registry refuses it all the same.

No check can tell that from stale credentials, so the design pays for the truth with one node at most; a token of the
nodes' account, where repull may mint one, asks the registry first, and costs none.
"""

from sandbox import deployment, judge
from sandbox.absences import absences
from sandbox.judge import Check
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.playing import assert_ends_well

GRANT = (f"serviceAccount:{deployment.NODES}", deployment.READER, deployment.REPOSITORY)
NEVER = 3600.0
"""Seconds until the registry would hear of the grant."""
SHORT = {"REPULL_PROPAGATION_SECONDS": "15", "REPULL_MEMORY_SECONDS": "1"}
"""Access must be seen to hold for so long, and a kubelet's longest pause is 7.5 s here."""


async def nobody_may_read(stage: Stage) -> None:
    """The grant is taken away; what shows policies goes on showing it."""
    await runbook.everything_runs(stage)
    stage.world.policies.revoke(*GRANT)
    stage.world.policies.grant(*GRANT, after=NEVER)
    await runbook.roll_out(stage, "v2", ("ocr-worker",))


def test_without_a_token_one_node_is_renewed_in_vain_and_no_other_one_is_touched() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        await nobody_may_read(stage)
        await stage.refresh_is_over()
        (accused, *_) = stage.audit("repull.verdict", kind="STALE_CREDENTIALS")
        canary, *others = {each.node for each in absences(stage.world)}
        return (
            Check(says="by elimination", holds=accused["jsonPayload"]["contrast"] == "elimination"),
            Check(says="no other node was out of service", holds=not others, why=", ".join(others)),
            judge.were_reset(stage.world, (canary,)),
            judge.nothing_is_left(stage.world, ours=(canary,)),
            judge.refresh_ended(stage.world, "Failed", "Failed", naming=(canary, "kubectl uncordon")),
        )

    assert_ends_well(play, settings=SHORT)


def test_a_token_of_the_account_is_a_witness_that_iam_cannot_outtalk() -> None:
    async def play(stage: Stage) -> tuple[Check, ...]:
        world = stage.world
        account = f"projects/{deployment.PROJECT}/serviceAccounts/{deployment.NODES}"
        world.policies.grant(f"serviceAccount:{deployment.DIAGNOSE}", "roles/iam.serviceAccountTokenCreator", account)
        await nobody_may_read(stage)
        verdict = await stage.verdict("UNKNOWN")
        return (
            judge.advised(verdict, "❔"),
            Check(says="the token's refusal is named", holds="refuses a fresh token" in verdict["message"]),
            judge.no_refresh(world),
            judge.were_reset(world, ()),
            judge.nothing_was_touched(world),
        )

    assert_ends_well(play, settings=SHORT | {"REPULL_IMPERSONATE": deployment.NODES})
