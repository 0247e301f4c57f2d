"""pods/log: what containers said. A kubelet PUTs a log, which is the sandbox's own route; readers GET it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import PlainTextResponse, Response, StreamingResponse

from sandbox.kube import times
from sandbox.kube.exchange import Exchange, done
from sandbox.kube.objects import Objects
from sandbox.kube.problems import invalid as invalid_field
from sandbox.kube.status import bad_request, invalid

Object = dict[str, Any]
Line = tuple[datetime, str]
_Address = tuple[str, str]  # uid of the pod, container


@dataclass(slots=True)
class _Log:
    lines: list[Line] = field(default_factory=list)
    previous: list[Line] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Logs:
    """The logs of all containers; a pod's go with it, since another pod of its name has another uid."""

    def __init__(self) -> None:
        self._logs: dict[_Address, _Log] = {}

    def write(self, exchange: Exchange) -> Response:
        """The whole log of the container's present run. What does not go on where it was is another run's."""
        pod = _pod(exchange)
        log = self._logs.setdefault((pod["metadata"]["uid"], _container(exchange, pod)), _Log())
        texts, known = exchange.body.decode().splitlines(), [text for _, text in log.lines]
        if texts[: len(known)] != known:
            log.previous, log.lines, known = log.lines, [], []
        now = times.now()
        log.lines.extend((now, text) for text in texts[len(known) :])
        log.changed.set()
        log.changed = asyncio.Event()
        return done()

    def read(self, exchange: Exchange) -> Response:
        """As text. A log that is not there is 200 with the kubelet's error as text, as on a real node."""
        pod = _pod(exchange)
        container = _container(exchange, pod)
        window = _Window.asked(exchange)
        _refuse_if_not_started(pod, container, previous=window.previous)
        log = self._logs.get((pod["metadata"]["uid"], container))
        if window.follow and not window.previous:
            stream = self._follow(exchange.objects, pod, container, window)
            return StreamingResponse(stream, media_type="text/plain")
        lines = (log.previous if window.previous else log.lines) if log else None
        if lines is None:
            path = f"/var/log/containers/{pod['metadata']['name']}_{pod['metadata']['namespace']}_{container}.log"
            return PlainTextResponse(
                f'failed to try resolving symlinks in path "{path}": lstat {path}: no such file or directory'
            )
        return PlainTextResponse(window.cut(lines))

    async def _follow(self, objects: Objects, pod: Object, container: str, window: "_Window") -> AsyncIterator[str]:
        """Until the container has ended or the pod is gone."""
        log = self._logs.setdefault((pod["metadata"]["uid"], container), _Log())
        shown = len(log.lines)
        yield window.cut(log.lines)
        whole, poll = replace(window, tail=None), 0.2
        while _goes_on(objects, pod, container) or len(log.lines) > shown:
            if shown > len(log.lines):
                return  # another run of the container
            if len(log.lines) > shown:
                fresh, shown = log.lines[shown:], len(log.lines)
                yield whole.cut(fresh)
                continue
            try:
                async with asyncio.timeout(poll):
                    await log.changed.wait()
            except TimeoutError:
                continue


@dataclass(frozen=True, kw_only=True, slots=True)
class _Window:
    """Which part of a log is asked for, and how."""

    follow: bool
    previous: bool
    timestamps: bool
    tail: int | None
    limit: int | None
    since: datetime | None

    @classmethod
    def asked(cls, exchange: Exchange) -> "_Window":
        seconds, moment = exchange.number("sinceSeconds"), exchange.query.get("sinceTime")
        if seconds == 0:
            cause = invalid_field("sinceSeconds", 0, "must be greater than 0")
            raise invalid("PodLogOptions", "", exchange.target.name, [cause])
        since = times.now() - timedelta(seconds=seconds) if seconds else None
        if moment:
            if not times.is_rfc3339(moment):
                raise bad_request(f'parsing time "{moment}" as "2006-01-02T15:04:05Z07:00": cannot parse "{moment}"')
            since = times.parse(moment)
        return cls(
            follow=exchange.flag("follow"),
            previous=exchange.flag("previous"),
            timestamps=exchange.flag("timestamps"),
            tail=exchange.number("tailLines"),
            limit=exchange.number("limitBytes"),
            since=since,
        )

    def cut(self, lines: list[Line]) -> str:
        chosen = [line for line in lines if self.since is None or line[0] >= self.since]
        if self.tail is not None:
            chosen = chosen[len(chosen) - self.tail :] if self.tail < len(chosen) else chosen
        text = "".join(f"{_stamp(at)} {said}\n" if self.timestamps else f"{said}\n" for at, said in chosen)
        return text if self.limit is None else text[: self.limit]


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def _pod(exchange: Exchange) -> Object:
    target = exchange.target
    return exchange.objects.read(target.resource, target.namespace, target.name).object


def _container(exchange: Exchange, pod: Object) -> str:
    """The one that is asked for, or the only one there is."""
    name, spec = exchange.target.name, pod["spec"]
    names = [each["name"] for each in (*(spec.get("initContainers") or []), *spec["containers"])]
    asked = exchange.query.get("container", "")
    if asked and asked not in names:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    if asked:
        return asked
    if len(spec["containers"]) == 1 and len(names) == 1:
        return str(names[0])
    inits = [each["name"] for each in spec.get("initContainers") or []]
    listed = f"[{' '.join(each['name'] for each in spec['containers'])}]"
    also = f" or one of the init containers: [{' '.join(inits)}]" if inits else ""
    raise bad_request(f"a container name must be specified for pod {name}, choose one of: {listed}{also}")


def _state(pod: Object, container: str) -> Object:
    statuses = (*(pod["status"].get("initContainerStatuses") or []), *(pod["status"].get("containerStatuses") or []))
    return next((each for each in statuses if each["name"] == container), {})


def _refuse_if_not_started(pod: Object, container: str, *, previous: bool) -> None:
    name = pod["metadata"]["name"]
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")
    found = _state(pod, container)
    state, last = found.get("state") or {}, found.get("lastState") or {}
    if previous and not last.get("terminated"):
        raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    if previous or state.get("running") or state.get("terminated") or last.get("terminated"):
        return
    reason = (state.get("waiting") or {}).get("reason") or "ContainerCreating"
    says = {
        "ErrImagePull": "image can't be pulled",
        "ImagePullBackOff": "trying and failing to pull image",
    }.get(reason, reason)
    raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {says}')


def _goes_on(objects: Objects, pod: Object, container: str) -> bool:
    metadata = pod["metadata"]
    current = objects.storage.get("pods", (metadata["namespace"], metadata["name"]))
    if current is None or current.object["metadata"]["uid"] != metadata["uid"]:
        return False
    return not (_state(current.object, container).get("state") or {}).get("terminated")
