"""One registry over HTTP: who we are to it, and what its answers mean.

Artifact Registry takes Basic with an access token straight away, which saves the two requests of a challenge; a
registry that challenges all the same is answered, as long as its token server is on its own host. What it gives for
that is used for as long as it lives.
"""

import re
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from requests import Response, Session
from requests.exceptions import RequestException, Timeout

from functions.adapters.registry_answers import Unclear, content
from functions.model.names import ImageRef
from functions.text import cut

ACCEPT = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*"
)
"""What containerd accepts (its remotes/docker/resolver.go)."""

SECONDS = 10.0
LARGEST = 4 * 1024 * 1024
"""Bytes of a manifest, as the distribution specification limits it."""
SHORTEST_SECONDS = 60
"""What a registry's token lives for where its answer doesn't say (the distribution's token specification)."""
_USER = "oauth2accesstoken"
"""The user name that Artifact Registry documents for an access token."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bearer:
    token: str
    until: float  # by time.monotonic


class RegistryHttp:
    """`endpoint` stands in for every host, as a mirror does; "" asks the image's own host. Thread-safe."""

    def __init__(self, endpoint: str = "") -> None:
        self._endpoint = endpoint
        self._http = Session()
        self._bearers: dict[tuple[str, str, str], _Bearer] = {}
        self._lock = threading.Lock()

    def manifest(self, method: str, image: ImageRef, reference: str, access_token: str) -> Response:
        """One request, and where the registry asks for a token of its own, once more with that.

        Raises Unclear where no answer comes.
        """
        url = self.url(image, reference)
        key = (self._base(image), image.path, access_token)
        bearer = self._remembered(key)
        response = self._send(method, url, bearer=bearer, access_token=access_token)
        challenge = response.headers.get("WWW-Authenticate", "")
        if response.status_code != 401 or not challenge.lower().startswith("bearer "):
            return response
        found = self._bearer(image, challenge, access_token)
        if isinstance(found, Response):
            return found
        with self._lock:
            self._bearers = {known: each for known, each in self._bearers.items() if each.until > time.monotonic()}
            self._bearers[key] = found
        return self._send(method, url, bearer=found.token, access_token=access_token)

    def url(self, image: ImageRef, reference: str) -> str:
        mirrored = f"?ns={image.host}" if self._endpoint else ""
        return f"{self._base(image)}/v2/{image.path}/manifests/{reference}{mirrored}"

    def _base(self, image: ImageRef) -> str:
        return self._endpoint or f"https://{image.host}"

    def _remembered(self, key: tuple[str, str, str]) -> str:
        with self._lock:
            found = self._bearers.get(key)
        return found.token if found and found.until > time.monotonic() else ""

    def _bearer(self, image: ImageRef, challenge: str, access_token: str) -> "_Bearer | Response":
        """The registry's own token; or its refusal to give one."""
        parameters = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm, base = parameters.get("realm", ""), self._base(image)
        if urlsplit(realm)[:2] != urlsplit(base)[:2]:
            raise Unclear(f"{base}: asks for a credential that is not sent there: {cut(challenge)}")
        query = urlencode({"scope": f"repository:{image.path}:pull", "service": parameters.get("service", "")})
        response = self._send("GET", f"{realm}?{query}", access_token=access_token)
        if response.status_code != 200:
            return response
        found = content(response, realm)
        token = str(found.get("token") or found.get("access_token") or "")
        if not token:
            raise Unclear(f"{realm}: 200, but no token")
        seconds = found.get("expires_in")
        lives = seconds if isinstance(seconds, int) and seconds > 0 else SHORTEST_SECONDS
        return _Bearer(token=token, until=time.monotonic() + lives / 2)

    def _send(self, method: str, url: str, *, access_token: str, bearer: str = "") -> Response:
        headers = {"Accept": ACCEPT} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        basic = None if bearer else (_USER, access_token)
        try:
            with self._http.request(
                method, url, headers=headers, auth=basic, timeout=SECONDS, allow_redirects=False, stream=True
            ) as response:
                return _read(response, f"{method} {url}")
        except Timeout as error:
            raise Unclear(f"{method} {url}: no answer within {SECONDS:g} s") from error
        except RequestException as error:
            raise Unclear(f"{method} {url}: not reached: {cut(str(error))}") from error


def _read(response: Response, asked: str) -> Response:
    """The response with its body, which is read no further than a manifest may be long."""
    body = bytearray()
    for piece in response.iter_content(64 * 1024):
        body += piece
        if len(body) > LARGEST:
            raise Unclear(f"{asked}: more than {LARGEST} bytes are no manifest")
    response._content = bytes(body)  # noqa: SLF001 - requests has no other way to give a streamed body back
    return response
