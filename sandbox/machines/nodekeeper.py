"""The kubelet's half that speaks about the machine: its Node object, its status, its lease."""

import asyncio

from sandbox.kube import times
from sandbox.kube.client import ApiError
from sandbox.machines.boot import Boot
from sandbox.machines.nodeobject import new_node, node_status
from sandbox.objects.kinds import Object, labels_of, uid_of

START_SECONDS = 1.0  # simulated, from the kubelet's start to its runtime's first sign of life
STATUS_SECONDS = 300.0  # simulated, between two reports of an unchanged status; the lease is the heartbeat
LEASES = "kube-node-lease"


class NodeKeeper:
    """A kubelet registers once. If its Node is deleted it goes on without one, and without a lease, as real ones do."""

    def __init__(self, boot: Boot, *, port: int) -> None:
        self._boot = boot
        self._port = port  # on which the kubelet answers

    async def register(self) -> None:
        """Not ready first, as the runtime has not shown itself yet; ready a moment later."""
        boot, about = self._boot, self._reference()
        node = await boot.insist(self._find_or_create)
        boot.events.normal(about, "Starting", "Starting kubelet.")
        before = ((node.get("status") or {}).get("nodeInfo") or {}).get("bootID")
        await boot.insist(lambda: self._report(node, ready=False))
        if before and before != boot.boot_id:
            words = f"Node {boot.node_name} has been rebooted, boot id: {boot.boot_id}"
            boot.events.warning(about, "Rebooted", words)
        await boot.sleep(START_SECONDS)
        await boot.insist(self._report_ready)
        boot.events.normal(about, "NodeReady", f"Node {boot.node_name} status is now: NodeReady")
        boot.on_ready()

    async def keep_status(self) -> None:
        """Repeat the status now and then, until cancelled."""
        while True:
            await self._boot.sleep(STATUS_SECONDS)
            try:
                await self._report_ready()
            except ApiError:
                continue  # the next report is due anyway

    async def keep_lease(self) -> None:
        """Renew it, until cancelled."""
        while True:
            try:
                await self._renew()
            except ApiError:
                await self._boot.pause()
            else:
                await asyncio.sleep(self._boot.heartbeat_seconds())

    async def _find_or_create(self) -> Object:
        """A Node that is there keeps its cordon, annotations and labels; GKE's own labels are put right."""
        client, hardware = self._boot.client, self._boot.hardware
        try:
            node = await client.get("nodes", hardware.name)
        except ApiError as fault:
            if fault.status != 404:
                raise
            boot = self._boot
            node = new_node(hardware, boot_id=boot.boot_id, machine_id=boot.machine_id, port=self._port)
            return await client.create("nodes", node)
        if not hardware.labels.items() <= labels_of(node).items():
            node = await client.patch("nodes", hardware.name, {"metadata": {"labels": hardware.labels}})
        return node

    async def _report_ready(self) -> None:
        await self._report(await self._boot.client.get("nodes", self._boot.node_name), ready=True)

    async def _report(self, before: Object, *, ready: bool) -> None:
        boot = self._boot
        status = node_status(
            boot.hardware,
            boot_id=boot.boot_id,
            machine_id=boot.machine_id,
            port=self._port,
            before=before,
            ready=ready,
        )
        await boot.client.patch("nodes/status", boot.node_name, {"status": status}, kind="strategic-merge")

    async def _renew(self) -> None:
        name, client = self._boot.node_name, self._boot.client
        spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": times.microseconds(times.now())}
        try:
            await client.patch("leases", name, {"spec": spec}, LEASES)
        except ApiError as fault:
            if fault.status != 404:
                raise
            node = await client.get("nodes", name)  # the lease belongs to it, and without a Node there is none
            owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": uid_of(node)}
            lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
            metadata = {"name": name, "ownerReferences": [owner]}
            await client.create("leases", {**lease, "metadata": metadata, "spec": spec}, LEASES)

    def _reference(self) -> Object:
        """Kubelets use their node's name as its uid, to this day."""
        name = self._boot.node_name
        return {"kind": "Node", "name": name, "uid": name}
