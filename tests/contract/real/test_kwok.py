"""KWOK plays the nodes that are meant for it, and no other."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.kube import KubeClient
from sandbox.real.kwok import background_node, kwok
from tests.ringtwo import RingTwo

pytestmark = pytest.mark.ring2


def a_pod(name: str, node: str) -> dict[str, Any]:
    container = {"name": "app", "image": "app"}
    return {"metadata": {"name": name}, "spec": {"nodeName": node, "containers": [container]}}


def test_its_nodes_get_ready_and_their_pods_run_while_others_are_left_alone(ring_two: RingTwo, tmp_path: Path) -> None:
    async def story(client: KubeClient) -> None:
        await client.create("nodes", {"metadata": {"name": "silent"}})
        await client.create("nodes", background_node("played", labels={"pool": "background"}))
        for name in ("silent", "played"):
            await client.create("pods", a_pod(f"on-{name}", name), "default")
        async for event in client.watch("pods", "default", fields="metadata.name=on-played"):
            if event.object["status"]["phase"] == "Running":
                break
        node = await client.get("nodes", "played")
        assert [each["type"] for each in node["status"]["conditions"] if each["status"] == "True"] == ["Ready"]
        assert node["metadata"]["labels"]["pool"] == "background"
        assert (await client.get("leases", "played", "kube-node-lease"))["spec"]["holderIdentity"]
        assert (await client.get("pods", "on-silent", "default"))["status"]["phase"] == "Pending"

    async def cleared_up() -> None:
        plane = ring_two.plane
        client = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token)
        try:
            async with kwok(tmp_path, plane):
                await story(client)
            for name in ("silent", "played"):
                await client.delete("pods", f"on-{name}", "default", grace=0)
                await client.delete("nodes", name)
        finally:
            await client.close()

    ring_two.background.run(cleared_up())
