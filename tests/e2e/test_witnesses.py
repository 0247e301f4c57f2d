"""The witnesses of the real rings convict, too: each is seen to contradict, on a world in which somebody did wrong."""

import asyncio

import pytest

from sandbox import deployment, witnesses
from sandbox.kube import ApiError
from sandbox.world import World, running
from tests.e2e.playing import EMBEDDED

NODE = "node-1"


@pytest.mark.ring2
@pytest.mark.timeout(600)
def test_each_contradicts_what_was_not_so() -> None:
    async def check() -> None:
        async with running(ring=2, environ=EMBEDDED) as world:
            world.fleet.add(name=NODE, zone="us-central1-a", pool="apps", service_account=deployment.NODES)
            await world.fleet.power_on()
            assert [each.line for each in await witnesses.hear(world)] == [
                "✅ the API server's own log has no write of the functions, as the books do",
                "✅ RBAC refused the functions nothing",
            ]
            await a_write_past_the_gate(world)
            await a_call_that_no_role_allows(world)
            await a_pod_of_an_image_that_nobody_was_given(world)
            await a_reset_after_which_nobody_pulled(world)
            an_eviction_that_never_was(world)
            an_end_that_never_was(world)
            said = await witnesses.hear(world)
            for words in (
                f"only in its log: {deployment.REFRESH} patch nodes {NODE}",
                f"{deployment.DIAGNOSE} delete nodes {NODE}",
                "shop/never-evicted",
                "all is well",
                "example.com/unheard-of:v1",
            ):
                assert [each for each in said if not each.holds and words in each.why], f"nobody said {words!r}"
            assert [each.says for each in said if each.holds] == []

    asyncio.run(check())


async def a_write_past_the_gate(world: World) -> None:
    client = world.cluster.api.connect(world.identities.issue(deployment.REFRESH))
    await client.patch("nodes", NODE, {"metadata": {"labels": {"secretly": "done"}}})
    await client.close()


async def a_call_that_no_role_allows(world: World) -> None:
    client = world.cluster.front.connect(world.identities.issue(deployment.DIAGNOSE))
    with pytest.raises(ApiError, match="forbidden"):
        await client.delete("nodes", NODE)
    await client.close()


async def a_pod_of_an_image_that_nobody_was_given(world: World) -> None:
    """Bound to a node without a machine, so that no kubelet says otherwise."""
    # Without the node the pod would be collected as an orphan, on a slow machine before the witnesses have been heard.
    await world.admin.create("nodes", {"metadata": {"name": "nowhere"}})
    image, digest = "example.com/unheard-of:v1", f"sha256:{64 * '0'}"
    spec = {"nodeName": "nowhere", "containers": [{"name": "c", "image": image}]}
    await world.admin.create("pods", {"metadata": {"name": "web", "namespace": "default"}, "spec": spec})
    status = {
        "name": "c",
        "image": image,
        "imageID": f"example.com/unheard-of@{digest}",
        "ready": True,
        "restartCount": 0,
    }
    await world.admin.patch("pods/status", "web", {"status": {"containerStatuses": [status]}}, "default")
    await world.view.catch_up()


async def a_reset_after_which_nobody_pulled(world: World) -> None:
    await world.fleet[NODE].reset()
    await world.fleet[NODE].power_on()


def an_eviction_that_never_was(world: World) -> None:
    say(world, event="repull.evicted", pod="shop/never-evicted")


def an_end_that_never_was(world: World) -> None:
    say(world, event="repull.refresh_ended", message="all is well")


def say(world: World, **line: str) -> None:
    """As a function logs it."""
    labels = {"service_name": deployment.service("on_refresh_step")}
    world.logs.write(
        {
            "logName": "projects/p/logs/run",
            "resource": {"type": "cloud_run_revision", "labels": labels},
            "jsonPayload": line,
        }
    )
