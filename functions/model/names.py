"""Names of things in Google Cloud: clusters, machines, images and repositories."""

import re
from dataclasses import dataclass, replace
from typing import Self

from functions.errors import BadInput

_PART = re.compile(r"[a-z0-9](?:[-a-z0-9.:]*[a-z0-9])?")
_PROVIDER_ID = re.compile(r"gce://([^/]+)/([^/]+)/([^/]+)")
_GROUP_URL = re.compile(r".*/projects/([^/]+)/zones/([^/]+)/instanceGroupManagers/([^/]+)")
_DIGEST = re.compile(r"[a-z0-9+._-]+:[0-9a-fA-F]{32,}")
_TAG = re.compile(r"[\w][\w.-]{0,127}")
_PATH = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
_HOST = re.compile(r"[a-z0-9.-]+(?::\d+)?")

_PKG_HOST = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)-docker\.pkg\.dev")
"""LOCATION-docker.pkg.dev, a region or a multi-region (Artifact Registry's page on repository and image names)."""

_DOCKER_HUB = "docker.io"
_LEGACY_LOCATIONS = {"gcr.io": "us", "us.gcr.io": "us", "eu.gcr.io": "europe", "asia.gcr.io": "asia"}
"""Where Artifact Registry keeps the repositories behind the gcr.io hosts (its page on gcr.io repositories)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterKey:
    """A cluster's name everywhere: project/location/name."""

    project: str
    location: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `project/location/name`; raises BadInput."""
        parts = text.split("/")
        if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
            raise BadInput(
                field="cluster", value=text, accepted="project/location/name", example="acme-prod/us-central1/main"
            )
        return cls(project=parts[0], location=parts[1], name=parts[2])

    def __str__(self) -> str:
        return f"{self.project}/{self.location}/{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceRef:
    """A Compute Engine machine by name. A name alone says nothing about whether it belongs to a cluster."""

    project: str
    zone: str
    name: str

    @classmethod
    def from_provider_id(cls, provider_id: str) -> Self | None:
        """Read a Node's `spec.providerID` (`gce://PROJECT/ZONE/NAME`, as the GCE cloud provider writes it).

        None where it is not one.
        """
        match = _PROVIDER_ID.fullmatch(provider_id)
        return cls(project=match[1], zone=match[2], name=match[3]) if match else None

    def __str__(self) -> str:
        return f"{self.project}/{self.zone}/{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRef:
    """A managed instance group by name."""

    project: str
    zone: str
    name: str

    @classmethod
    def from_url(cls, url: str) -> Self | None:
        """Read one of a node pool's `instanceGroupUrls` (Container API); None where it is none."""
        match = _GROUP_URL.fullmatch(url)
        return cls(project=match[1], zone=match[2], name=match[3]) if match else None

    def __str__(self) -> str:
        return f"{self.project}/{self.zone}/{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """An Artifact Registry repository."""

    project: str
    location: str
    name: str

    @property
    def resource(self) -> str:
        return f"projects/{self.project}/locations/{self.location}/repositories/{self.name}"

    @classmethod
    def from_resource(cls, resource: str) -> Self:
        """The inverse of `resource`; raises BadInput."""
        match = re.fullmatch(r"projects/([^/]+)/locations/([^/]+)/repositories/([^/]+)", resource)
        if not match:
            raise BadInput(field="repository", value=resource, accepted="projects/P/locations/L/repositories/R")
        return cls(project=match[1], location=match[2], name=match[3])

    def __str__(self) -> str:
        return self.resource


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRef:
    """A parsed image reference, normalised as the container runtime does it."""

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `[HOST/]PATH[:TAG][@DIGEST]`; no tag and no digest means `latest`; raises BadInput."""
        rest, _, digest = text.partition("@")
        head, slash, tail = rest.partition("/")
        if slash and ("." in head or ":" in head or head == "localhost"):
            host, rest = head, tail
        else:
            host = _DOCKER_HUB
        if host in (_DOCKER_HUB, f"index.{_DOCKER_HUB}"):
            host, rest = _DOCKER_HUB, rest if "/" in rest else f"library/{rest}"
        path, colon, tag = rest.partition(":")
        well_formed = (
            _HOST.fullmatch(host)
            and _PATH.fullmatch(path)
            and (not colon or _TAG.fullmatch(tag))
            and ("@" not in text or _DIGEST.fullmatch(digest))
        )
        if not well_formed:
            raise BadInput(
                field="image",
                value=text,
                accepted="HOST/PATH[:TAG][@DIGEST]",
                example="us-central1-docker.pkg.dev/acme/apps/api:v1",
            )
        return cls(host=host, path=path, tag=tag or ("" if digest else "latest"), digest=digest)

    @classmethod
    def find(cls, text: str) -> Self | None:
        """As `parse`; None where the text is no image reference."""
        try:
            return cls.parse(text)
        except BadInput:
            return None

    @property
    def reference(self) -> str:
        """What a registry is asked for: the digest where there is one, else the tag."""
        return self.digest or self.tag

    @property
    def repository(self) -> Repository | None:
        """The Artifact Registry repository that serves this image; None for every other registry."""
        project, rest = _project(self.path)
        if match := _PKG_HOST.fullmatch(self.host):
            name = rest.partition("/")[0]
            return Repository(project=project, location=match[1], name=name) if name else None
        if self.is_legacy:
            return Repository(project=project, location=_LEGACY_LOCATIONS[self.host], name=self.host)
        return None

    @property
    def is_short(self) -> bool:
        """Whether it is on a host of Artifact Registry's and names no repository there."""
        return bool(_PKG_HOST.fullmatch(self.host)) and self.repository is None

    @property
    def is_legacy(self) -> bool:
        """Whether it has a name of Container Registry's days, whose hosts Artifact Registry serves by now."""
        return self.host in _LEGACY_LOCATIONS

    @property
    def is_ported(self) -> bool:
        """Whether nothing but a port in its name keeps it from being Artifact Registry's or gcr.io's.

        A kubelet shows the node's identity to no such host: the ports of its patterns and of a name must be the same
        (pkg/credentialprovider: URLsMatch), and these patterns have none.
        """
        host, port, _ = self.host.partition(":")
        return bool(port) and replace(self, host=host).repository is not None

    def with_digest(self, digest: str) -> "ImageRef":
        """The same repository path under another digest, without a tag."""
        return ImageRef(host=self.host, path=self.path, digest=digest)

    def __str__(self) -> str:
        return (
            f"{self.host}/{self.path}"
            + (f":{self.tag}" if self.tag else "")
            + (f"@{self.digest}" if self.digest else "")
        )


def _project(path: str) -> tuple[str, str]:
    """The project of an image's path, and the rest.

    The id of a domain-scoped project has a colon (`example.com:web`), which a path can't hold: a slash stands for it.
    No other project's id has a dot.
    """
    first, _, rest = path.partition("/")
    if "." not in first:
        return first, rest
    second, _, rest = rest.partition("/")
    return f"{first}:{second}", rest
