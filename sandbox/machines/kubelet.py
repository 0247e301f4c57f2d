"""A kubelet from its start to the power-off: keeps its node, and runs the pods that are bound to it."""

import asyncio
import itertools

from sandbox.kube.client import ApiError
from sandbox.machines.admission import Rejection, reject
from sandbox.machines.boot import Boot
from sandbox.machines.imagemanager import ImageManager
from sandbox.machines.nodekeeper import NodeKeeper
from sandbox.machines.podstatus import rejected_status
from sandbox.machines.podworker import PodWorker
from sandbox.objects.kinds import Object, name_of, namespace_of, uid_of
from sandbox.objects.pods import is_finished
from sandbox.recorder import reference


class Kubelet:
    """Cancelled when the power is cut: nothing is said then, the lease just grows old."""

    def __init__(self, boot: Boot) -> None:
        self._boot = boot
        self._images = ImageManager(containerd=boot.containerd, events=boot.events, pace=boot.pace)
        self._workers: dict[str, PodWorker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._addresses = itertools.count()

    async def run(self) -> None:
        """Until cancelled."""
        async with self._boot.server.answering(self._find) as port, asyncio.TaskGroup() as group:
            node = NodeKeeper(self._boot, port=port)
            group.create_task(self._boot.events.run())
            group.create_task(node.keep_lease())
            await node.register()
            group.create_task(node.keep_status())
            group.create_task(self._keep_pods(group))

    def _find(self, namespace: str, name: str) -> PodWorker | None:
        workers = (
            each for each in self._workers.values() if (namespace_of(each.pod), name_of(each.pod)) == (namespace, name)
        )
        return next(workers, None)

    async def _keep_pods(self, group: asyncio.TaskGroup) -> None:
        while True:
            try:
                async for event in self._boot.client.watch("pods", fields=f"spec.nodeName={self._boot.node_name}"):
                    if event.type == "DELETED":
                        await self._forget(event.object)
                    else:
                        await self._meet(event.object, group)
            except ApiError:
                await self._boot.pause()

    async def _meet(self, pod: Object, group: asyncio.TaskGroup) -> None:
        """A pod that is new here, or one that has changed."""
        uid = uid_of(pod)
        worker = self._workers.get(uid)
        if worker:
            worker.update(pod)
            return
        tenants = [each.pod for each in self._workers.values() if not is_finished(each.pod)]
        rejection = None if is_finished(pod) else reject(pod, tenants, self._boot.hardware)
        if rejection:
            pod = await self._reject(pod, rejection)
        worker = PodWorker(pod, self._boot, self._images, pod_ip=self._boot.hardware.pod_ip(next(self._addresses)))
        self._workers[uid] = worker
        self._tasks[uid] = group.create_task(worker.run(), name=f"{self._boot.node_name}: {name_of(pod)}")

    async def _reject(self, pod: Object, rejection: Rejection) -> Object:
        """The pod has failed before anything of it ran; its status is all that the kubelet does about it."""
        self._boot.events.warning(reference(pod, "Pod"), rejection.reason, rejection.message)
        status = rejected_status(rejection)
        body = {"metadata": {"uid": uid_of(pod)}, "status": status}
        try:
            return await self._boot.client.patch("pods/status", name_of(pod), body, namespace_of(pod))
        except ApiError:
            return {**pod, "status": status}

    async def _forget(self, pod: Object) -> None:
        """Gone from the API: whatever still runs of it is killed."""
        self._workers.pop(uid_of(pod), None)
        task = self._tasks.pop(uid_of(pod), None)
        self._images.forget(pod)
        if task:
            task.cancel()
            await asyncio.wait([task])
        self._boot.containerd.logs.remove(uid_of(pod))
