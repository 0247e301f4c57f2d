"""Where the registry's images lie: in memory, or in a registry program. What stands before them is the same."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from sandbox.registry.naming import ImageName, TaggedImage
from sandbox.registry.oci import Built, build

LOG_LABEL = "sandbox.log"  # a line per line: what the process of this image logs
NOT_EXECUTED = b"#!simulated\n"
"""The program of images that only simulated machines pull: to them, what an image does stands in its labels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a request for content asks for."""

    image: ImageName
    kind: Literal["manifests", "blobs"]
    reference: str  # tag or digest


class ImageStore(ABC):
    """Pushing needs no permission here; it is how a scenario is set up."""

    def __init__(self, *, program: bytes) -> None:
        """`program` is what every image runs."""
        self.repositories: set[str] = set()
        self._program = program

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
        tagged = TaggedImage.parse(reference)
        labelled = {**(labels or {}), **({LOG_LABEL: "\n".join(log_lines)} if log_lines else {})}
        image = build(platforms=tuple(platforms), labels=labelled, attested=attested, program=self._program)
        self.repositories.add(tagged.name.repository)
        self.put(tagged, image)
        return image.top.digest

    @abstractmethod
    def remove(self, reference: str) -> None:
        """Delete the tag and what it points at; raises KeyError where it isn't there."""

    @abstractmethod
    def put(self, tagged: TaggedImage, image: Built) -> None:
        """Take these documents in, and let the tag point at the top one."""

    @abstractmethod
    def token(self, email: str, image: ImageName | None) -> str:
        """A registry token for `email`, "" being nobody in particular, that is good for pulling `image` alone."""

    @abstractmethod
    async def answer(self, request: Request, wanted: Wanted, token: str) -> Response:
        """The content for `request`, which may be had with `token`, or the protocol's error that it is not there."""
