"""A small asynchronous API client, for the controllers and kubelets of the sandbox. It knows nothing of this server."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import aiohttp

from sandbox.asking import session

Object = dict[str, Any]
Objects = list[Object]
PatchType = Literal["merge", "strategic-merge", "json"]
_GROUPS = {
    "clusterrolebindings": "rbac.authorization.k8s.io/v1",
    "clusterroles": "rbac.authorization.k8s.io/v1",
    "customresourcedefinitions": "apiextensions.k8s.io/v1",
    "daemonsets": "apps/v1",
    "deployments": "apps/v1",
    "horizontalpodautoscalers": "autoscaling/v2",
    "jobs": "batch/v1",
    "leases": "coordination.k8s.io/v1",
    "noderefreshes": "repull.dev/v1alpha1",
    "poddisruptionbudgets": "policy/v1",
    "replicasets": "apps/v1",
    "rolebindings": "rbac.authorization.k8s.io/v1",
    "roles": "rbac.authorization.k8s.io/v1",
    "selfsubjectaccessreviews": "authorization.k8s.io/v1",
    "statefulsets": "apps/v1",
    "volumeattachments": "storage.k8s.io/v1",
}
AGENT = "kubectl/sandbox"
"""What the people of the sandbox write with, by which a real API server names the manager of a field."""
_PAGE = 500
_PASSES = frozenset({0, 410, 429, 500, 502, 503, 504})  # what trying again may cure
_PAUSE = 0.1  # before a list that failed is tried again
_CONNECT_SECONDS = _READ_SECONDS = 30.0
_ONCE = aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
_FOR_EVER = aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS)


class ApiError(Exception):
    """An answer that is not a success: a Status of the API server, or status 0 where no answer came."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """`type` is ADDED, MODIFIED or DELETED; BOOKMARK, with an empty object, where a watch was asked for it."""

    type: str
    object: Object


class KubeClient:
    """Objects are plain dicts. Resources are named by their plural, subresources after a slash: "pods/status".

    With `at_once`, so many calls are under way at a time, and the others wait for their turn; watches don't.
    """

    def __init__(self, *, url: str, ca: Path, token: str, at_once: int | None = None) -> None:
        self._turns = asyncio.Semaphore(at_once) if at_once else nullcontext()
        self._url, self._ca, self._token = url, ca, token

    @cached_property
    def _http(self) -> aiohttp.ClientSession:
        """Of the event loop in which the first call is made; it may be made elsewhere than this client was."""
        return session(
            self._ca,
            base_url=self._url,
            headers={
                "authorization": f"Bearer {self._token}",
                "accept": "application/json",
                "accept-encoding": "identity",  # what goes from process to process is not worth packing
                "user-agent": AGENT,
            },
            timeout=_ONCE,
        )

    async def close(self) -> None:
        await self._http.close()

    async def get(self, resource: str, name: str, namespace: str = "") -> Object:
        return await self._call("GET", _path(resource, namespace, name))

    async def list(self, resource: str, namespace: str = "", *, labels: str = "", fields: str = "") -> Objects:
        """All of them, read page by page."""
        items, _ = await self._list(resource, namespace, labels, fields)
        return items

    async def create(self, resource: str, obj: Object, namespace: str = "") -> Object:
        """`resource` may be a subresource ("pods/eviction"): its name is the object's."""
        plural, _, subresource = resource.partition("/")
        name = obj["metadata"]["name"] if subresource else ""
        namespace = namespace or obj.get("metadata", {}).get("namespace", "")
        return await self._call("POST", _path(f"{plural}/{subresource}".rstrip("/"), namespace, name), obj)

    async def replace(self, resource: str, obj: Object) -> Object:
        metadata = obj["metadata"]
        return await self._call("PUT", _path(resource, metadata.get("namespace", ""), metadata["name"]), obj)

    async def patch(
        self, resource: str, name: str, patch: Any, namespace: str = "", *, kind: PatchType = "merge"
    ) -> Object:
        content_type = f"application/{kind}-patch+json"
        return await self._call("PATCH", _path(resource, namespace, name), patch, content_type=content_type)

    async def delete(
        self,
        resource: str,
        name: str,
        namespace: str = "",
        *,
        grace: int | None = None,
        uid: str = "",
        foreground: bool = False,
    ) -> Object:
        """`grace` None means the object's own; `uid` makes it this object or none (409).

        In the `foreground` it stays until what it owns, and what blocks it, is gone.
        """
        options: Object = {"propagationPolicy": "Foreground"} if foreground else {}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        if uid:
            options["preconditions"] = {"uid": uid}
        return await self._call("DELETE", _path(resource, namespace, name), options)

    async def read_log(self, name: str, namespace: str) -> str:
        """What a pod's only container has said."""
        return (await self._ask("GET", _path("pods/log", namespace, name))).decode()

    async def watch(
        self, resource: str, namespace: str = "", *, labels: str = "", fields: str = "", bookmarks: bool = False
    ) -> AsyncGenerator[WatchEvent, None]:
        """Everything that is there as ADDED, then every change, for ever.

        A broken or expired watch begins again with a list: what is still there comes as ADDED once more, what went
        meanwhile as DELETED. With `bookmarks`, a BOOKMARK follows whenever such a telling is complete. Raises what
        trying again would not cure.
        """
        known: dict[str, Object] = {}
        while True:
            try:
                items, revision = await self._list(resource, namespace, labels, fields)
            except ApiError as error:
                if error.status not in _PASSES:
                    raise
                await asyncio.sleep(_PAUSE)
                continue
            present = {each["metadata"]["uid"]: each for each in items}
            for uid in [each for each in known if each not in present]:
                yield WatchEvent("DELETED", known.pop(uid))
            known.update(present)
            for each in items:
                yield WatchEvent("ADDED", each)
            if bookmarks:
                yield WatchEvent("BOOKMARK", {})
            async for event in self._changes(resource, namespace, labels, fields, revision):
                uid = event.object["metadata"]["uid"]
                if event.type == "DELETED":
                    known.pop(uid, None)
                else:
                    known[uid] = event.object
                yield event

    async def _changes(
        self, resource: str, namespace: str, labels: str, fields: str, revision: str
    ) -> AsyncGenerator[WatchEvent, None]:
        """Until the server ends it for good: an expired revision, a lost connection."""
        while True:
            query = _query(labels, fields) | {"watch": "1", "resourceVersion": revision, "allowWatchBookmarks": "true"}
            try:
                async with self._http.get(_path(resource, namespace), params=query, timeout=_FOR_EVER) as response:
                    if not response.ok:
                        return  # the list that follows says why
                    async for line in _lines(response.content.iter_any()):
                        event = json.loads(line)
                        if event["type"] == "ERROR":
                            return
                        revision = event["object"]["metadata"]["resourceVersion"]
                        if event["type"] != "BOOKMARK":
                            yield WatchEvent(event["type"], event["object"])
            except aiohttp.ClientError:
                return

    async def _list(self, resource: str, namespace: str, labels: str, fields: str) -> tuple[Objects, str]:
        items: Objects = []
        query = _query(labels, fields) | {"limit": str(_PAGE)}
        while True:
            page = await self._call("GET", _path(resource, namespace), query=query)
            items += page["items"]
            token = page["metadata"].get("continue")
            if not token:
                return items, page["metadata"]["resourceVersion"]
            query["continue"] = token

    async def _call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Object:
        content = json.dumps(body, separators=(",", ":")).encode() if body is not None else None
        headers = {"content-type": content_type} if content is not None else {}
        answered: Object = json.loads(await self._ask(method, path, data=content, headers=headers, params=query))
        return answered

    async def _ask(self, method: str, path: str, **request: Any) -> bytes:
        try:
            async with self._turns, self._http.request(method, path, **request) as response:
                answer = await response.read()
        except aiohttp.ClientError as error:
            raise ApiError(0, "NoAnswer", f"{method} {path}: {error!r}") from error
        if not response.ok:
            raise _error(response.status, answer)
        return answer


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """One event each. JSON may hold whatever else Unicode takes for the end of a line, as U+2028."""
    rest = b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in filter(None, lines):
            yield line


def _path(resource: str, namespace: str = "", name: str = "") -> str:
    plural, _, subresource = resource.partition("/")
    group = _GROUPS.get(plural)
    steps = ["apis", group] if group else ["api", "v1"]
    if namespace:
        steps += ["namespaces", namespace]
    return "/" + "/".join([*steps, plural, *filter(None, (name, subresource))])


def _query(labels: str, fields: str) -> dict[str, str]:
    return {key: value for key, value in (("labelSelector", labels), ("fieldSelector", fields)) if value}


def _error(code: int, answer: bytes) -> ApiError:
    try:
        status = json.loads(answer)
    except ValueError:
        return ApiError(code, "", answer.decode(errors="replace")[:500])
    return ApiError(code, status.get("reason", ""), status.get("message", ""))
