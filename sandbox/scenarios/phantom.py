"""A Node of the pool behind which there is no machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sandbox.scenarios import runbook
from sandbox.scenarios.placing import delete
from sandbox.scenarios.stage import Stage


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
    await stage.world.admin.create("nodes", node)
    yield
    await delete(stage, "nodes", name, "")
