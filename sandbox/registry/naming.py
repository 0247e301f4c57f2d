"""Which Artifact Registry repository an image lives in."""

import re
from dataclasses import dataclass
from typing import Self

# gcr.io hosts are served by repositories of that name, in these locations
_GCR_LOCATIONS = {"gcr.io": "us", "us.gcr.io": "us", "eu.gcr.io": "europe", "asia.gcr.io": "asia"}
_PKG_HOST = re.compile(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageName:
    """An image without tag or digest: where it is asked for, and where that is."""

    host: str
    path: str  # the whole path of a v2 URL
    repository: str  # projects/P/locations/L/repositories/R

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggedImage:
    name: ImageName
    tag: str

    @classmethod
    def parse(cls, reference: str) -> Self:
        """HOST/PATH:TAG; raises ValueError where that is no image of Artifact Registry."""
        host, _, rest = reference.partition("/")
        path, _, tag = rest.rpartition(":")
        name = locate(host, path)
        if name is None or not tag:
            raise ValueError(f"{reference!r} is no tagged image of Artifact Registry")
        return cls(name=name, tag=tag)


def locate(host: str, path: str) -> ImageName | None:
    """Where `path` of a v2 URL points on `host`; None where it is too short or the host is not Artifact Registry's."""
    if location := _GCR_LOCATIONS.get(host):
        project, image = _project(path)
        repository = host
    elif found := _PKG_HOST.fullmatch(host):
        location = found["location"]
        project, rest = _project(path)
        repository, _, image = rest.partition("/")
    else:
        return None
    if not (project and repository and image):
        return None
    return ImageName(
        host=host, path=path, repository=f"projects/{project}/locations/{location}/repositories/{repository}"
    )


def _project(path: str) -> tuple[str, str]:
    """A domain-scoped project, `example.com:web`, is written with a slash for its colon."""
    first, _, rest = path.partition("/")
    if "." not in first:
        return first, rest
    name, _, rest = rest.partition("/")
    return f"{first}:{name}", rest
