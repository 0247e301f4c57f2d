"""Does the image exist? The registry's own v2 API, with the function's identity, asked as containerd asks.

The identity is shown to the image's own host alone, and only where that host is Google's.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from requests import Response, Session
from requests.exceptions import RequestException

from functions.adapters.tokens import Tokens
from functions.errors import Retryable
from functions.model.names import ImageRef
from functions.ports import ImageAnswer, Presence
from functions.text import cut

PERMISSIONS = frozenset({"artifactregistry.repositories.downloadArtifacts"})

ACCEPT = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*"
)
"""What containerd accepts (its remotes/docker/resolver.go)."""

SECONDS = 10.0
LARGEST = 4 * 1024 * 1024
"""Bytes of a manifest, as the distribution specification limits it."""


_DIGEST = re.compile("sha256:[0-9a-f]{64}")


class Unclear(Exception):
    """The registry gave no usable answer; the text says what was asked and answered."""


class ImageRegistry:
    """`ports.Registry`."""

    def __init__(self, tokens: Tokens, endpoint: str = "") -> None:
        """`endpoint` stands in for every host, as a mirror does; "" asks the image's own host."""
        self._tokens = tokens
        self._endpoint = endpoint
        self._http = Session()

    def image(self, image: ImageRef, *, os: str, architecture: str) -> ImageAnswer:
        """Never raises: what can't be found out is UNKNOWN, with the reason."""
        if image.repository is None:
            return ImageAnswer(presence=Presence.UNKNOWN, evidence=f"{image.host} is not Artifact Registry: not asked")
        try:
            return _Inquiry(self._http, self._tokens, self._endpoint, image).run(os, architecture)
        except (Unclear, Retryable) as error:
            return ImageAnswer(presence=Presence.UNKNOWN, evidence=str(error))


