"""What the refresh's account may do besides, by the optional manifest that the method ScaleWorkloads needs."""

import asyncio

from sandbox import deployment, manifests
from sandbox.kube import KubeClient
from sandbox.scenarios.stage import Stage

FILE = f"infra/cluster/{manifests.SCALING}"
_LOOK_AGAIN = 0.05
_REVIEW = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SelfSubjectAccessReview",
    "metadata": {},
    "spec": {"resourceAttributes": {"verb": "patch", "group": "apps", "resource": "deployments"}},
}


async def let_scale(stage: Stage) -> None:
    """Apply it; returns when the API server has noticed. Applied already is fine."""
    await manifests.add(stage.world.admin, manifests.SCALING)
    await _until(stage, allowed=True)


async def let_scale_no_more(stage: Stage) -> None:
    """Take it away; returns when the API server has noticed."""
    await manifests.take_away(stage.world.admin, manifests.SCALING)
    await _until(stage, allowed=False)


async def _until(stage: Stage, *, allowed: bool) -> None:
    world = stage.world
    client = world.cluster.api.connect(world.identities.issue(deployment.REFRESH))
    try:
        async with asyncio.timeout(30 * world.ring.patience):
            while await _may(client) is not allowed:  # noqa: ASYNC110 # nobody tells
                await asyncio.sleep(_LOOK_AGAIN)
    finally:
        await client.close()


async def _may(client: KubeClient) -> bool:
    answer = await client.create("selfsubjectaccessreviews", _REVIEW)
    return answer["status"]["allowed"] is True
