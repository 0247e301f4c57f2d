"""Builds the documents of an image: config, layer, manifest, index."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_PROGRAM = "/program"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """Content-addressed bytes."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        return _digest(self.content)

    def descriptor(self, **more: Any) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content), **more}


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """An image: what its tag points at, and everything below."""

    top: Document
    manifests: tuple[Document, ...]  # with the top, which comes last
    blobs: tuple[Document, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layer:
    packed: Document
    diff_id: str  # digest of the tar; a runtime compares it with what it has unpacked


def build(*, platforms: tuple[str, ...], labels: Mapping[str, str], attested: bool, program: bytes) -> Built:
    """One manifest for a single platform, an index for several or where build attestations go with them.

    What the image does stands in its labels, and once more in the environment, where its program finds it: an image
    that logs `sandbox.log` has SANDBOX_LOG.
    """
    layer = _layer(program)
    blobs = [layer.packed]
    manifests = []
    entries = []
    for platform in platforms:
        os, architecture, *variant = platform.split("/")
        config = _config(
            layer, os=os, architecture=architecture, Entrypoint=[_PROGRAM], Env=_environ(labels), Labels=dict(labels)
        )
        manifest = _manifest(config, layer)
        blobs.append(config)
        manifests.append(manifest)
        found = {"architecture": architecture, "os": os} | ({"variant": variant[0]} if variant else {})
        entries.append(manifest.descriptor(platform=found))
    if len(manifests) == 1 and not attested:
        return Built(top=manifests[0], manifests=tuple(manifests), blobs=tuple(blobs))
    if attested:
        proof = _config(layer, os="unknown", architecture="unknown")
        statement = _manifest(proof, layer)
        blobs.append(proof)
        manifests.append(statement)
        unknown = {"architecture": "unknown", "os": "unknown"}
        kind = {"vnd.docker.reference.type": "attestation-manifest"}
        entries.append(statement.descriptor(platform=unknown, annotations=kind))
    index = _json(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
    return Built(top=index, manifests=(*manifests, index), blobs=tuple(blobs))


def _environ(labels: Mapping[str, str]) -> list[str]:
    return [f"{label.upper().translate(_TO_VARIABLE)}={value}" for label, value in labels.items()]


_TO_VARIABLE = str.maketrans(".-", "__")


def _config(layer: _Layer, *, os: str, architecture: str, **process: Any) -> Document:
    rootfs = {"type": "layers", "diff_ids": [layer.diff_id]}
    return _json(_CONFIG, {"os": os, "architecture": architecture, "config": process, "rootfs": rootfs})


def _manifest(config: Document, layer: _Layer) -> Document:
    described = {"config": config.descriptor(), "layers": [layer.packed.descriptor()]}
    return _json(MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST, **described})


def _json(media_type: str, content: dict[str, Any]) -> Document:
    return Document(media_type=media_type, content=json.dumps(content).encode())


@cache
def _layer(program: bytes) -> _Layer:
    """A tar of one executable. Images with the same program share it, as images from one Dockerfile would."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo(_PROGRAM.lstrip("/"))
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
    content = packed.getvalue()
    return _Layer(packed=Document(media_type=_LAYER, content=gzip.compress(content, mtime=0)), diff_id=_digest(content))


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
