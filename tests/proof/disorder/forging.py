"""A Node object proves nothing: whoever may create one may name any machine in it."""

from typing import TYPE_CHECKING

from tests.proof.disorder.plans import NODES
from tests.proof.marks import ON_LOAN

if TYPE_CHECKING:
    from tests.proof.disorder.story import Disorder


async def forge(here: "Disorder", node: str, number: int) -> None:
    """Somebody puts another Node in its place, which names a neighbour's machine; its kubelet goes on with it."""
    found = here.node(node)
    other = NODES[(NODES.index(node) + 1 + number % (len(NODES) - 1)) % len(NODES)]
    if found is None:
        return
    copied = found["metadata"]["labels"].items()
    labels = {key: value for key, value in copied if "repull.dev/" not in key and key not in ON_LOAN}
    await here.admin.delete("nodes", node)
    here.before = here.before.open(node)
    here.excluded -= {node}
    made = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node, "labels": labels},
        "spec": {"providerID": here.world.fleet[other].hardware.provider_id},
        "status": found["status"],
    }
    await here.admin.create("nodes", made)
