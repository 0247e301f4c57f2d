"""IAM Credentials: a token of another service account, for whoever may create one."""

import asyncio
import re
from datetime import timedelta
from typing import Any

from starlette.routing import Route

from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError
from sandbox.identities import Identities
from sandbox.timestamps import now

_EMAIL = re.compile(r"[^@]+@(?P<project>[^.]+)\.iam\.gserviceaccount\.com")
_DURATION = re.compile(r"(\d+)s")
_LONGEST_SECONDS = 3600
_WHOLE_SECONDS = "%Y-%m-%dT%H:%M:%SZ"  # google-auth reads no other form (its impersonated_credentials)


class Credentials:
    def __init__(self, *, door: Door, identities: Identities) -> None:
        self._door = door
        self._identities = identities

    def routes(self) -> list[Route]:
        return [
            self._door.route(
                "/v1/projects/{project}/serviceAccounts/{name}:generateAccessToken",
                self._generate,
                api="iamcredentials",
                verb="generateAccessToken",
                resource="serviceAccounts",
                name="name",
                method="POST",
            )
        ]

    async def _generate(self, ask: Ask) -> dict[str, Any]:
        email = ask.path["name"]
        found = _EMAIL.fullmatch(email)
        if ask.path["project"] != "-" or not found:
            raise GoogleError(400, "Request contains an invalid argument.")
        permission = "iam.serviceAccounts.getAccessToken"
        account = f"projects/{found['project']}/serviceAccounts/{email}"
        message = f"Permission '{permission}' denied on resource (or it may not exist)."
        self._door.require(ask, permission, account, message)
        lifetime = _DURATION.fullmatch(str(ask.body.get("lifetime", f"{_LONGEST_SECONDS}s")))
        if not ask.body.get("scope") or not lifetime or not 0 < int(lifetime[1]) <= _LONGEST_SECONDS:
            raise GoogleError(400, "Request contains an invalid argument.")
        token = self._identities.issue(email)
        asyncio.get_running_loop().call_later(int(lifetime[1]), self._identities.revoke, token)
        expires = now() + timedelta(seconds=int(lifetime[1]))
        return {"accessToken": token, "expireTime": expires.strftime(_WHOLE_SECONDS)}
