"""Who asks the registry: Basic with an access token, the registry's own Bearer token, or nobody."""

import base64
import binascii
import secrets
import time
from dataclasses import dataclass

from sandbox.identities import Identities

LIFETIME_SECONDS = 300
_USERS = ("_token", "oauth2accesstoken")


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """`email` is None for somebody anonymous; `valid` is False where a credential was shown that is worth nothing."""

    email: str | None = None
    valid: bool = True
    shown: bool = False  # any Authorization header at all


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pass:
    access_token: str  # "" for anonymous
    expires: float


class Credentials:
    """A registry token is worth no more than the access token that it was got with."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._passes: dict[str, _Pass] = {}

    def issue(self, authorization: str) -> str:
        """A registry token for whoever sent this header."""
        token = secrets.token_urlsafe(24)
        self._passes[token] = _Pass(
            access_token=_access_token(authorization), expires=time.monotonic() + LIFETIME_SECONDS
        )
        return token

    def who(self, authorization: str) -> Caller:
        """The caller behind an Authorization header; "" is anonymous."""
        if not authorization:
            return Caller()
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer" and (found := self._passes.get(value)):
            if found.expires < time.monotonic():
                return Caller(valid=False, shown=True)
            if not found.access_token:
                return Caller(shown=True)
            return self._by_access_token(found.access_token)
        return self._by_access_token(_access_token(authorization))

    def _by_access_token(self, token: str) -> Caller:
        email = self._identities.who(token)
        return Caller(email=email, valid=email is not None, shown=True)


def _access_token(authorization: str) -> str:
    """The access token in a Basic or Bearer header; "" where there is none to be found."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password if scheme.lower() == "basic" and user in _USERS else ""
