"""Which Artifact Registry repository an image lives in."""

import re
from dataclasses import dataclass

# gcr.io hosts are served by repositories of that name, in these locations
_GCR_LOCATIONS = {"gcr.io": "us", "us.gcr.io": "us", "eu.gcr.io": "europe", "asia.gcr.io": "asia"}
_PKG_HOST = re.compile(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageName:
    """An image without tag or digest."""

    repository: str  # projects/P/locations/L/repositories/R
    image: str  # the path inside the repository


def locate(host: str, path: str) -> ImageName | None:
    """Where `path` of a v2 URL points on `host`; None where it is too short or the host is not Artifact Registry's."""
    if location := _GCR_LOCATIONS.get(host):
        project, _, image = path.partition("/")
        repository = host
    elif found := _PKG_HOST.fullmatch(host):
        location = found["location"]
        project, _, rest = path.partition("/")
        repository, _, image = rest.partition("/")
    else:
        return None
    if not (project and repository and image):
        return None
    return ImageName(repository=f"projects/{project}/locations/{location}/repositories/{repository}", image=image)
