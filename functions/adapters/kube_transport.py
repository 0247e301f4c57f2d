"""Requests to one API server: the official client's connection pool, our token, a time-out on each.

Only the client's generic calls are used. Its generated models are slow to load and refuse what a server leaves out.
"""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import certifi
import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import ApiException

from functions.errors import Retryable
from functions.text import cut

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
CONNECTIONS = 100
"""Kept alive. As many as are needed at a time are opened in any case, and those beyond it closed after one call.

An instance runs several invocations, each of which evicts ten pods at a time and watches what becomes of them.
"""
IDLE_SECONDS = 60.0
"""After so long without a call, connections are not trusted any more: the instance may have been frozen meanwhile."""

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"

_METHODS = {
    "get": "GET",
    "list": "GET",
    "watch": "GET",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is asked, in Kubernetes' own verbs. `what` is how errors call it."""

    verb: str
    path: str
    what: str
    query: Mapping[str, str | int | bool] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    accept: str = JSON
    seconds: float | None = None  # of silence until it is given up, where other than usual


class Silence(Retryable):
    """Connected, and nothing came for as long as the request may wait."""


class Unreachable(Retryable):
    """No connection came about, so nothing was asked."""


class Bearers(Protocol):
    """Where the tokens come from that say who we are."""

    def current(self) -> str:
        """One that is good for some minutes; "" where the connection itself says it. Raises Retryable."""

    def after(self, refused: str) -> str:
        """Another one than `refused`, where there is one."""


def server(host: str, ca: str | None) -> Configuration:
    """`ca` is the PEM text of the CA that signed the server's certificate; None means a public one."""
    return Configuration(host=host, ca_cert_data=ca, ssl_ca_cert=None if ca else certifi.where())


class Transport:
    """To one server, which `configuration` names. Thread-safe."""

    def __init__(self, configuration: Configuration, tokens: Bearers, *, read_seconds: float = READ_SECONDS) -> None:
        configuration.connection_pool_maxsize = CONNECTIONS
        configuration.retries = _ONCE_MORE
        self._client = ApiClient(configuration)
        self._client.user_agent = "repull"
        self._tokens = tokens
        self._read_seconds = read_seconds
        self._last_call = time.monotonic()

    def send(self, request: Request) -> urllib3.BaseHTTPResponse:
        """The answer, its body not read yet. Raises Retryable (Silence) where none came.

        A token that the server does not accept is renewed once.
        """
        idle, self._last_call = time.monotonic() - self._last_call, time.monotonic()
        if idle > IDLE_SECONDS:
            self.close()
        token = self._tokens.current()
        response = self._send(request, token)
        if response.status == 401:
            response.drain_conn()
            response = self._send(request, self._tokens.after(token))
        return response

    def close(self) -> None:
        """Close every connection that nobody uses at this moment. The next call opens a new one."""
        self._client.close()  # type: ignore[no-untyped-call]  # the client has no types

    def _send(self, request: Request, token: str) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": request.accept} | ({"Authorization": f"Bearer {token}"} if token else {})
        if request.body is not None:
            headers["Content-Type"] = MERGE_PATCH if request.verb == "patch" else JSON
        call = self._client.param_serialize(
            _METHODS[request.verb],
            request.path,
            query_params=dict(request.query),
            header_params=headers,
            body=request.body,
        )
        try:
            answer = self._client.call_api(
                *call, _request_timeout=(CONNECT_SECONDS, request.seconds or self._read_seconds)
            )
        except urllib3.exceptions.ReadTimeoutError as failure:
            raise Silence(f"{request.what}: no answer in time") from failure
        except (urllib3.exceptions.HTTPError, ApiException) as failure:
            server = self._client.configuration.host
            if why := _unconnected(failure):
                raise Unreachable(f"{request.what}: no answer: no connection to {server}: {why}") from failure
            raise Retryable(f"{request.what}: no answer: {_broken(failure, server)}") from failure
        response: urllib3.BaseHTTPResponse = answer.response
        return response


def _last(failure: Exception) -> Exception | None:
    """What went wrong at the last try."""
    return failure.reason if isinstance(failure, urllib3.exceptions.MaxRetryError) else failure


def _unconnected(failure: Exception) -> str:
    """Why no connection came about, without the library's own words; "" where one did."""
    match found := _last(failure):
        case urllib3.exceptions.NewConnectionError():  # a kind of time-out to the library
            cause = found.__cause__
            return (isinstance(cause, OSError) and cause.strerror) or cut(str(found))
        case urllib3.exceptions.ConnectTimeoutError():
            return f"nothing within {CONNECT_SECONDS:.0f} s"
        case urllib3.exceptions.SSLError(args=(ssl.SSLCertVerificationError() as cause, *_)):
            return f"its certificate is not accepted: {cut(cause.verify_message)}"
        case _:
            return ""


def _broken(failure: Exception, server: str) -> str:
    """What ended a call that may have been asked: TLS fails before a request is sent, and after it as well."""
    found = _last(failure)
    said = f"TLS with {server} failed: {found}" if isinstance(found, urllib3.exceptions.SSLError) else str(failure)
    return cut(said)


class _OnceMore(urllib3.Retry):
    """Tries a read again where the connection broke or the server is overloaded, but not where it was silent."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Self:
        if isinstance(error, urllib3.exceptions.ReadTimeoutError):
            raise error
        if isinstance(error, urllib3.exceptions.SSLError) and not self._is_method_retryable(method or ""):
            raise urllib3.exceptions.MaxRetryError(kwargs["_pool"], url, error)  # urllib3 would send any method again
        return super().increment(method, url, response, error, *args, **kwargs)


_ONCE_MORE = _OnceMore(
    total=3,
    connect=1,
    read=2,
    status=2,
    redirect=0,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods={"GET"},  # who writes must first make sure that it still may
    backoff_factor=0.1,
    backoff_jitter=0.1,
    respect_retry_after_header=False,  # it may ask for longer than a caller can wait
    raise_on_status=False,
)
