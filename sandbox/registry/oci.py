"""Builds the documents of an image: config, layer, manifest, index."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """Content-addressed bytes."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    def descriptor(self, **more: Any) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content), **more}


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """An image: what its tag points at, and everything below."""

    top: Document
    manifests: tuple[Document, ...]  # with the top
    blobs: tuple[Document, ...]


def build(*, platforms: tuple[str, ...], labels: Mapping[str, str], attested: bool) -> Built:
    """One manifest for a single platform, an index for several or where build attestations go with them."""
    layer = Document(media_type=_LAYER, content=_layer(labels))
    blobs = [layer]
    manifests = []
    entries = []
    for platform in platforms:
        os, architecture, *variant = platform.split("/")
        config = _json(
            _CONFIG,
            {
                "os": os,
                "architecture": architecture,
                "config": {"Labels": dict(labels)},
                "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
            },
        )
        manifest = _manifest(config, layer)
        blobs.append(config)
        manifests.append(manifest)
        found = {"architecture": architecture, "os": os} | ({"variant": variant[0]} if variant else {})
        entries.append(manifest.descriptor(platform=found))
    if len(manifests) == 1 and not attested:
        return Built(top=manifests[0], manifests=tuple(manifests), blobs=tuple(blobs))
    if attested:
        proof = _json(_CONFIG, {"os": "unknown", "architecture": "unknown", "config": {}})
        statement = _manifest(proof, layer)
        blobs.append(proof)
        manifests.append(statement)
        unknown = {"architecture": "unknown", "os": "unknown"}
        kind = {"vnd.docker.reference.type": "attestation-manifest"}
        entries.append(statement.descriptor(platform=unknown, annotations=kind))
    index = _json(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
    return Built(top=index, manifests=(*manifests, index), blobs=tuple(blobs))


def _manifest(config: Document, layer: Document) -> Document:
    return _json(
        MANIFEST,
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor(),
            "layers": [layer.descriptor()],
        },
    )


def _json(media_type: str, content: dict[str, Any]) -> Document:
    return Document(media_type=media_type, content=json.dumps(content).encode())


def _layer(labels: Mapping[str, str]) -> bytes:
    """A tar of one small file, so that images that behave differently differ in every digest."""
    text = json.dumps(dict(labels)).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("labels.json")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    return gzip.compress(packed.getvalue(), mtime=0)
