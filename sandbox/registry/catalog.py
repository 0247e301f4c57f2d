"""What the registry holds: repositories, images, tags, blobs."""

from collections.abc import Mapping, Sequence

from sandbox.registry.naming import ImageName, locate
from sandbox.registry.oci import Document, build

LOG_LABEL = "sandbox.log"  # a line per line: what the simulated process of this image logs


class Catalog:
    """Pushing needs no permission here; it is how a scenario is set up."""

    def __init__(self) -> None:
        self.repositories: set[str] = set()
        self._manifests: dict[tuple[ImageName, str], Document] = {}  # by digest
        self._tags: dict[tuple[ImageName, str], str] = {}
        self._blobs: dict[tuple[str, str], Document] = {}  # by repository and digest

    def push(
        self,
        reference: str,
        *,
        platforms: Sequence[str] = ("linux/amd64",),
        log_lines: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
        attested: bool = False,
    ) -> str:
        """Put an image under `HOST/PATH:TAG`, with its repository where there is none yet; answers the tag's digest."""
        name, tag = _parse(reference)
        labelled = {**(labels or {}), **({LOG_LABEL: "\n".join(log_lines)} if log_lines else {})}
        image = build(platforms=tuple(platforms), labels=labelled, attested=attested)
        self.repositories.add(name.repository)
        for manifest in image.manifests:
            self._manifests[name, manifest.digest] = manifest
        for blob in image.blobs:
            self._blobs[name.repository, blob.digest] = blob
        self._tags[name, tag] = image.top.digest
        return image.top.digest

    def remove(self, reference: str) -> None:
        """Delete the tag and what it points at; raises KeyError where it isn't there."""
        name, tag = _parse(reference)
        del self._manifests[name, self._tags.pop((name, tag))]

    def has_image(self, name: ImageName) -> bool:
        """Whether anything was ever pushed under this name."""
        return any(found == name for found, _ in self._manifests)

    def manifest(self, name: ImageName, reference: str) -> Document | None:
        """By tag or digest; None where it isn't there."""
        return self._manifests.get((name, self._tags.get((name, reference), reference)))

    def blob(self, repository: str, digest: str) -> Document | None:
        return self._blobs.get((repository, digest))


def _parse(reference: str) -> tuple[ImageName, str]:
    host, _, rest = reference.partition("/")
    path, _, tag = rest.rpartition(":")
    name = locate(host, path)
    if name is None or not tag:
        raise ValueError(f"{reference!r} is no tagged image of Artifact Registry")
    return name, tag
