"""A whole story on a real control plane: by the API server's own log, each account uses what it may, but for little.

That it asks for nothing beyond is judged in every story (`sandbox.witnesses`).
"""

import asyncio
from pathlib import Path

import pytest

from sandbox.real.audit import audited
from sandbox.scenarios import forced, stale_nodes
from sandbox.scenarios.stage import Stage
from sandbox.world import running
from tests.contract.adapters.product import email
from tests.contract.rbac.jobs import JOBS, Key

_PROMISE = "pods of such a workload that are back on their node when its promise of a line of their log is looked at"
RARE: dict[Key, str] = {
    ("repull-diagnose", "noderefreshes", "get"): "a pull that fails again while its refresh is open",
    ("repull-diagnose", "events", "list"): "the same verdict again, about the same pod",
    ("repull-diagnose", "events", "patch"): "as above",
    ("repull-refresh", "events", "list"): "the same words again, about the same object",
    ("repull-refresh", "events", "patch"): "as above",
    ("repull-refresh", "replicasets", "get"): _PROMISE,
    ("repull-refresh", "deployments", "get"): _PROMISE,
    ("repull-refresh", "statefulsets", "get"): _PROMISE,
}
"""When an account does what these two stories come to or not, as it happens."""
NEVER: dict[Key, str] = {
    ("repull-refresh", "horizontalpodautoscalers", "list"): "a message asks for ScaleWorkloads and accepts the outage",
    ("repull-refresh", "persistentvolumeclaims", "get"): "a pod that a drain leaves on its node has a volume",
    ("repull-refresh", "noderefreshes", "delete"): "the sweep forgets a refresh after thirty days",
}
"""When it does what they never come to. A row that is used is out of date."""


def used(log: Path) -> set[Key]:
    """What the API server did for the functions' accounts."""
    accounts = {email(account): account for account in ("repull-diagnose", "repull-refresh")}
    return {
        (accounts[request.user], request.resource, request.verb)
        for request in audited(log)
        if request.user in accounts and request.status < 400
    }


@pytest.mark.ring2
@pytest.mark.timeout(600)  # two stories
def test_each_account_uses_what_it_may() -> None:
    async def story() -> set[Key]:
        seen: set[Key] = set()
        for scenario in (stale_nodes.SCENARIO, forced.SCENARIO):
            async with running(ring=2, settings=scenario.settings, environ={"SANDBOX_PUBSUB": "embedded"}) as world:
                checks = await scenario.play(Stage(world=world, say=lambda _: None))
                assert [check.line for check in checks if not check.holds] == []
                assert world.cluster.audit
                seen |= used(world.cluster.audit)
        return seen

    seen = asyncio.run(story())
    assert set(JOBS) - seen - set(RARE) == set(NEVER)


def test_what_is_rare_is_granted() -> None:
    assert {*RARE, *NEVER} <= set(JOBS)
