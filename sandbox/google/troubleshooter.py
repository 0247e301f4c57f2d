"""Policy Troubleshooter v3: may this principal do that there, and why."""

from typing import Any

from starlette.routing import Route

from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError
from sandbox.google.policies import Decision, Policies, levels

_SERVICE = "//artifactregistry.googleapis.com/"
_READ_POLICIES = "resourcemanager.projects.getIamPolicy"

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
    """A caller that may not read the policies of the resource's project gets UNKNOWN_INFO, not an error."""

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
        full_name = wanted.get("fullResourceName", "")
        if "@" not in principal:
            raise GoogleError(400, "Invalid principal: must be an email address of a Google or service account.")
        if not full_name.startswith(_SERVICE) or not permission:
            raise GoogleError(400, f"Invalid access tuple: resource {full_name!r}, permission {permission!r}.")
        resource = full_name.removeprefix(_SERVICE)
        project = levels(resource)[1]
        insight = self._policies.allows(ask.user, _READ_POLICIES, project)
        decision = self._policies.decide(principal, permission, resource)
        overall, allow, deny = _STATES[decision] if insight else _NO_INSIGHT
        service, _, verb = permission.partition(".")
        return {
            "overallAccessState": overall,
            "accessTuple": {**wanted, "permissionFqdn": f"{service}.googleapis.com/{verb}"},
            "allowPolicyExplanation": {
                "allowAccessState": allow,
                "explainedPolicies": [
                    {"fullResourceName": f"{_SERVICE}{level}", "policy": self._policies.policy(level)}
                    for level in levels(resource)
                    if insight
                ],
            },
            "denyPolicyExplanation": {"denyAccessState": deny},
        }
