"""google-auth's session, as the product uses it for the APIs without a client library of their own."""

from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials

from tests.contract.google.conftest import OPERATOR, Cloud


def credentials(cloud: Cloud, email: str = OPERATOR) -> Credentials:
    return Credentials(cloud.token(email))  # type: ignore[no-untyped-call] # ships no types


def session(cloud: Cloud, email: str = OPERATOR) -> AuthorizedSession:
    return AuthorizedSession(credentials(cloud, email))  # type: ignore[no-untyped-call] # ships no types
