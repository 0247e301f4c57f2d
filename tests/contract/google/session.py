"""google-auth's session, as the product uses it for the APIs without a client library of their own."""

from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials

from tests.contract.google.conftest import OPERATOR, Cloud


def session(cloud: Cloud, email: str = OPERATOR) -> AuthorizedSession:
    credentials = Credentials(cloud.token(email))  # type: ignore[no-untyped-call] # ships no types
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call] # ships no types
