"""One container of a pod as its kubelet sees it: waiting, running or terminated, and what it was before."""

import secrets
from dataclasses import dataclass, field
from typing import Self

from sandbox.kube import times
from sandbox.machines.containerlog import ContainerLog
from sandbox.machines.image import Image
from sandbox.machines.kubeletserver import NoLog
from sandbox.objects.kinds import Object

CREATING = {"waiting": {"reason": "ContainerCreating"}}
INITIALIZING = {"waiting": {"reason": "PodInitializing"}}
_PULLING = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}


@dataclass(kw_only=True, slots=True)
class Container:
    """Mutable: the kubelet moves it along and reports `status` after each move."""

    spec: Object
    init: bool = False
    image: Image | None = None
    image_id: str = ""
    container_id: str = ""
    restart_count: int = 0
    state: Object = field(default_factory=lambda: dict(CREATING))
    last_state: Object = field(default_factory=dict)
    ready: bool = False
    log: ContainerLog = field(default_factory=ContainerLog)

    @classmethod
    def of(cls, spec: Object, *, init: bool, earlier: Object | None, policy: str, waiting: Object) -> Self:
        """A container of a pod that this kubelet meets; `earlier` is its status from before a power-off, if any.

        What ran then is lost, and started again only where the restart policy says so. Init containers run again.
        """
        waiting = dict(waiting)
        if earlier is None:
            return cls(spec=spec, init=init, state=waiting)
        restarts, last = earlier.get("restartCount", 0), earlier.get("lastState") or {}
        if not earlier.get("containerID"):
            return cls(spec=spec, init=init, state=waiting, restart_count=restarts, last_state=last)
        lost = _lost(earlier)
        if not init and (policy == "Never" or (policy == "OnFailure" and lost["terminated"]["exitCode"] == 0)):
            return cls(
                spec=spec,
                state=lost,
                restart_count=restarts,
                last_state=last,
                container_id=earlier["containerID"],
                image_id=earlier.get("imageID", ""),
            )
        return cls(spec=spec, init=init, state=waiting, restart_count=restarts + 1, last_state=lost)

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def field_path(self) -> str:
        return f"spec.{'initContainers' if self.init else 'containers'}{{{self.name}}}"

    def is_over(self, policy: str) -> bool:
        """It has ended and, by the pod's restart policy, is not started again."""
        if self.exit_code is None:
            return False
        return policy == "Never" or (self.exit_code == 0 and (self.init or policy == "OnFailure"))

    @property
    def is_running(self) -> bool:
        return "running" in self.state

    @property
    def exit_code(self) -> int | None:
        terminated = self.state.get("terminated")
        return int(terminated["exitCode"]) if terminated else None

    @property
    def command(self) -> str:
        """The program that starts: the pod's word before the image's."""
        given = self.spec.get("command") or (self.image.entrypoint if self.image else ())
        return str(given[0]) if given else ""

    def waits(self, reason: str, message: str = "") -> None:
        if "terminated" in self.state:
            self.last_state = self.state
        self.state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
        self.ready = False

    def creates(self, image: Image) -> None:
        """The runtime has made it from its image; nothing runs yet."""
        if "terminated" in self.state:
            self.last_state = self.state
        self.image, self.image_id = image, image.image_id
        self.container_id = f"containerd://{secrets.token_hex(32)}"

    def starts(self) -> None:
        self.state = {"running": {"startedAt": times.seconds(times.now())}}

    def ends(self, exit_code: int, reason: str = "", message: str = "", *, started: bool = True) -> None:
        began = self.state.get("running", {}).get("startedAt") if started else None
        self.state = {
            "terminated": {
                "exitCode": exit_code,
                "reason": reason or ("Completed" if exit_code == 0 else "Error"),
                **({"message": message} if message else {}),
                "startedAt": began or "1970-01-01T00:00:00Z",
                "finishedAt": times.seconds(times.now()),
                "containerID": self.container_id,
            }
        }
        self.ready = False
        self.log.end()

    def logged_run(self, pod: str, *, previous: bool) -> str:
        """The id of the container whose log is meant; raises NoLog where there can be none.

        The kubelet's `validateContainerLogStatus`.
        """
        last = (self.last_state.get("terminated") or {}).get("containerID", "")
        if previous:
            if last:
                return str(last)
            raise NoLog(f'previous terminated container "{self.name}" in pod "{pod}" not found')
        if "waiting" not in self.state:
            return self.container_id
        if last:
            return str(last)
        reason = self.state["waiting"]["reason"]
        raise NoLog(f'container "{self.name}" in pod "{pod}" is waiting to start: {_PULLING.get(reason, reason)}')

    def status(self) -> Object:
        """Its entry in the pod's `containerStatuses`."""
        return {
            "name": self.name,
            "image": self.spec["image"],
            "imageID": self.image_id,
            "restartCount": self.restart_count,
            "ready": self.exit_code == 0 if self.init else self.ready,
            "started": self.is_running,
            "state": self.state,
            "lastState": self.last_state,
            **({"containerID": self.container_id} if self.container_id else {}),
        }


def _lost(earlier: Object) -> Object:
    """How a container that a dead machine took along is reported after the boot."""
    if "terminated" in (earlier.get("state") or {}):
        return {"terminated": earlier["state"]["terminated"]}
    running = (earlier.get("state") or {}).get("running") or {}
    return {
        "terminated": {
            "exitCode": 255,
            "reason": "Unknown",
            "startedAt": running.get("startedAt") or times.seconds(times.now()),
            "finishedAt": times.seconds(times.now()),
            "containerID": earlier["containerID"],
        }
    }
