"""Who asks Google: the caller's application default credentials, and what to do where they give no token."""

import google.auth
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, OAuthError, RefreshError

from functions.adapters.google_session import SCOPE

LOGIN = "gcloud auth application-default login"


def own() -> Credentials:
    """The caller's. Never raises: what needs none is told, and whatever asks for a token learns why there is none."""
    try:
        found, _ = google.auth.default(scopes=[SCOPE])
    except DefaultCredentialsError as error:
        return _Absent(str(error.args[0]))
    return _Given(found)


class _Absent(Credentials):
    """None there, or none that can be read: what needs them can't be found out, what the cluster alone tells can."""

    def __init__(self, why: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth leaves it so
        self._why = why

    def refresh(self, request: object) -> None:  # noqa: ARG002 - google-auth hands it in
        raise _refused(f"there are no application default credentials; make some with {LOGIN} ({self._why})")


class _Given(Credentials):
    """Those that were found: they may have been revoked, or their sign-in be too old (RFC 6749: `invalid_grant`)."""

    def __init__(self, found: Credentials) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth leaves it so
        self._found = found

    @property
    def account(self) -> str:
        return str(getattr(self._found, "account", ""))

    @property
    def service_account_email(self) -> str:
        return str(getattr(self._found, "service_account_email", ""))

    def refresh(self, request: object) -> None:
        try:
            self._found.refresh(request)  # type: ignore[no-untyped-call]  # google-auth leaves it so
        except (RefreshError, OAuthError) as error:
            if error.retryable:
                raise
            raise _refused(
                "your application default credentials give no token; if they are revoked or too old, make new ones "
                f"with {LOGIN} ({_words(error)})"
            ) from error
        self.token, self.expiry = self._found.token, self._found.expiry

    def apply(self, headers: dict[str, str], token: str | None = None) -> None:
        """With the project that is to pay, where they name one."""
        self._found.apply(headers, token or self.token)  # type: ignore[no-untyped-call]  # google-auth leaves it so


def _words(error: GoogleAuthError) -> str:
    """What the token server said, without the data that google-auth keeps beside it."""
    return str(error.args[0]) if error.args else str(error)


def _refused(said: str) -> RefreshError:
    return RefreshError(said)  # type: ignore[no-untyped-call]  # google-auth leaves it so
