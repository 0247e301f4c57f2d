"""Who a bearer token speaks for: the one place where the sandbox issues and revokes access tokens."""

import secrets


class Identities:
    """Access tokens of service accounts. A revoked token names nobody, as an expired one would."""

    def __init__(self) -> None:
        self._emails: dict[str, str] = {}

    def issue(self, email: str) -> str:
        """A new token for `email`; earlier ones stay good."""
        token = f"ya29.sandbox-{secrets.token_urlsafe(18)}"
        self._emails[token] = email
        return token

    def revoke(self, token: str) -> None:
        """Make `token` worthless. Revoking an unknown token changes nothing."""
        self._emails.pop(token, None)

    def who(self, token: str | None) -> str | None:
        """The e-mail address behind `token`, or None where it names nobody."""
        return self._emails.get(token or "")
