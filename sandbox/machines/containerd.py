"""Pulls images over HTTP the way containerd does: HEAD, token, manifest, config; and says what went wrong in its words.

The registry stands in as containerd's mirror: one address for every host, with the real one in `?ns=`.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from sandbox.machines.containerlog import LogFolder
from sandbox.machines.image import Image
from sandbox.machines.reference import Reference

_ACCEPT = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*"
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_HOSTS_OF_THE_NODES_IDENTITY = re.compile(r"(?:.+\.)?gcr\.io|.+\.pkg\.dev")


class PullError(Exception):
    """The runtime's own words, as the kubelet passes them on."""


@dataclass(kw_only=True, slots=True)
class Containerd:
    """One machine's runtime. Its images and logs outlive a reset; the credential is asked for at every pull."""

    http: httpx.AsyncClient
    registry_url: str
    token: Callable[[], str | None]  # the metadata server's answer: the node account's access token
    architecture: str = "amd64"
    images: dict[str, Image] = field(default_factory=dict)
    logs: LogFolder = field(default_factory=LogFolder)

    async def pull(self, reference: Reference) -> Image:
        """Ask the registry, whatever is on the disk; raises PullError."""
        pull = _Pull(runtime=self, reference=reference)
        image = await pull.run()
        self.images[str(reference)] = image
        self.images[image.image_id] = image
        return image


@dataclass(kw_only=True, slots=True)
class _Pull:
    """One pull: the authorisation got for one request serves the following ones."""

    runtime: Containerd
    reference: Reference
    _authorization: dict[str, str] = field(default_factory=dict)

    async def run(self) -> Image:
        unpacking = f'failed to pull and unpack image "{self.reference}"'
        digest = await self._resolve(f"{unpacking}: failed to resolve image")
        manifest = await self._fetch("manifests", digest, unpacking)
        if "manifests" in manifest:
            platform = self._for_this_machine(manifest["manifests"])
            if platform is None:
                raise PullError(
                    f"rpc error: code = NotFound desc = {unpacking}: no match for platform in manifest: not found"
                )
            manifest = await self._fetch("manifests", platform["digest"], unpacking)
        config = await self._fetch("blobs", manifest["config"]["digest"], unpacking)
        if config.get("architecture", self.runtime.architecture) != self.runtime.architecture:
            raise PullError(
                f"rpc error: code = NotFound desc = {unpacking}: no match for platform in manifest: not found"
            )
        size = sum(layer["size"] for layer in manifest.get("layers", ())) + manifest["config"]["size"]
        return Image.from_config(image_id=f"{self.reference.repository}@{digest}", size=size, config=config)

    async def _resolve(self, prefix: str) -> str:
        """The digest behind the reference."""
        url = self._url("manifests", self.reference.wanted)
        response = await self._ask("HEAD", url, prefix)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise PullError(f"rpc error: code = NotFound desc = {prefix}: {self.reference}: not found")
        if response.status_code != HTTPStatus.OK:
            raise PullError(f"{prefix}: unexpected status from HEAD request to {url}: {_status(response)}")
        return self.reference.digest or response.headers["Docker-Content-Digest"]

    async def _fetch(self, kind: str, digest: str, unpacking: str) -> dict[str, Any]:
        prefix = f"{unpacking}: failed to copy: httpReadSeeker: failed open"
        url = self._url(kind, digest)
        response = await self._ask("GET", url, prefix)
        if response.status_code == HTTPStatus.NOT_FOUND:
            missing = f"could not fetch content descriptor {digest} from remote: not found"
            raise PullError(f"rpc error: code = NotFound desc = {prefix}: {missing}")
        if response.status_code != HTTPStatus.OK:
            raise PullError(f"{prefix}: unexpected status from GET request to {url}: {_status(response)}")
        content: dict[str, Any] = json.loads(response.content)
        return content

    async def _ask(self, method: str, url: str, prefix: str) -> httpx.Response:
        """One request, and once more with a token where the registry asks for one."""
        with _in_its_words(method, url, f"{prefix}: failed to do request"):
            response = await self._send(method, url)
        challenge = response.headers.get("WWW-Authenticate", "")
        if response.status_code != HTTPStatus.UNAUTHORIZED or not challenge:
            return response
        await self._authorize(challenge, f"{prefix}: failed to authorize")
        with _in_its_words(method, url, f"{prefix}: failed to do request"):
            return await self._send(method, url)

    async def _send(self, method: str, url: str) -> httpx.Response:
        headers = {"Accept": _ACCEPT, **self._authorization}
        return await self.runtime.http.request(method, url, headers=headers, follow_redirects=True)

    async def _authorize(self, challenge: str, prefix: str) -> None:
        scheme, _, rest = challenge.partition(" ")
        basic = self._basic()
        if scheme.lower() == "basic":
            self._authorization = basic
            return
        answer = dict(_CHALLENGE.findall(rest))
        realm = answer.pop("realm")
        answer = {"scope": f"repository:{self.reference.path}:pull", **answer}
        url = str(httpx.URL(realm, params={key: answer[key] for key in ("scope", "service") if key in answer}))
        prefix = f"{prefix}: failed to fetch {'oauth' if basic else 'anonymous'} token"
        with _in_its_words("GET", url, prefix):
            response = await self.runtime.http.get(url, headers=basic)
        if response.status_code != HTTPStatus.OK:
            raise PullError(f"{prefix}: unexpected status from GET request to {url}: {_status(response)}")
        content = response.json()
        self._authorization = {"Authorization": f"Bearer {content.get('token') or content['access_token']}"}

    def _basic(self) -> dict[str, str]:
        """The node's identity, as GKE's credential plugin hands it to the kubelet; nothing for other registries."""
        token = self.runtime.token() if _HOSTS_OF_THE_NODES_IDENTITY.fullmatch(self.reference.host) else None
        return {"Authorization": f"Basic {base64.b64encode(f'_token:{token}'.encode()).decode()}"} if token else {}

    def _for_this_machine(self, manifests: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        wanted = ("linux", self.runtime.architecture)
        for manifest in manifests:
            platform = manifest.get("platform") or {}
            if (platform.get("os"), platform.get("architecture")) == wanted:
                return manifest
        return None

    def _url(self, kind: str, name: str) -> str:
        return f"{self.runtime.registry_url}/v2/{self.reference.path}/{kind}/{name}?ns={self.reference.host}"


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {HTTPStatus(response.status_code).phrase}"


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
