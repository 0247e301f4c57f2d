"""A Node of the pool behind which there is no machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sandbox.kube import times
from sandbox.kube.client import KubeClient
from sandbox.scenarios import runbook
from sandbox.scenarios.placing import delete
from sandbox.scenarios.stage import Stage

_LEASES = "kube-node-lease"


@asynccontextmanager
async def phantom(
    stage: Stage,
    name: str,
    *,
    metadata: dict[str, Any],
    spec: dict[str, Any],
    ready: bool,
    info: dict[str, Any] | None = None,
) -> AsyncIterator[None]:
    """It was made long ago, as far as anybody can tell."""
    like = await stage.world.admin.get("nodes", runbook.B1)
    labels = {**like["metadata"]["labels"], **metadata.get("labels", {}), "kubernetes.io/hostname": name}
    condition = {"type": "Ready", "status": str(ready), "reason": "Kubelet", "message": "a phantom"}
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {**metadata, "name": name, "labels": labels},
        "spec": spec,
        "status": {**like["status"], "conditions": [condition], "nodeInfo": like["status"]["nodeInfo"] | (info or {})},
    }
    if ready:
        await keep_ready(stage.world.admin, name)
    await stage.world.admin.create("nodes", node)
    yield
    await delete(stage, "nodes", name, "")
    if ready:
        await delete(stage, "leases", name, _LEASES)


async def keep_ready(client: KubeClient, name: str) -> None:
    """For the next hour, as nobody's kubelet says that it is."""
    renewed = times.microseconds(times.now() + timedelta(hours=1))
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": name, "namespace": _LEASES},
        "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": renewed},
    }
    await client.create("leases", lease)
