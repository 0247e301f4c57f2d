"""May a container have its image now? Pull policy, the back-off per pod and image, and the events of each try."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

from sandbox.machines.broadcaster import Broadcaster
from sandbox.machines.containerd import Containerd
from sandbox.machines.containers import Container
from sandbox.machines.image import Image
from sandbox.machines.reference import Reference
from sandbox.machines.remote import PullError
from sandbox.objects.kinds import Object, uid_of
from sandbox.pace import Pace
from sandbox.recorder import container_reference

FIRST_BACKOFF = 10.0
LONGEST_BACKOFF = 300.0


class NoImage(Exception):
    """The container waits: `reason` and `message` are what its status says, `said` what the event after it says."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(kw_only=True, slots=True)
class _Backoff:
    """After a failed pull: no further try for `seconds` (simulated) after `since` (monotonic, real)."""

    seconds: float
    since: float
    cause: str


@dataclass(kw_only=True, slots=True)
class ImageManager:
    """Lives as long as its kubelet: what it remembers of failed pulls is lost when the machine goes down."""

    containerd: Containerd
    events: Broadcaster
    pace: Pace
    _backoffs: dict[tuple[str, str], _Backoff] = field(default_factory=dict)

    async def ensure(self, pod: Object, container: Container) -> Image:
        """The container's image, pulled where its policy says so; raises NoImage."""
        text = container.spec["image"]
        where = container_reference(pod, container.field_path)
        try:
            reference = Reference.parse(text)
        except ValueError as fault:
            cause = f'Failed to apply default image tag "{text}": couldn\'t parse image name "{text}": {fault}'
            self.events.warning(where, "InspectFailed", cause)
            raise NoImage("InvalidImageName", cause) from fault
        policy = container.spec.get("imagePullPolicy") or (
            "Always" if reference.pulls_always_by_default else "IfNotPresent"
        )
        cached = self.containerd.images.get(str(reference))
        if policy != "Always" and cached:
            self.events.normal(where, "Pulled", f'Container image "{text}" already present on machine')
            return cached
        if policy == "Never":
            cause = f'Container image "{text}" is not present with pull policy of Never'
            self.events.warning(where, "ErrImageNeverPull", cause)
            raise NoImage("ErrImageNeverPull", cause)
        return await self._pull(pod, text, reference, where)

    def forget(self, pod: Object) -> None:
        """The pod is gone, and with it its back-off."""
        for key in [key for key in self._backoffs if key[0] == uid_of(pod)]:
            del self._backoffs[key]

    async def _pull(self, pod: Object, text: str, reference: Reference, where: Object) -> Image:
        key = (uid_of(pod), text)
        backoff = self._backoffs.get(key)
        began = time.monotonic()
        if backoff and began - backoff.since < self.pace.real(backoff.seconds):
            # The event is written before the cause is appended; only the container's status carries it.
            self.events.normal(where, "BackOff", f'Back-off pulling image "{text}"')
            raise NoImage("ImagePullBackOff", f'Back-off pulling image "{text}": ErrImagePull: {backoff.cause}')
        self.events.normal(where, "Pulling", f'Pulling image "{text}"')
        try:
            image = await self.containerd.pull(reference)
        except PullError as fault:
            self.events.warning(where, "Failed", f'Failed to pull image "{text}": {fault}')
            longer = min(backoff.seconds * 2, LONGEST_BACKOFF) if backoff else FIRST_BACKOFF
            self._backoffs[key] = _Backoff(seconds=longer, since=time.monotonic(), cause=str(fault))
            raise NoImage("ErrImagePull", str(fault)) from fault
        self._backoffs.pop(key, None)
        took = timedelta(seconds=time.monotonic() - began) // timedelta(milliseconds=1)
        size = f"Image size: {image.size} bytes."
        words = f'Successfully pulled image "{text}" in {took}ms ({took}ms including waiting). {size}'
        self.events.normal(where, "Pulled", words)
        return image
