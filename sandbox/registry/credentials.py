"""Who asks the registry: Basic with an access token, the registry's own Bearer token, or nobody."""

import base64
import binascii
import time
from dataclasses import dataclass

from sandbox.identities import Identities
from sandbox.registry.naming import ImageName

LIFETIME_SECONDS = 300
_USERS = ("_token", "oauth2accesstoken")


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """`email` is None for somebody anonymous; `valid` is False where a credential was shown that is worth nothing."""

    email: str | None = None
    valid: bool = True
    shown: bool = False  # any Authorization header at all
    token: str = ""  # the registry's own, where that was shown …
    image: ImageName | None = None  # … and what it is good for


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pass:
    access_token: str  # "" for anonymous
    image: ImageName | None
    expires: float


class Credentials:
    """A registry token is worth no more than the access token that it was got with."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._passes: dict[str, _Pass] = {}

    def remember(self, token: str, *, authorization: str, image: ImageName | None) -> None:
        """`token` is from now on a registry token of whoever sent this header."""
        self._passes[token] = _Pass(
            access_token=_access_token(authorization), image=image, expires=time.monotonic() + LIFETIME_SECONDS
        )

    def who(self, authorization: str) -> Caller:
        """The caller behind an Authorization header; "" is anonymous."""
        if not authorization:
            return Caller()
        scheme, _, value = authorization.partition(" ")
        known = self._passes.get(value) if scheme.lower() == "bearer" else None
        if known is None:
            email = self._identities.who(_access_token(authorization))
            return Caller(email=email, valid=email is not None, shown=True)
        email = self._identities.who(known.access_token)
        valid = known.expires > time.monotonic() and (email is not None or not known.access_token)
        return Caller(email=email, valid=valid, shown=True, token=value, image=known.image)


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
