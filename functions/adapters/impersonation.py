"""A token of the node's own account, minted through IAM Credentials: what it may do is the strongest answer there is.

The caller needs roles/iam.serviceAccountTokenCreator on that very account. The token is shown to the registry alone,
and kept nowhere.
"""

import re
from collections.abc import Collection

from functions.adapters.google_session import GoogleSession
from functions.errors import Refused, Retryable

PERMISSIONS = frozenset({"iam.serviceAccounts.getAccessToken"})

LIFETIME_SECONDS = 300
_EMAIL = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")


class IamCredentials:
    """`ports.Impersonation`, for the accounts that the settings name and for no other."""

    def __init__(self, session: GoogleSession, endpoint: str, accounts: Collection[str]) -> None:
        self._session = session
        self._endpoint = endpoint
        self._accounts = frozenset(accounts)

    def token(self, account: str, scopes: tuple[str, ...]) -> str:
        if account not in self._accounts or not _EMAIL.fullmatch(account):
            raise Refused(f"REPULL_IMPERSONATE does not name {account}")
        url = f"{self._endpoint}/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
        body = {"scope": list(scopes), "lifetime": f"{LIFETIME_SECONDS}s"}
        found = self._session.post(url, body, permission=f"roles/iam.serviceAccountTokenCreator on {account}")
        if found is None:
            raise Refused(f"service account {account} does not exist")
        token = str(found.get("accessToken") or "")
        if not token:
            raise Retryable(f"POST {url}: 200, but no token")
        return token
