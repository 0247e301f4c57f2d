"""Image references as the container runtime normalises them."""

import re
from dataclasses import dataclass
from typing import Self

_HOST = re.compile(r"[a-zA-Z0-9.-]+(?::\d+)?")
_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[\w][\w.-]{0,127}")
_DIGEST = re.compile(r"[a-z0-9+._-]+:[0-9a-fA-F]{32,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A reference with its host spelled out; a digest leaves the tag out, as containerd does."""

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what stands in a pod's `image`; raises ValueError with the runtime's words."""
        rest, at, digest = text.partition("@")
        head, slash, tail = rest.partition("/")
        if slash and ("." in head or ":" in head or head == "localhost"):
            host, rest = head, tail
        else:
            host, rest = "docker.io", rest if slash else f"library/{rest}"
        path, colon, tag = rest.partition(":")
        well_formed = _HOST.fullmatch(host) and _PATH.fullmatch(path)
        if not well_formed or (colon and not _TAG.fullmatch(tag)) or (at and not _DIGEST.fullmatch(digest)):
            raise ValueError("invalid reference format")
        return cls(host=host, path=path, tag="" if digest else tag or "latest", digest=digest)

    @property
    def wanted(self) -> str:
        """What the registry is asked for."""
        return self.digest or self.tag

    @property
    def repository(self) -> str:
        return f"{self.host}/{self.path}"

    @property
    def pulls_always_by_default(self) -> bool:
        """The API server's default policy: Always for `latest`, else IfNotPresent."""
        return not self.digest and self.tag == "latest"

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"
