"""Kubernetes Events as client-go's recorder writes them: a repeated one is counted, a flood is cut off."""

import time
from dataclasses import dataclass, field
from typing import Self

from sandbox.kube import times
from sandbox.kube.client import ApiError, KubeClient
from sandbox.objects.kinds import Object, name_of, namespace_of, uid_of
from sandbox.pace import Pace

BURST = 25  # events about one object that pass at once …
REFILL_SECONDS = 300.0  # … and then one in so many simulated seconds

_API_VERSIONS = {
    "Node": "v1",
    "Pod": "v1",
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "PodDisruptionBudget": "policy/v1",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """What an event will say; `kind` is Normal or Warning, and `at` an RFC 3339 time."""

    about: Object
    kind: str
    reason: str
    message: str
    at: str

    @classmethod
    def now(cls, about: Object, kind: str, reason: str, message: str) -> Self:
        return cls(about=about, kind=kind, reason=reason, message=message, at=times.seconds(times.now()))


@dataclass(kw_only=True, slots=True)
class _Series:
    """An event that has been written, and how often it has happened."""

    name: str
    count: int


@dataclass(kw_only=True, slots=True)
class _Bucket:
    """What client-go calls the spam filter: per object, whatever the events say."""

    tokens: float
    filled_at: float


@dataclass(kw_only=True, slots=True)
class Recorder:
    """One source's events. What it remembers of the past is lost with its process, as everywhere."""

    client: KubeClient
    pace: Pace
    component: str
    host: str = ""
    _series: dict[tuple[str, ...], _Series] = field(default_factory=dict)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    async def normal_on(self, obj: Object, kind: str, reason: str, message: str) -> None:
        await self.record(Happening.now(reference(obj, kind), "Normal", reason, message))

    async def warning_on(self, obj: Object, kind: str, reason: str, message: str) -> None:
        await self.record(Happening.now(reference(obj, kind), "Warning", reason, message))

    async def record(self, what: Happening) -> None:
        """An event is a courtesy: where it can't be written, the work goes on."""
        if not self._passes(what.about):
            return
        key = (what.about["uid"], what.about.get("fieldPath", ""), what.kind, what.reason, what.message)
        try:
            series = self._series.get(key)
            if series is None or not await self._count(what, series):
                self._series[key] = await self._write(what)
        except ApiError:
            return

    def _passes(self, about: Object) -> bool:
        bucket = self._buckets.setdefault(about["uid"], _Bucket(tokens=BURST, filled_at=time.monotonic()))
        moment = time.monotonic()
        refilled = (moment - bucket.filled_at) / self.pace.real(REFILL_SECONDS)
        bucket.tokens, bucket.filled_at = min(bucket.tokens + refilled, BURST), moment
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    async def _count(self, what: Happening, series: _Series) -> bool:
        """Happened again; False where the event is no longer there to be counted."""
        change = {"count": series.count + 1, "lastTimestamp": what.at}
        try:
            await self.client.patch("events", series.name, change, _home(what.about))
        except ApiError as fault:
            if fault.status != 404:
                raise
            return False
        series.count += 1
        return True

    async def _write(self, what: Happening) -> _Series:
        name = f"{what.about['name']}.{time.time_ns():x}"
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": _home(what.about)},
            "involvedObject": what.about,
            "reason": what.reason,
            "message": what.message,
            "type": what.kind,
            "source": {"component": self.component, **({"host": self.host} if self.host else {})},
            "reportingComponent": self.component,
            "reportingInstance": self.host,
            "firstTimestamp": what.at,
            "lastTimestamp": what.at,
            "count": 1,
            "eventTime": None,
        }
        await self.client.create("events", event)
        return _Series(name=name, count=1)


def reference(obj: Object, kind: str) -> Object:
    """An ObjectReference to something of which only a list answer is at hand."""
    return {
        "apiVersion": _API_VERSIONS[kind],
        "kind": kind,
        "name": name_of(obj),
        "uid": uid_of(obj),
        "resourceVersion": obj["metadata"].get("resourceVersion", ""),
        **({"namespace": namespace_of(obj)} if namespace_of(obj) else {}),
    }


def container_reference(pod: Object, field_path: str) -> Object:
    """A reference to one container of a pod."""
    return {**reference(pod, "Pod"), "fieldPath": field_path}


def _home(about: Object) -> str:
    """Events about what lives in no namespace are kept in `default`."""
    return str(about.get("namespace") or "default")
