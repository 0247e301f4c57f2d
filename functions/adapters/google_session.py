"""One identity at Google's REST APIs: one session, a time-out on every call, few errors.

For the APIs of which a single call is needed, a session is lighter than a client library, which a cold start feels.
"""

from collections.abc import Mapping
from typing import Any

from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import AuthorizedSession
from requests import Response
from requests.exceptions import RequestException

from functions.adapters import json_text
from functions.adapters.tokens import not_accepted
from functions.errors import Refused, Retryable
from functions.text import cut

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
OURS = "repull's own service account"
SECONDS = 10.0
THROTTLED = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"})
"""Reasons of a 403 that time alone mends."""
LONGEST = 300
"""Characters of an answer's text that are kept: it ends up in log lines."""


class GoogleSession:
    """Thread-safe as far as it is used here: nothing of the session changes between requests."""

    def __init__(self, credentials: Credentials, *, who: str = OURS, seconds: float = SECONDS) -> None:
        """`who` is how a refusal calls the identity, whose permissions somebody must mend."""
        self._http = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # google-auth leaves it so
        self.who = who
        self._seconds = seconds

    def get(self, url: str, *, permission: str) -> dict[str, Any] | None:
        """The answer; None where the thing is not there. `permission` is what the caller needs, for the remedy.

        Raises Refused (401, 403, and whatever else repeating doesn't change) and Retryable.
        """
        return self._ask("GET", url, permission=permission)

    def post(self, url: str, body: Mapping[str, Any] | None = None, *, permission: str) -> dict[str, Any] | None:
        """As `get`, for the calls that read by POST; some of them take no body."""
        return self._ask("POST", url, permission=permission, json=body)

    def _ask(self, method: str, url: str, *, permission: str, **body: Any) -> dict[str, Any] | None:
        asked = f"{method} {url}"
        try:
            response: Response = self._http.request(  # type: ignore[no-untyped-call]  # google-auth leaves it so
                method, url, timeout=self._seconds, max_allowed_time=self._seconds, allow_redirects=False, **body
            )
        except RefreshError as error:
            raise Retryable(f"{asked}: no token to ask with: {cut(str(error), LONGEST)}") from error
        except (RequestException, GoogleAuthError) as error:
            raise Retryable(f"{asked}: no answer: {cut(str(error), LONGEST)}") from error
        return _read(asked, response, who=self.who, permission=permission)


def _read(asked: str, response: Response, *, who: str, permission: str) -> dict[str, Any] | None:
    status = response.status_code
    if status == 404:
        return None
    said = f"{asked}: {status} {_words(response)}"
    if status == 403 and _reasons(response) & THROTTLED:
        raise Retryable(said)
    if status == 401:  # to a token that google-auth has fetched anew
        raise Refused(f"{said}; {not_accepted(who)}")
    if status == 403:
        raise Refused(f"{said}; {who} needs {permission}, and the API must be enabled")
    if status == 429 or status >= 500:
        raise Retryable(said)
    if status != 200:
        raise Refused(said)
    try:
        answer = json_text.read(response.content)
    except ValueError as error:
        raise Retryable(f"{asked}: 200, but not JSON; something on the way answered") from error
    if not isinstance(answer, dict):
        raise Retryable(f"{asked}: 200, but no object")
    return answer


def _reasons(response: Response) -> frozenset[str]:
    """Why, in Google's error format: `errors[].reason` of the older APIs, `details[].reason` of the newer ones."""
    try:
        error = json_text.read(response.content)["error"]
        rows = (*(error.get("errors") or ()), *(error.get("details") or ()))
        return frozenset(str(row.get("reason", "")) for row in rows)
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset()


def _words(response: Response) -> str:
    """What the error says, in Google's error format; else the beginning of the body."""
    try:
        return cut(str(json_text.read(response.content)["error"]["message"]), LONGEST)
    except (ValueError, KeyError, TypeError):
        return cut(response.text, LONGEST)
