"""What all Kubernetes adapters ask of an API server: get, find, count, write and watch, in plain dicts.

Reads are tried again for a moment, since repeating them is harmless; writes never are.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import urllib3

from functions.adapters.kube_answers import Answer, Expired, error
from functions.adapters.kube_resources import Resource
from functions.adapters.kube_transport import JSON, Request, Silence, Transport
from functions.errors import Retryable
from functions.text import cut

Object = dict[str, Any]
T = TypeVar("T")
Query = Mapping[str, str | int | bool]

PAGE = 500
"""Objects per request of a list, as kubectl asks for them."""
RESTARTS = 3
"""Times that a list is begun while its pages expire."""

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class Stream:
    """An open watch, as the pieces in which it arrives."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.stream(amt=None)

    def cut(self) -> None:
        """Let whoever reads it read no further. From any thread; it may have ended by itself."""
        with suppress(RuntimeError, ValueError, OSError):  # how urllib3 says so, and a socket whose peer has reset it
            self._response.shutdown()


class KubeApi:
    """One cluster's API server. Thread-safe. A call is silent for so many `seconds` at most, or as long as is usual."""

    def __init__(self, transport: Transport, *, seconds: float | None = None) -> None:
        self._transport = transport
        self._seconds = seconds

    def within(self, seconds: float) -> "KubeApi":
        """The same server, for calls that nobody waits for so long."""
        return KubeApi(self._transport, seconds=seconds)

    def get(self, resource: Resource, name: str, *, namespace: str = "") -> Object | None:
        """One object; None where there is none, as there is none without a name: its path is that of the collection."""
        if not name:
            return None
        answer = self.call("get", resource, name=name, namespace=namespace)
        return None if answer.status == 404 else _object(answer, "get", resource, name)

    def find(self, resource: Resource, *, namespace: str = "", most: int | None = None, **query: str) -> list[Object]:
        """All that match `labelSelector` and `fieldSelector`, page by page; at most `most`."""
        return [each for page in self._pages(resource, namespace, query, most=most) for each in _items(page)][:most]

    def select(
        self,
        resource: Resource,
        read: Callable[[Object], T | None],
        *,
        namespace: str = "",
        most: int | None = None,
        accept: str = JSON,
        **query: str,
    ) -> list[T]:
        """What `read` makes of all that match, or of the first `most`, without those of which it makes None."""
        return self.select_with_version(resource, read, query, namespace=namespace, most=most, accept=accept)[0]

    def select_with_version(
        self,
        resource: Resource,
        read: Callable[[Object], T | None],
        query: Mapping[str, str],
        *,
        namespace: str = "",
        most: int | None = None,
        accept: str = JSON,
    ) -> tuple[list[T], str]:
        """The same, and the version from which a watch goes on.

        Only one page is held at a time: a thousand pods as they travel are far larger than what is wanted of them.
        """
        for _ in range(RESTARTS):
            kept: list[T] = []
            version = ""
            try:
                for page in self._pages_once(resource, namespace, query, most, accept):
                    version = version or str(page["metadata"]["resourceVersion"])
                    kept += [value for each in _items(page) if (value := read(each)) is not None]
            except Expired:
                continue
            return kept, version
        raise Retryable(f"list {resource.written}: its pages expired {RESTARTS} times in a row")

    def find_with_version(self, resource: Resource, *, namespace: str = "", **query: str) -> tuple[list[Object], str]:
        """All that match, and the version from which a watch goes on."""
        pages = self._pages(resource, namespace, query)
        return [each for page in pages for each in _items(page)], str(pages[0]["metadata"]["resourceVersion"])

    def count(self, resource: Resource, *, most: int | None = None, **query: str) -> int:
        """How many match, or `most` where there are more; only their metadata travels."""
        found = sum(len(_items(page)) for page in self._pages(resource, "", query, most=most, accept=METADATA_ONLY))
        return found if most is None else min(found, most)

    def create(self, resource: Resource, body: Object, *, namespace: str = "") -> Object:
        """Raises Conflict where the name is taken."""
        answer = self.call("create", resource, namespace=namespace, body=body)
        return _object(answer, "create", resource, _name(body))

    def replace(self, resource: Resource, body: Object, *, namespace: str = "") -> Object:
        """Write against the resourceVersion in `body`. Raises Conflict and NotFound."""
        name = _name(body)
        answer = self.call("update", resource, name=name, namespace=namespace, body=body)
        return _object(answer, "update", resource, name)

    def patch(self, resource: Resource, name: str, body: Object, *, namespace: str = "") -> Object:
        """Merge; against a resourceVersion where `body` has one. Raises Conflict and NotFound."""
        answer = self.call("patch", resource, name=name, namespace=namespace, body=body)
        return _object(answer, "patch", resource, name)

    def call(
        self,
        verb: str,
        resource: Resource,
        *,
        name: str = "",
        namespace: str = "",
        query: Query | None = None,
        body: Object | None = None,
        accept: str = JSON,
    ) -> Answer:
        """One request whose refusals the caller judges. Raises Retryable where no answer came."""
        request = Request(
            verb=verb,
            path=resource.path(namespace=namespace, name=name),
            what=f"{verb} {resource.written} {name}".strip(),
            query=query or {},
            body=body,
            accept=accept,
            seconds=self._seconds,
        )
        response = self._transport.send(request)
        with _broken_is_retryable(request.what):
            return Answer(status=response.status, body=response.data)

    @contextmanager
    def stream(self, resource: Resource, *, query: Query, namespace: str = "", seconds: float) -> Iterator[Stream]:
        """A watch. Raises Silence where no piece comes for so many seconds."""
        what = f"watch {resource.written}"
        response = self._transport.send(
            Request(verb="watch", path=resource.path(namespace=namespace), what=what, query=query, seconds=seconds)
        )
        try:
            with _broken_is_retryable(what):
                if response.status != 200:
                    raise error(Answer(status=response.status, body=response.data), "watch", resource, "")
                yield Stream(response)
        finally:
            response.close()

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def _pages(
        self,
        resource: Resource,
        namespace: str,
        query: Mapping[str, str],
        *,
        most: int | None = None,
        accept: str = JSON,
    ) -> list[Object]:
        """A list's pages. Where a page's token has expired meanwhile, the list begins again."""
        for _ in range(RESTARTS):
            try:
                return list(self._pages_once(resource, namespace, query, most, accept))
            except Expired:
                continue
        raise Retryable(f"list {resource.written}: its pages expired {RESTARTS} times in a row")

    def _pages_once(
        self, resource: Resource, namespace: str, query: Mapping[str, str], most: int | None, accept: str
    ) -> Iterator[Object]:
        token = ""
        left = most
        while True:
            paged: dict[str, str | int | bool] = {**query, "limit": PAGE if left is None else min(PAGE, left)}
            if token:
                paged["continue"] = token
            page = _object(
                self.call("list", resource, namespace=namespace, query=paged, accept=accept), "list", resource, ""
            )
            yield page
            token = page["metadata"].get("continue") or ""
            left = None if left is None else left - len(_items(page))
            if not token or (left is not None and left <= 0):
                return


def _object(answer: Answer, verb: str, resource: Resource, name: str) -> Object:
    if not answer.ok:
        raise error(answer, verb, resource, name)
    found = answer.json  # read once: a page of pods takes its time
    if not found:
        raise Retryable(f"{verb} {resource.written} {name}: the answer is no JSON object: {answer.message}")
    return found


def _items(page: Object) -> list[Object]:
    return page.get("items") or []  # an empty list of Go's may be null


def _name(body: Object) -> str:
    return str(body["metadata"].get("name", ""))


@contextmanager
def _broken_is_retryable(what: str) -> Iterator[None]:
    """An answer that breaks off, or falls silent, half-way."""
    try:
        yield
    except urllib3.exceptions.ReadTimeoutError as failure:
        raise Silence(f"{what}: the answer fell silent") from failure
    except urllib3.exceptions.HTTPError as failure:
        raise Retryable(f"{what}: the answer broke off: {cut(str(failure))}") from failure
