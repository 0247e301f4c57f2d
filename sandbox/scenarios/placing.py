"""Puts pods on the node that a story of a refusal is about, and takes them away again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.objects.kinds import Object, name_of
from sandbox.objects.pods import is_ready, node_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage

NODE = runbook.A1
IMAGE = runbook.image("ocr-worker", "v1")


@asynccontextmanager
async def deployed(stage: Stage, made: Object, *, plural: str = "deployments") -> AsyncIterator[list[Object]]:
    """One whose pods run on NODE, as no other node takes them: these."""
    name = name_of(made)

    def pods() -> list[Object]:
        return stage.world.view.list("pods", runbook.NAMESPACE, labels=f"app={name}")

    def runs() -> bool:
        return bool(pods()) and all(is_ready(pod) and node_of(pod) == NODE for pod in pods())

    await stage.world.admin.create(plural, made)
    await stage.until(runs, f"{name} on {NODE}")
    yield pods()
    await delete(stage, plural, name)
    await stage.until(lambda: not pods(), f"the end of {name}")


async def create(stage: Stage, pod: Object) -> None:
    await stage.world.admin.create("pods", pod)


async def delete(stage: Stage, plural: str, name: str, namespace: str = runbook.NAMESPACE) -> None:
    await stage.world.admin.delete(plural, name, namespace, grace=0)


def lone_pod(name: str, *, node: str, cpu: str = "100m") -> Object:
    """One that nobody brings back."""
    container = {"name": "main", "image": IMAGE, "resources": {"requests": {"cpu": cpu}}}
    metadata = {"name": name, "namespace": runbook.NAMESPACE}
    spec = {"nodeName": node, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
