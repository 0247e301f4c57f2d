"""Images in memory, answered for as a registry program answers."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from sandbox.registry.errors import refusal
from sandbox.registry.naming import ImageName, TaggedImage
from sandbox.registry.oci import Built, Document
from sandbox.registry.store import NOT_EXECUTED, ImageStore, Wanted


class Catalog(ImageStore):
    """For simulated machines alone."""

    def __init__(self) -> None:
        super().__init__(program=NOT_EXECUTED)
        self._manifests: dict[tuple[ImageName, str], Document] = {}  # by digest
        self._tags: dict[tuple[ImageName, str], str] = {}
        self._blobs: dict[
            tuple[ImageName, str], Document
        ] = {}  # by digest; an image has its own, as in docker-registry

    def remove(self, reference: str) -> None:
        tagged = TaggedImage.parse(reference)
        del self._manifests[tagged.name, self._tags.pop((tagged.name, tagged.tag))]

    def put(self, tagged: TaggedImage, image: Built) -> None:
        for manifest in image.manifests:
            self._manifests[tagged.name, manifest.digest] = manifest
        for blob in image.blobs:
            self._blobs[tagged.name, blob.digest] = blob
        self._tags[tagged.name, tagged.tag] = image.top.digest

    def token(self, email: str, image: ImageName | None) -> str:  # noqa: ARG002 - whose it is the front remembers
        return secrets.token_urlsafe(24)

    async def answer(self, request: Request, wanted: Wanted, token: str) -> Response:  # noqa: ARG002 - as above
        if wanted.kind == "blobs":
            blob = self._blobs.get((wanted.image, wanted.reference))
            if blob is None:
                return refusal(404, "BLOB_UNKNOWN", "Requested entity was not found.")
            return _document(request, blob, "application/octet-stream")
        digest = self._tags.get((wanted.image, wanted.reference), wanted.reference)
        manifest = self._manifests.get((wanted.image, digest))
        if manifest is None:
            return refusal(404, "MANIFEST_UNKNOWN", f'Failed to fetch "{wanted.reference}"')
        accepted = request.headers.get("accept", "")
        if manifest.media_type not in accepted:  # `*/*` is not enough
            unread = f"has media type '{manifest.media_type}', but client accepts '{accepted}'."
            return refusal(404, "MANIFEST_UNKNOWN", f"Manifest with digest '{digest}' {unread}")
        return _document(request, manifest, manifest.media_type)


def _document(request: Request, document: Document, media_type: str) -> Response:
    headers = {"Docker-Content-Digest": document.digest, "Content-Length": str(len(document.content))}
    content = b"" if request.method == "HEAD" else document.content
    return Response(content, media_type=media_type, headers=headers)
