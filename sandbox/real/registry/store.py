"""Images in a docker-registry: pushed through its API, and answered for by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import Response

from sandbox.real.registry.log import Served, served
from sandbox.real.registry.program import Program, docker_registry
from sandbox.registry.naming import ImageName, TaggedImage
from sandbox.registry.oci import INDEX, MANIFEST, Built, Document
from sandbox.registry.store import NOT_EXECUTED, ImageStore, Wanted

_PUSHER = "sandbox"
_SECONDS = 30.0
_ASKED = ("accept", "if-none-match", "range", "user-agent")
_NOT_PASSED_ON = frozenset({"connection", "date", "transfer-encoding"})


class DistributionStore(ImageStore):
    """A host is the first part of a repository's name here: docker-registry knows neither hosts nor projects.

    Pushing blocks, for some milliseconds: the registry is another process, and nothing of ours must answer meanwhile.
    """

    def __init__(self, running: Program, *, program: bytes, pushing: httpx.Client, asking: httpx.AsyncClient) -> None:
        super().__init__(program=program)
        self._log = running.log
        self._signer = running.signer
        self._pushing = pushing
        self._asking = asking

    def served(self) -> tuple[Served, ...]:
        """What the registry's own log says that it answered so far."""
        return served(self._log)

    def put(self, tagged: TaggedImage, image: Built) -> None:
        headers = self._may(tagged.name, "pull", "push")
        for blob in image.blobs:
            self._upload(f"/v2/{tagged.name}/blobs", blob, headers)
        for manifest in image.manifests:
            reference = tagged.tag if manifest is image.top else manifest.digest
            url = f"/v2/{tagged.name}/manifests/{reference}"
            self._demand("PUT", url, content=manifest.content, headers={**headers, "Content-Type": manifest.media_type})

    def remove(self, reference: str) -> None:
        tagged = TaggedImage.parse(reference)
        url = f"/v2/{tagged.name}/manifests"
        headers = {**self._may(tagged.name, "pull", "delete"), "Accept": f"{MANIFEST}, {INDEX}"}
        found = self._pushing.head(f"{url}/{tagged.tag}", headers=headers)
        if found.status_code == HTTPStatus.NOT_FOUND:
            raise KeyError(reference)
        self._demand("DELETE", f"{url}/{found.headers['Docker-Content-Digest']}", headers=headers)

    def token(self, email: str, image: ImageName | None) -> str:
        return self._signer.token(email, str(image), "pull") if image else self._signer.token(email)

    async def answer(self, request: Request, wanted: Wanted, token: str) -> Response:
        url = f"/v2/{wanted.image}/{wanted.kind}/{wanted.reference}"
        headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
        answer = await self._asking.request(
            request.method, url, headers={**headers, "Authorization": f"Bearer {token}"}
        )
        passed_on = {name: value for name, value in answer.headers.items() if name not in _NOT_PASSED_ON}
        return Response(answer.content, answer.status_code, passed_on)

    def _may(self, image: ImageName, *actions: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._signer.token(_PUSHER, str(image), *actions)}"}

    def _upload(self, url: str, blob: Document, headers: dict[str, str]) -> None:
        if self._pushing.head(f"{url}/{blob.digest}", headers=headers).status_code == HTTPStatus.OK:
            return
        begun = self._demand("POST", f"{url}/uploads/", headers=headers)
        where = httpx.URL(begun.headers["Location"]).copy_merge_params({"digest": blob.digest})
        self._demand("PUT", where, content=blob.content, headers=headers)

    def _demand(
        self, method: str, url: httpx.URL | str, *, headers: dict[str, str], content: bytes = b""
    ) -> httpx.Response:
        return self._pushing.request(method, url, headers=headers, content=content).raise_for_status()


@asynccontextmanager
async def image_store(directory: Path, *, program: bytes = NOT_EXECUTED) -> AsyncIterator[DistributionStore]:
    """A docker-registry that keeps its images and its log in `directory`; what its images run is `program`."""
    async with docker_registry(directory) as running:
        with httpx.Client(base_url=running.url, timeout=_SECONDS, trust_env=False) as pushing:
            async with httpx.AsyncClient(base_url=running.url, timeout=_SECONDS, trust_env=False) as asking:
                yield DistributionStore(running, program=program, pushing=pushing, asking=asking)
