"""Policy Troubleshooter v3: may this principal do that there, and why."""

from typing import Any

from starlette.routing import Route

from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError
from sandbox.google.hierarchy import full_name
from sandbox.google.policies import Decision, Policies

_SERVICE = "//artifactregistry.googleapis.com/"

# overall, allow policies', deny policies' word for each decision
_STATES = {
    Decision.GRANTED: ("CAN_ACCESS", "ALLOW_ACCESS_STATE_GRANTED", "DENY_ACCESS_STATE_NOT_DENIED"),
    Decision.NOT_GRANTED: ("CANNOT_ACCESS", "ALLOW_ACCESS_STATE_NOT_GRANTED", "DENY_ACCESS_STATE_NOT_DENIED"),
    Decision.DENIED: ("CANNOT_ACCESS", "ALLOW_ACCESS_STATE_GRANTED", "DENY_ACCESS_STATE_DENIED"),
    Decision.CONDITIONAL: (
        "UNKNOWN_CONDITIONAL",
        "ALLOW_ACCESS_STATE_UNKNOWN_CONDITIONAL",
        "DENY_ACCESS_STATE_NOT_DENIED",
    ),
}
_NO_INSIGHT = ("UNKNOWN_INFO", "ALLOW_ACCESS_STATE_UNKNOWN_INFO", "DENY_ACCESS_STATE_UNKNOWN_INFO")


class Troubleshooter:
    """What its caller may not read it doesn't explain: where that could hold the grant, the answer is UNKNOWN_INFO."""

    def __init__(self, *, door: Door, policies: Policies) -> None:
        self._door = door
        self._policies = policies

    def routes(self) -> list[Route]:
        return [
            self._door.route(
                "/v3/iam:troubleshoot",
                self._troubleshoot,
                api="troubleshooter",
                verb="troubleshoot",
                resource="iam",
                name="",
                method="POST",
            )
        ]

    async def _troubleshoot(self, ask: Ask) -> dict[str, Any]:
        wanted = ask.body.get("accessTuple", {})
        principal, permission = wanted.get("principal", ""), wanted.get("permission", "")
        named = wanted.get("fullResourceName", "")
        if "@" not in principal:
            raise GoogleError(400, "Invalid principal: must be an email address of a Google or service account.")
        if not named.startswith(_SERVICE) or not permission:
            raise GoogleError(400, f"Invalid access tuple: resource {named!r}, permission {permission!r}.")
        resource = named.removeprefix(_SERVICE)
        levels = self._policies.hierarchy.levels(resource)
        readable = [level for level in levels if self._policies.allows(ask.user, _reading(level), level)]
        decision = self._policies.decide(principal, permission, resource, readable=readable)
        blind = not readable or (decision is Decision.NOT_GRANTED and len(readable) < len(levels))
        overall, allow, deny = _NO_INSIGHT if blind else _STATES[decision]
        service, _, verb = permission.partition(".")
        return {
            "overallAccessState": overall,
            "accessTuple": {**wanted, "permissionFqdn": f"{service}.googleapis.com/{verb}"},
            "allowPolicyExplanation": {
                "allowAccessState": allow,
                "explainedPolicies": [
                    {"fullResourceName": full_name(level), "policy": self._policies.policy(level)} for level in readable
                ],
            },
            "denyPolicyExplanation": {
                "denyAccessState": deny,
                "explainedResources": [
                    {"fullResourceName": full_name(level), "denyAccessState": deny}
                    for level in readable
                    if level == self._policies.denied_at(principal, permission, resource)
                ],
            },
        }


def _reading(level: str) -> str:
    """The permission that reading a level's policy needs."""
    if "/repositories/" in level:
        return "artifactregistry.repositories.getIamPolicy"
    return f"resourcemanager.{level.partition('/')[0]}.getIamPolicy"