@dataclass(slots=True)
class _Inquiry:
    """One image's questions; the token got for the first serves the others."""

    http: Session
    tokens: Tokens
    endpoint: str
    image: ImageRef
    bearer: str = ""

    def run(self, os: str, architecture: str) -> ImageAnswer:
        head = self.ask("HEAD", "manifests", self.image.reference)
        if head.status_code == 200:
            digest = head.headers.get("Docker-Content-Digest", "")
            return self.platform(digest or self.image.reference, digest, f"{os}/{architecture}")
        # A HEAD has no body, and the reason stands in it.
        response = head if head.status_code in (401, 403) else self.ask("GET", "manifests", self.image.reference)
        said = f"{self.url('manifests', self.image.reference)}: {response.status_code} {_words(response)}".rstrip()
        if response.status_code == 404 or (response.status_code == 400 and "NAME_INVALID" in response.text):
            return ImageAnswer(presence=Presence.MISSING, evidence=said)
        raise Unclear(f"{said}{self.remedy(response)}")

    def platform(self, reference: str, digest: str, wanted: str) -> ImageAnswer:
        """What the manifest says about platforms: a list has one entry each, a single image says it in its config."""
        manifest = self.content("manifests", reference)
        entries, config = manifest.get("manifests"), manifest.get("config")
        found: set[str] = set()
        if isinstance(entries, list):
            described = [entry.get("platform") for entry in entries if isinstance(entry, dict)]
            found = {_platform(each) for each in described} - {"unknown/unknown", ""}  # attestations have no platform
        elif isinstance(config, dict):
            found = {_platform(self.config(config))} - {""}
        said = f"{self.image} is there ({digest or reference})"
        if not found or wanted in found:
            return ImageAnswer(presence=Presence.EXISTS, evidence=f"{said}, for {wanted}", digest=digest)
        offered = ", ".join(sorted(found))
        return ImageAnswer(
            presence=Presence.WRONG_PLATFORM, evidence=f"{said}, for {offered} and not for {wanted}", digest=digest
        )

    def config(self, described: dict[str, Any]) -> dict[str, Any]:
        """A manifest says where its config is, and whoever pushed the image wrote the manifest."""
        digest, size = str(described.get("digest")), described.get("size")
        if not _DIGEST.fullmatch(digest) or not isinstance(size, int) or size > LARGEST:
            raise Unclear(f"{self.image}: its manifest describes no config: {cut(str(described))}")
        return self.content("blobs", digest)

    def content(self, kind: str, reference: str) -> dict[str, Any]:
        response = self.ask("GET", kind, reference)
        if response.status_code != 200:
            raise Unclear(f"{self.url(kind, reference)}: {response.status_code} {_words(response)}")
        return _object(response, self.url(kind, reference))

    def ask(self, method: str, kind: str, reference: str) -> Response:
        """One request, and once more with a token where the registry asks for one."""
        url = self.url(kind, reference)
        response = self.send(method, url, self.bearer)
        challenge = response.headers.get("WWW-Authenticate", "")
        if response.status_code != 401 or not challenge:
            return response
        self.bearer = self.token(challenge)
        return self.send(method, url, self.bearer)

    def token(self, challenge: str) -> str:
        """A Bearer token of the registry for our access token (its documented user is `oauth2accesstoken`)."""
        words = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm = words.get("realm", "")
        if not challenge.lower().startswith("bearer ") or urlsplit(realm)[:2] != urlsplit(self.base)[:2]:
            raise Unclear(f"{self.base}: asks for a credential that is not sent there: {cut(challenge)}")
        query = urlencode({"scope": f"repository:{self.image.path}:pull", "service": words.get("service", "")})
        url = f"{realm}?{query}"
        response = self.send("GET", url, basic=("oauth2accesstoken", self.tokens.current()))
        if response.status_code != 200:
            raise Unclear(f"{realm}: {response.status_code} {_words(response)}{self.remedy(response)}")
        content = _object(response, realm)
        return str(content.get("token") or content.get("access_token") or "")

    def send(self, method: str, url: str, bearer: str = "", *, basic: tuple[str, str] | None = None) -> Response:
        headers = {"Accept": ACCEPT} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        # The blobs of a registry may be answered by a redirect; requests leaves the credential out at another host.
        follow = "/blobs/" in url
        try:
            with self.http.request(
                method, url, headers=headers, auth=basic, timeout=SECONDS, allow_redirects=follow, stream=True
            ) as response:
                return _read(response, f"{method} {url}")
        except RequestException as error:
            raise Unclear(f"{method} {url}: no answer: {cut(str(error))}") from error

    def remedy(self, response: Response) -> str:
        if response.status_code not in (401, 403):
            return ""
        return f"; repull's own service account needs roles/artifactregistry.reader on {self.image.repository}"

    @property
    def base(self) -> str:
        return self.endpoint or f"https://{self.image.host}"

    def url(self, kind: str, reference: str) -> str:
        mirrored = f"?ns={self.image.host}" if self.endpoint else ""
        return f"{self.base}/v2/{self.image.path}/{kind}/{reference}{mirrored}"


def _read(response: Response, asked: str) -> Response:
    """The response with its body, which is read no further than a manifest may be long."""
    body = bytearray()
    for piece in response.iter_content(64 * 1024):
        body += piece
        if len(body) > LARGEST:
            raise Unclear(f"{asked}: more than {LARGEST} bytes are no manifest")
    response._content = bytes(body)  # noqa: SLF001 - requests has no other way to give a streamed body back
    return response


def _platform(described: Any) -> str:
    """os/architecture of a manifest's entry or a config; "" where it has none."""
    if not isinstance(described, dict):
        return ""
    return "/".join(str(described[key]) for key in ("os", "architecture") if described.get(key))


def _object(response: Response, asked: str) -> dict[str, Any]:
    try:
        found = json.loads(response.content)
    except ValueError as error:
        raise Unclear(f"{asked}: {response.status_code}, but not JSON; something on the way answered") from error
    if not isinstance(found, dict):
        raise Unclear(f"{asked}: {response.status_code}, but no object")
    return found


def _words(response: Response) -> str:
    """The first error of the distribution protocol's list; else the beginning of the body."""
    try:
        error = response.json()["errors"][0]
        return cut(f"{error['code']}: {error['message']}")
    except (ValueError, KeyError, TypeError, IndexError):
        return cut(response.text)
