"""One pod on one machine: init containers, containers, restarts, and the end with grace."""

import asyncio

from sandbox.kube import times
from sandbox.kube.client import ApiError
from sandbox.machines.admission import Rejection
from sandbox.machines.boot import Boot
from sandbox.machines.containerlog import ContainerLog
from sandbox.machines.containers import CREATING, INITIALIZING, Container
from sandbox.machines.image import Image
from sandbox.machines.imagemanager import ImageManager, NoImage
from sandbox.machines.kubeletserver import NoLog
from sandbox.machines.statusreporter import StatusReporter
from sandbox.objects.kinds import Object, is_terminating, name_of, namespace_of, uid_of
from sandbox.objects.pods import is_finished, is_ready
from sandbox.recorder import container_reference, reference

FIRST_RESYNC = 1.5  # simulated seconds from a failed pull to the next look at the pod …
RESYNC = 12.0  # … and between the later ones
FIRST_CRASH_BACKOFF = 10.0
LONGEST_CRASH_BACKOFF = 300.0
_OVERDUE = Rejection(reason="DeadlineExceeded", message="Pod was active on the node longer than the specified deadline")


class PodWorker:
    """Lives as long as the kubelet knows the pod; the kubelet cancels it when the pod is gone or the power is cut."""

    def __init__(self, pod: Object, boot: Boot, images: ImageManager, *, pod_ip: str) -> None:
        self.pod = pod
        self._boot = boot
        self._images = images
        self._policy: str = pod["spec"].get("restartPolicy", "Always")
        self._containers = self._known_containers()
        self._reporter = StatusReporter(pod, self._containers, boot, pod_ip=pod_ip)
        self._stop = asyncio.Event()
        if is_terminating(pod):
            self._stop.set()

    def _known_containers(self) -> list[Container]:
        spec, status = self.pod["spec"], self.pod.get("status") or {}
        containers: list[Container] = []
        waiting = INITIALIZING if spec.get("initContainers") else CREATING
        for key, statuses, init in (
            ("initContainers", "initContainerStatuses", True),
            ("containers", "containerStatuses", False),
        ):
            earlier = {each["name"]: each for each in status.get(statuses) or ()}
            containers += [
                Container.of(each, init=init, earlier=earlier.get(each["name"]), policy=self._policy, waiting=waiting)
                for each in spec.get(key) or ()
            ]
        return containers

    def update(self, pod: Object) -> None:
        """The pod as the API server has it now."""
        self.pod = pod
        if is_terminating(pod):
            self._stop.set()
        if not is_ready(pod) and all(container.ready for container in self._containers if not container.init):
            self._reporter.contradict(pod)  # the node controller took this machine for dead, or has not heard yet

    def log(self, container: str, *, previous: bool) -> ContainerLog:
        """What a container has said in its present run, or in the one before; raises NoLog."""
        name, uid = name_of(self.pod), uid_of(self.pod)
        found = next((each for each in self._containers if each.name == container), None)
        if found is None:
            raise NoLog(f'container "{container}" not found in pod "{name}"', status=404)
        run = found.logged_run(name, previous=previous)
        log = self._boot.containerd.logs.find(uid, container, run)
        if log is None:  # the kubelet has already begun to answer when it finds that out
            raise NoLog(f"unable to retrieve container logs for {run}", status=200)
        return log

    async def run(self) -> None:
        """Run its containers until they are over or it shall stop; then see it off."""
        if not is_finished(self.pod):
            reporting = asyncio.create_task(self._reporter.run())
            working = asyncio.create_task(self._run_containers())
            stopping = asyncio.create_task(self._stop.wait())
            overdue = asyncio.create_task(self._overdue())
            try:
                await asyncio.wait({working, stopping, overdue}, return_when=asyncio.FIRST_COMPLETED)
                if overdue.done() and not stopping.done():
                    self._boot.events.normal(reference(self.pod, "Pod"), _OVERDUE.reason, _OVERDUE.message)
                    self._reporter.failure = _OVERDUE
                if working.done():
                    working.result()
                    await self._stop.wait()
                else:
                    await _cancel(working)
                    await self._terminate()
            finally:
                await _cancel(working, stopping, overdue, reporting)
            await self._reporter.report(stopped=True)
        await self._stop.wait()
        await self._delete()

    async def _overdue(self) -> None:
        """Returns when the pod has been here for longer than it may.

        In real seconds, whatever the pace: whoever limits a pod's time has an eye on a real clock.
        """
        seconds = self.pod["spec"].get("activeDeadlineSeconds")
        if seconds is None:
            await asyncio.Event().wait()
        started = (self.pod.get("status") or {}).get("startTime")
        gone = (times.now() - times.parse(started)).total_seconds() if started else 0.0
        await asyncio.sleep(seconds - gone)

    async def _run_containers(self) -> None:
        self._reporter.change()
        for container in self._containers:
            if container.init and await self._run(container) != 0:
                return
        async with asyncio.TaskGroup() as group:
            for container in self._containers:
                if not container.init:
                    group.create_task(self._run(container))

    async def _run(self, container: Container) -> int:
        """Until it is not started again; its last exit code."""
        backoff = 0.0
        while not container.is_over(self._policy):
            if container.exit_code is not None:
                await self._wait_after_crash(container, backoff)
                backoff = min(backoff * 2, LONGEST_CRASH_BACKOFF) or FIRST_CRASH_BACKOFF
                container.restart_count += 1
            await self._start(container, await self._image_for(container))
            self._reporter.change()
        return container.exit_code or 0

    async def _image_for(self, container: Container) -> Image:
        """Its image, however long it takes: each look at the pod asks the registry, unless the back-off forbids it."""
        pause = FIRST_RESYNC
        while True:
            try:
                return await self._images.ensure(self.pod, container)
            except NoImage as why:
                self._warn(container, "Failed", f"Error: {why.reason}")
                container.waits(why.reason, why.message)
                self._reporter.change()
            await self._boot.sleep(pause)
            pause = RESYNC

    async def _start(self, container: Container, image: Image) -> None:
        """Create and start it, and wait for its end."""
        container.creates(image)
        container.log = self._boot.containerd.logs.open(uid_of(self.pod), container.name, container.container_id)
        self._tell(container, "Created", f"Created container: {container.name}")
        command = container.command
        if not image.has_command(command):
            why = (
                "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
                "runc create failed: unable to start container process: error during container init: "
                f'exec: "{command}": stat {command}: no such file or directory'
            )
            self._warn(container, "Failed", f"Error: {why}")
            container.ends(128, "StartError", why, started=False)
            return
        self._tell(container, "Started", f"Started container {container.name}")
        container.starts()
        container.log.write(image.log_lines)
        probe = container.spec.get("readinessProbe")
        if probe:
            self._reporter.change()
            await self._boot.sleep(probe.get("initialDelaySeconds", 0))
        container.ready = True
        self._reporter.change()
        if image.exit_code is None:
            await asyncio.Event().wait()  # until the pod is stopped
        else:
            await self._boot.sleep(image.run_seconds)
            container.ends(image.exit_code)

    async def _wait_after_crash(self, container: Container, seconds: float) -> None:
        if not seconds:
            return  # the first restart comes at once
        whose = f"{name_of(self.pod)}_{namespace_of(self.pod)}({uid_of(self.pod)})"
        words = f"Back-off restarting failed container {container.name} in pod {whose}"
        self._warn(container, "BackOff", words)
        words = f"back-off {_duration(seconds)} restarting failed container={container.name} pod={whose}"
        container.waits("CrashLoopBackOff", words)
        self._reporter.change()
        await self._boot.sleep(seconds)

    async def _terminate(self) -> None:
        """SIGTERM, the time that the containers take or are given, SIGKILL."""
        running = [container for container in self._containers if container.is_running]
        given = self.pod["metadata"].get("deletionGracePeriodSeconds")
        grace = float(self.pod["spec"].get("terminationGracePeriodSeconds", 30) if given is None else given)
        for container in running:
            self._tell(container, "Killing", f"Stopping container {container.name}")
        needs = [container.image.stop_seconds if container.image else 0.0 for container in running]
        await self._boot.sleep(min(max(needs, default=0.0), grace))
        for container, need in zip(running, needs, strict=True):
            container.ends(0 if need <= grace else 137)

    async def _delete(self) -> None:
        """The kubelet's last word: nothing of the pod is left on this machine."""
        name, namespace, uid = name_of(self.pod), namespace_of(self.pod), uid_of(self.pod)
        while True:
            try:
                await self._boot.client.delete("pods", name, namespace, grace=0, uid=uid)
            except ApiError as fault:
                if fault.status in {404, 409}:
                    return
                await self._boot.pause()
            else:
                return

    def _tell(self, container: Container, reason: str, message: str) -> None:
        self._boot.events.normal(container_reference(self.pod, container.field_path), reason, message)

    def _warn(self, container: Container, reason: str, message: str) -> None:
        self._boot.events.warning(container_reference(self.pod, container.field_path), reason, message)


def _duration(seconds: float) -> str:
    """As Go prints it."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


async def _cancel(*tasks: "asyncio.Task[object]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
