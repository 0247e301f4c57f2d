"""Tells the API server how a pod is: after each change, as often as it takes."""

import asyncio
from collections.abc import Sequence

from sandbox.kube.client import ApiError
from sandbox.machines.admission import Rejection
from sandbox.machines.boot import Boot
from sandbox.machines.containers import Container
from sandbox.machines.kubeletserver import ADDRESS
from sandbox.machines.podstatus import pod_status
from sandbox.objects.kinds import Object, name_of, namespace_of, uid_of


class StatusReporter:
    """Several changes in a row may go out as one, as with the real kubelet."""

    def __init__(self, pod: Object, containers: Sequence[Container], boot: Boot, *, pod_ip: str) -> None:
        self._pod = pod
        self._containers = containers
        self._boot = boot
        self._pod_ip: str = (pod.get("status") or {}).get("podIP") or pod_ip
        self._last: Object = pod.get("status") or {}
        self._written = 0  # the version that our last report made
        self._contradiction: Object | None = None
        self._changed = asyncio.Event()
        self.failure: Rejection | None = None  # why the whole pod has failed, whatever became of its containers

    def change(self) -> None:
        """Something is different; say so soon."""
        self._changed.set()

    def contradict(self, pod: Object) -> None:
        """What is heard of the pod isn't so: say it all again, unless it is of before our last report."""
        self._contradiction = pod
        self._changed.set()

    async def run(self) -> None:
        """Report changes until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.report()

    async def report(self, *, stopped: bool = False) -> None:
        """Report now, unless there is nothing new; `stopped` is for the last time, when nothing will start again."""
        while True:
            before = self._last = self._known()
            status = pod_status(
                self._pod,
                self._containers,
                before=before,
                host_ip=ADDRESS,
                pod_ip=self._pod_ip,
                stopped=stopped,
                failure=self.failure,
            )
            if status == before:
                return
            body = {"metadata": {"uid": uid_of(self._pod)}, "status": status}
            name, namespace = name_of(self._pod), namespace_of(self._pod)
            try:
                answer = await self._boot.client.patch("pods/status", name, body, namespace, kind="strategic-merge")
            except ApiError as fault:
                if fault.status in {404, 409}:
                    return  # gone, or another of that name by now: the watch will say so
                await self._boot.pause()
            else:
                self._last, self._written = status, _version(answer)
                return

    def _known(self) -> Object:
        """The status as the API server must have it."""
        heard, self._contradiction = self._contradiction, None
        known: Object = (heard.get("status") or {}) if heard and _version(heard) > self._written else self._last
        return known


def _version(pod: Object) -> int:
    return int(pod["metadata"]["resourceVersion"])
