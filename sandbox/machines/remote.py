"""A registry as containerd talks to it: when it shows who it is, what it asks once more, and how it words a failure.

After containerd 2.1's core/remotes/docker: resolver.go, authorizer.go, fetcher.go and errcode.go.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

import httpx

from sandbox.machines.reference import Reference

_ACCEPT = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*"
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_MOST_TRIES = 6
_ALWAYS_AGAIN = frozenset({408, 429})
_ONCE_AGAIN = frozenset({500, 503, 504})
_HAS_NO_OAUTH = frozenset({400, 401, 404, 405})  # answers to a POST after which the token is asked for with a GET

Kind = Literal["manifests", "blobs"]


class PullError(Exception):
    """The runtime's own words, as the kubelet passes them on."""


@dataclass(kw_only=True, slots=True)
class Remote:
    """One registry for one image. The token got for one request serves the following ones."""

    http: httpx.AsyncClient
    url: str
    reference: Reference
    credential: str | None  # the password of `_token`
    _authorization: dict[str, str] = field(default_factory=dict)

    def address(self, kind: Kind, name: str) -> str:
        """The registry stands in as a mirror: one address for every host, with the real one in `?ns=`."""
        return f"{self.url}/v2/{self.reference.path}/{kind}/{name}?ns={self.reference.host}"

    async def ask(self, method: str, kind: Kind, name: str, prefix: str) -> httpx.Response:
        """The last of the answers that it takes; `prefix` comes before the words of a failure."""
        url = self.address(kind, name)
        statuses: list[int] = []
        while True:
            with _in_its_words(method, url, f"{prefix}: failed to do request"):
                headers = {"Accept": _ACCEPT, **self._authorization}
                response = await self.http.request(method, url, headers=headers, follow_redirects=True)
            statuses.append(response.status_code)
            if len(statuses) == _MOST_TRIES or not await self._is_asked_again(response, statuses, prefix):
                return response

    async def _is_asked_again(self, response: httpx.Response, statuses: list[int], prefix: str) -> bool:
        status = response.status_code
        if status == HTTPStatus.UNAUTHORIZED:
            challenge = response.headers.get("WWW-Authenticate", "")
            if challenge and not self._authorization:
                await self._authorize(challenge, f"{prefix}: failed to authorize")
            return bool(challenge)
        return status in _ALWAYS_AGAIN or (status in _ONCE_AGAIN and statuses[-2:-1] != [status])

    async def _authorize(self, challenge: str, prefix: str) -> None:
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "basic":
            self._authorization = self._basic()
            return
        words = dict(_CHALLENGE.findall(rest))
        prefix = f"{prefix}: failed to fetch {'oauth' if self.credential else 'anonymous'} token"
        token = await self._token(words.pop("realm"), words, prefix)
        self._authorization = {"Authorization": f"Bearer {token}"}

    async def _token(self, realm: str, words: dict[str, str], prefix: str) -> str:
        """In the way of OAuth 2 where there is a credential and a server for it, else in the registries' own way."""
        asked = {"scope": f"repository:{self.reference.path}:pull", **words}
        asked = {name: asked[name] for name in ("scope", "service") if name in asked}
        if self.credential:
            form = {**asked, "client_id": "containerd-client", "grant_type": "password"}
            with _in_its_words("POST", realm, prefix):
                form |= {"username": "_token", "password": self.credential}
                response = await self.http.post(realm, data=form)
            if response.is_success:
                return str(response.json()["access_token"])
            if response.status_code not in _HAS_NO_OAUTH:
                raise PullError(f"{prefix}: {unexpected(response)}")
        url = str(httpx.URL(realm, params=asked))
        with _in_its_words("GET", url, prefix):
            response = await self.http.get(url, headers=self._basic())
        if not response.is_success:
            raise PullError(f"{prefix}: {unexpected(response)}")
        content = response.json()
        return str(content.get("token") or content["access_token"])

    def _basic(self) -> dict[str, str]:
        encoded = base64.b64encode(f"_token:{self.credential}".encode()).decode()
        return {"Authorization": f"Basic {encoded}"} if self.credential else {}


def unexpected(response: httpx.Response) -> str:
    """Its words for a status that it has no use for."""
    status = f"{response.status_code} {HTTPStatus(response.status_code).phrase}"
    return f"unexpected status from {response.request.method} request to {response.request.url}: {status}"


def explained(response: httpx.Response) -> str:
    """The same, and in further lines what the registry said itself, which an answer to HEAD can't."""
    try:
        said = [f"{error['code'].lower().replace('_', ' ')}: {error['message']}" for error in response.json()["errors"]]
    except (ValueError, KeyError):
        said = []
    return "\n".join([unexpected(response), *said])


@contextmanager
def _in_its_words(method: str, url: str, prefix: str) -> Iterator[None]:
    """Transport faults, worded as Go's HTTP client words them."""
    where = httpx.URL(url)
    address = f"{where.host}:{where.port or 443}"
    try:
        yield
    except httpx.ConnectError as fault:
        cause = f"dial tcp {address}: connect: connection refused"
        raise PullError(f'{prefix}: {method.title()} "{url}": {cause}') from fault
    except httpx.TimeoutException as fault:
        raise PullError(f'{prefix}: {method.title()} "{url}": dial tcp {address}: i/o timeout') from fault
    except httpx.TransportError as fault:
        raise PullError(f'{prefix}: {method.title()} "{url}": EOF') from fault
