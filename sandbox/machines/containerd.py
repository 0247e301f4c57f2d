"""Pulls images over HTTP the way containerd does: resolve, fetch what is not on the disk, and say what went wrong."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from sandbox.machines.containerlog import LogFolder
from sandbox.machines.image import Image
from sandbox.machines.reference import Reference
from sandbox.machines.remote import Kind, PullError, Remote, explained, unexpected

_HOSTS_OF_THE_NODES_IDENTITY = re.compile(r"(?:.+\.)?gcr\.io|.+\.pkg\.dev")
Descriptor = Mapping[str, Any]
"""What a manifest says of another document."""

_NOT_FOUND = "rpc error: code = NotFound desc ="


@dataclass(kw_only=True, slots=True)
class Containerd:
    """One machine's runtime. Its disk outlives a reset; the credential is asked for at every pull."""

    http: httpx.AsyncClient
    registry_url: str
    token: Callable[[], str | None]  # the metadata server's answer: the node account's access token
    architecture: str = "amd64"
    images: dict[str, Image] = field(default_factory=dict)
    content: dict[str, bytes] = field(default_factory=dict)  # by digest
    logs: LogFolder = field(default_factory=LogFolder)

    async def pull(self, reference: Reference) -> Image:
        """Ask the registry, whatever is on the disk; raises PullError."""
        pull = _Pull(runtime=self, reference=reference)
        image = await pull.run()
        # The same content is one image, which goes by the first of its names, whoever else brought that along.
        alike = {key: known for key, known in self.images.items() if known.digest == image.digest}
        first = min((image, *alike.values()), key=lambda each: each.image_id)
        for key in (*alike, str(reference), image.image_id):
            self.images[key] = first
        return first

    def remote(self, reference: Reference) -> Remote:
        """The image's registry, with the node's identity: GKE's plugin gives that to Google's hosts alone."""
        known = _HOSTS_OF_THE_NODES_IDENTITY.fullmatch(reference.host)
        credential = self.token() if known else None
        return Remote(http=self.http, url=self.registry_url, reference=reference, credential=credential)


@dataclass(kw_only=True, slots=True)
class _Pull:
    """Resolving and fetching know nothing of each other: each shows the registry anew who it is."""

    runtime: Containerd
    reference: Reference
    remote: Remote = field(init=False)

    async def run(self) -> Image:
        unpacking = f'failed to pull and unpack image "{self.reference}"'
        digest = await self._resolve(self.runtime.remote(self.reference), f"{unpacking}: failed to resolve image")
        self.remote = self.runtime.remote(self.reference)
        manifest = await self._document("manifests", {"digest": digest}, unpacking)
        if "manifests" in manifest:
            platform = self._for_this_machine(manifest["manifests"])
            if platform is None:
                unmatched = f"no match for platform in manifest {digest}"
                raise PullError(f"{_NOT_FOUND} get image config descriptor: {unmatched}: not found")
            manifest = await self._document("manifests", platform, unpacking)
        # A manifest without an index is pulled whatever its config says of the platform.
        config = await self._document("blobs", manifest["config"], unpacking)
        for layer in manifest["layers"]:
            await self._fetch("blobs", layer, unpacking)
        size = sum(layer["size"] for layer in manifest["layers"]) + manifest["config"]["size"]
        return Image.from_config(image_id=f"{self.reference.repository}@{digest}", size=size, config=config)

    async def _resolve(self, remote: Remote, prefix: str) -> str:
        """The digest behind the reference; one that is no manifest's may be a blob's."""
        wanted = self.reference.wanted
        response = await remote.ask("HEAD", "manifests", wanted, prefix)
        if response.status_code == HTTPStatus.NOT_FOUND and self.reference.digest:
            response = await remote.ask("HEAD", "blobs", wanted, prefix)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise PullError(f"{_NOT_FOUND} {prefix}: {self.reference}: not found")
        if response.status_code != HTTPStatus.OK:
            raise PullError(f"{prefix}: {unexpected(response)}")
        return self.reference.digest or response.headers["Docker-Content-Digest"]

    async def _document(self, kind: Kind, described: Descriptor, unpacking: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(await self._fetch(kind, described, unpacking))
        return content

    async def _fetch(self, kind: Kind, described: Descriptor, unpacking: str) -> bytes:
        """From the disk where it is there."""
        disk, digest = self.runtime.content, described["digest"]
        if digest in disk:
            return disk[digest]
        prefix = f"{unpacking}: failed to copy: httpReadSeeker: failed open"
        response = await self.remote.ask("GET", kind, digest, prefix)
        if response.status_code == HTTPStatus.NOT_FOUND:
            missing = f"content at {response.request.url} not found"
            if kind == "blobs":
                missing = f"could not fetch content descriptor {digest} ({described['mediaType']}) from remote"
            raise PullError(f"{_NOT_FOUND} {prefix}: {missing}: not found")
        if response.status_code != HTTPStatus.OK:
            raise PullError(f"{prefix}: {explained(response)}")
        disk[digest] = response.content
        return response.content

    def _for_this_machine(self, manifests: list[Descriptor]) -> Descriptor | None:
        wanted = ("linux", self.runtime.architecture)
        for manifest in manifests:
            platform = manifest.get("platform") or {}
            if (platform.get("os"), platform.get("architecture")) == wanted:
                return manifest
        return None
