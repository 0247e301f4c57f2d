"""Is the image there, for the node's platform? Asked by the registry's own v2 API, as the node's containerd asks.

An access token is sent as the image's host wants it, and only there; that host is Google's. A HEAD tells whether the
image exists, and whether it is a single manifest, whose platform doesn't matter; an index is read, and then known by
its digest.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from requests import Response

from functions.adapters.platforms import Platform, offered
from functions.adapters.registry_answers import NOT_THERE, Unclear, code, content, is_page, remedy, words
from functions.adapters.registry_http import RegistryHttp
from functions.adapters.tokens import Tokens
from functions.errors import Retryable
from functions.model.names import ImageRef, Repository
from functions.ports import ImageAnswer, Presence

PERMISSIONS = frozenset({"artifactregistry.repositories.downloadArtifacts"})

MANIFESTS = frozenset(
    {"application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"}
)
MOST_INDEXES = 1000

Index = tuple[Platform | None, ...]


class ImageRegistry:
    """`ports.Registry`. What an index holds is remembered by its digest, which no other content can have."""

    def __init__(self, tokens: Tokens, endpoint: str = "", *, who: str = "repull's own account") -> None:
        """`endpoint` stands in for every host, as a mirror does; "" asks the image's own host.

        `who` is what a refusal calls the identity behind the tokens, which somebody must let in.
        """
        self._tokens = tokens
        self._who = who
        self._http = RegistryHttp(endpoint)
        self._indexes = _Indexes()

    def image(self, image: ImageRef, *, os: str, architecture: str, token: str = "") -> ImageAnswer:
        """Never raises: what can't be found out is UNKNOWN, with the reason."""
        if image.repository is None:
            return ImageAnswer(presence=Presence.UNKNOWN, evidence=f"{image.host} is not Artifact Registry: not asked")
        try:
            asking = (
                _Asking(token=token, who="the node's account", grant="it was the node's own")
                if token
                else _Asking(token=self._tokens.current(), who=self._who, grant=self._grant(image))
            )
            return _Inquiry(self._http, self._indexes, image, asking).run(os, architecture)
        except (Unclear, Retryable) as error:
            return ImageAnswer(presence=Presence.UNKNOWN, evidence=str(error))

    def _grant(self, image: ImageRef) -> str:
        return f"grant {self._who} access: {_command(image.repository, self._tokens.member)}"


def _command(repository: Repository | None, member: str) -> str:
    """The command that lets repull itself read."""
    if repository is None:
        return ""
    return (
        f"gcloud artifacts repositories add-iam-policy-binding {repository.name} --project={repository.project} "
        f"--location={repository.location} --role=roles/artifactregistry.reader --member={member or 'MEMBER'}"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asking:
    """Who asks. `grant` is what to say where this token may not read."""

    token: str
    who: str
    grant: str


@dataclass(frozen=True, slots=True)
class _Inquiry:
    http: RegistryHttp
    indexes: "_Indexes"
    image: ImageRef
    asking: _Asking

    def run(self, os: str, architecture: str) -> ImageAnswer:
        head = self.ask("HEAD", self.image.reference)
        if head.status_code != 200:
            return self.refused(head)
        if is_page(head):
            raise Unclear(f"{self.asked('HEAD')}: 200, but not JSON; {self.remedy(head)}")
        kind = head.headers.get("Content-Type", "").partition(";")[0].strip()
        digest = head.headers.get("Docker-Content-Digest", "")
        if kind in MANIFESTS:
            said = (
                f"{self.asked('HEAD')}: 200, {digest or 'no digest'}: a single manifest, pulled whatever its platform"
            )
            return ImageAnswer(presence=Presence.EXISTS, evidence=said, digest=digest)
        return self.platform(digest, os, architecture)

    def platform(self, digest: str, os: str, architecture: str) -> ImageAnswer:
        """Whether the index has a manifest for the machine."""
        index = self.indexes.get(digest, lambda: self.index(digest))
        said = f"{self.asked('GET')}: 200, {digest or 'no digest'}"
        wanted = f"{os}/{architecture}" if architecture else "whatever platform"
        if index is None or any(each is None or each.fits(os, architecture) for each in index):
            return ImageAnswer(presence=Presence.EXISTS, evidence=f"{said}: there for {wanted}", digest=digest)
        there = ", ".join(sorted({str(each) for each in index})) or "no platform at all"
        if not architecture:
            return ImageAnswer(presence=Presence.EXISTS, evidence=f"{said}: an index for {there}", digest=digest)
        evidence = f"{said}: an index for {there}, and not for {wanted}"
        return ImageAnswer(presence=Presence.WRONG_PLATFORM, evidence=evidence, digest=digest)

    def index(self, digest: str) -> tuple[Index | None, bool]:
        """An index's platforms, None for what is none; and whether the digest is truly the content's."""
        response = self.ask("GET", digest or self.image.reference)
        if response.status_code != 200:
            raise Unclear(self.said("GET", response))
        found = content(response, self.asked("GET"))
        rows = found.get("manifests")
        certain = digest == f"sha256:{hashlib.sha256(response.content).hexdigest()}"
        return (offered(rows) if isinstance(rows, list) else None), certain

    def refused(self, head: Response) -> ImageAnswer:
        """What the registry says instead of the image. A HEAD has no body, and the reason stands in it."""
        tired = head.status_code == 429 or head.status_code >= 500
        response = head if head.content or tired else self.ask("GET", self.image.reference)
        said = self.said("HEAD" if response is head else "GET", response)
        if response.status_code == 200:
            raise Unclear(f"{self.asked('HEAD')}: {head.status_code}, and 200 the moment after: it changes")
        if response.status_code in (400, 404) and code(response) in NOT_THERE:
            upstream = "; a remote or virtual repository has it only where its upstream has"
            return ImageAnswer(presence=Presence.MISSING, evidence=f"{said}{upstream}")
        denied = response.status_code == 403 and not is_page(response)
        return ImageAnswer(presence=Presence.UNKNOWN, evidence=f"{said}; {self.remedy(response)}", denied=denied)

    def ask(self, method: str, reference: str) -> Response:
        return self.http.manifest(method, self.image, reference, self.asking.token)

    def remedy(self, response: Response) -> str:
        return remedy(response, who=self.asking.who, grant=self.asking.grant)

    def asked(self, method: str) -> str:
        return f"{method} {self.http.url(self.image, self.image.reference)}"

    def said(self, method: str, response: Response) -> str:
        return f"{self.asked(method)}: {response.status_code} {words(response)}".rstrip()


class _Indexes:
    """Platforms by digest: content that can't change. Bounded, thread-safe."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Index | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str, read: Callable[[], tuple[Index | None, bool]]) -> Index | None:
        with self._lock:
            if digest in self._known:
                self._known.move_to_end(digest)
                return self._known[digest]
        index, certain = read()
        if certain:
            with self._lock:
                self._known[digest] = index
                if len(self._known) > MOST_INDEXES:
                    self._known.popitem(last=False)
        return index
