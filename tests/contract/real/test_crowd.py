"""The crowd of the figures at scale is written behind the API server's back, and must be its own all the same."""

from pathlib import Path

import pytest

from bench.scale.crowd import PODS_PER_NODE, Crowd
from sandbox.kube import KubeClient
from sandbox.real.kwok import kwok
from sandbox.scenarios import workloads
from tests.ringtwo import RingTwo

pytestmark = pytest.mark.ring2


def test_the_api_server_serves_it_and_kwok_keeps_it(ring_two: RingTwo, tmp_path: Path) -> None:
    plane = ring_two.plane
    crowd = Crowd(nodes=2, labels={"pool": "crowd"}, shared="shared", others=3000 - PODS_PER_NODE)

    async def story(client: KubeClient) -> None:
        await client.create("namespaces", workloads.namespace("shared"))
        await crowd.gather(client, plane.etcd, lambda _: None)
        async with kwok(tmp_path, plane):
            await crowd.is_kept(client)
        nodes = await client.list("nodes", labels="pool=crowd")
        assert [each["metadata"]["name"] for each in nodes] == ["crowd-00000", "crowd-00001"]
        pods = await client.list("pods", "shared", fields="spec.nodeName=crowd-00000,status.phase=Running")
        assert len(pods) == PODS_PER_NODE
        elsewhere = await client.list("pods", "crowd-01")
        assert {each["spec"]["nodeName"] for each in elsewhere} == {"crowd-00001"}
        valid = await client.patch("pods", pods[0]["metadata"]["name"], {"metadata": {"labels": {"a": "b"}}}, "shared")
        assert valid["status"] == pods[0]["status"]
        await client.patch("nodes", "crowd-00001", {"spec": {"unschedulable": True}})

    async def cleared_up() -> None:
        client = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token)
        try:
            await story(client)
        finally:
            for namespace in ("shared", "crowd-01"):
                for pod in await client.list("pods", namespace):
                    await client.delete("pods", pod["metadata"]["name"], namespace, grace=0)
                await client.delete("namespaces", namespace)
            for node in await client.list("nodes", labels="pool=crowd"):
                await client.delete("nodes", node["metadata"]["name"])
            await client.close()

    ring_two.background.run(cleared_up(), within=250)
