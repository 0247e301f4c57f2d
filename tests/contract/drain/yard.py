"""The cluster in which nodes are drained: a real control plane, and kubelets that are as simple as can be."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.identities import Identities
from sandbox.kube import KubeClient
from sandbox.real.authentication import Authenticator
from sandbox.real.controlplane import ControlPlane, control_plane, install
from sandbox.real.flags import Timing
from sandbox.serving import serve
from tests.contract.adapters.product import KEY
from tests.contract.drain.kubelets import Kubelets
from tests.contract.drain.pods import Object
from tests.contract.drain.seen import Seen

POOL = "pool-1"
OPEN = "a-node"
"""The node that takes pods. It is the first in the alphabet, since a preflight looks at a few nodes only."""

_UNSAID = (
    "machineID",
    "systemUUID",
    "kernelVersion",
    "osImage",
    "containerRuntimeVersion",
    "kubeletVersion",
    "kubeProxyVersion",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Yard:
    """`client` is the administrator's."""

    plane: ControlPlane
    identities: Identities
    client: KubeClient
    seen: Seen


@asynccontextmanager
async def yard(directory: Path) -> AsyncIterator[Yard]:
    """A control plane of its own: hundreds of namespaces are left behind, and go with it."""
    identities = Identities()
    async with AsyncExitStack() as stack:
        served = await serve(Authenticator(identities).app)
        stack.push_async_callback(served.stop)
        timing = Timing(node_monitor_grace=3600)  # nobody sends heartbeats here
        plane = await stack.enter_async_context(control_plane(directory, authenticate=served.url, timing=timing))
        await install(plane, KEY.project)
        client = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token, at_once=8)
        stack.push_async_callback(client.close)
        seen = Seen(client)
        Kubelets(client, seen)
        await stack.enter_async_context(seen.watching())
        await client.create("nodes", node(OPEN))
        yield Yard(plane=plane, identities=identities, client=client, seen=seen)


def node(name: str, **spec: Any) -> Object:
    """One that is Ready, and whose machine an instance group has."""
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "cloud.google.com/gke-nodepool": POOL,
    }
    room = {"cpu": "1000", "memory": "1000Gi", "pods": "10000"}
    info = {"bootID": f"boot-{name}", "operatingSystem": "linux", "architecture": "amd64"}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": f"gce://{KEY.project}/us-central1-a/{name}", **spec},
        "status": {
            "capacity": room,
            "allocatable": room,
            "nodeInfo": dict.fromkeys(_UNSAID, "") | info,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "test"}],
        },
    }
