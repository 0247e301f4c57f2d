"""Everything that keeps a node from being touched, a row each: one story, in which only the obstacle differs.

Whatever is in the way is found before the node is cordoned, named, and nothing is done to the node.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from sandbox.objects.kinds import Object, name_of
from sandbox.objects.pods import is_ready
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.stage import Stage

NODE = runbook.A1
IMAGE = runbook.image("ocr-worker", "v1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """`inside` puts it in the way of the renewal of NODE, and takes it away again."""

    name: str
    shows: str
    words: tuple[str, ...]  # in the refusal
    inside: Callable[[Stage], AbstractAsyncContextManager[None]]
    settings: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, object] = field(default_factory=dict)  # more of the start message


@asynccontextmanager
async def no_room(stage: Stage) -> AsyncIterator[None]:
    """The other nodes are nearly full, and this one has a large pod."""
    world, namespace = stage.world, runbook.NAMESPACE
    others = [name_of(node) for node in world.view.list("nodes") if name_of(node) != NODE]
    fillers = {f"filler-{index}": _pod(f"filler-{index}", node=node, cpu="3") for index, node in enumerate(others)}
    for filler in fillers.values():
        await world.admin.create("pods", filler)
    giant = workloads.deployment("giant", in_namespace=namespace, image=IMAGE, replicas=1)
    giant["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "2"}}
    await world.admin.create("deployments", giant)
    await stage.until(lambda: _runs(stage, "giant"), "the large pod")
    stage.say(f"a pod on {NODE} asks for 2 cpu, and no other node has so much left")
    yield
    await world.admin.delete("deployments", "giant", namespace)
    for name in fillers:
        await world.admin.delete("pods", name, namespace, grace=0)
    await stage.until(lambda: not world.view.list("pods", namespace, labels="app=giant"), "the large pod to go")


OBSTACLES = (
    Obstacle(
        name="no-room",
        shows="a node's pod would find no room on the other nodes, and the setting says that this is a refusal",
        words=("no other node takes pod prod-app/giant-", "with too little cpu"),
        inside=no_room,
        settings={"REPULL_ROOM": "refuse"},
    ),
)


def _pod(name: str, *, node: str, cpu: str) -> Object:
    """One that nobody brings back."""
    container = {"name": "main", "image": IMAGE, "resources": {"requests": {"cpu": cpu}}}
    metadata = {"name": name, "namespace": runbook.NAMESPACE}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"nodeName": node, "containers": [container]},
    }


def _runs(stage: Stage, app: str) -> bool:
    pods = stage.world.view.list("pods", runbook.NAMESPACE, labels=f"app={app}")
    return bool(pods) and all(map(is_ready, pods))
