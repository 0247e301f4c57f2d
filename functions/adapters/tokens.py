"""Access tokens of the function's own identity, kept fresh for clients that don't know google-auth."""

import threading

from google.auth.credentials import Credentials, TokenState
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request

from functions.errors import Retryable


class Tokens:
    """One token, asked for again when google-auth says that it is about to expire. Thread-safe."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._request = Request()
        self._lock = threading.Lock()

    def current(self) -> str:
        """A token that is good for some minutes. Raises Retryable where the metadata server gives none."""
        with self._lock:
            if self._credentials.token_state is not TokenState.FRESH:
                self._refresh()
            return str(self._credentials.token)

    def after(self, refused: str) -> str:
        """A token other than `refused`, which a server did not accept although it should still be good."""
        with self._lock:
            if self._credentials.token == refused:
                self._refresh()
            return str(self._credentials.token)

    @property
    def member(self) -> str:
        """Whose tokens they are, as IAM writes it; "" where the credentials don't tell."""
        email = getattr(self._credentials, "service_account_email", "")
        if "@" in email:  # Compute's credentials say "default" until they have asked
            return f"serviceAccount:{email}"
        account = getattr(self._credentials, "account", "")
        return f"user:{account}" if account else ""

    def _refresh(self) -> None:
        try:
            self._credentials.refresh(self._request)  # type: ignore[no-untyped-call]  # google-auth leaves it so
        except GoogleAuthError as error:
            raise Retryable(f"asking for an access token: {error}") from error


def not_accepted(who: str) -> str:
    """What a 401 to a fresh token of `who` means: the server doesn't ask what it may do, it asks whose it is."""
    return (
        f"the token of {who} is not accepted, which no grant mends: is the account disabled or deleted, or its sign-in "
        "too old?"
    )
