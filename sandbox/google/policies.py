"""Who may do what: the one set of IAM policies that registry, troubleshooter and getIamPolicy answer from.

Resources are written as their relative names: `organizations/1`, `projects/P`, `projects/P/locations/L/repositories/R`.
A grant on a resource holds for everything below it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.google.roles import PREDEFINED

ORGANIZATION = "organizations/1"


class Decision(StrEnum):
    GRANTED = "granted"
    NOT_GRANTED = "not granted"
    DENIED = "denied"  # by a deny policy, whatever was granted
    CONDITIONAL = "conditional"  # granted by a conditional binding alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A binding's condition; nothing here evaluates CEL, so it says itself whether it holds."""

    title: str
    expression: str
    holds: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    member: str  # serviceAccount:…, user:…, group:…, allUsers, allAuthenticatedUsers
    role: str
    resource: str
    condition: Condition | None = None


class Policies:
    """Allow and deny policies, custom roles and group memberships. Changes take effect at once."""

    def __init__(self) -> None:
        self.roles: dict[str, frozenset[str]] = dict(PREDEFINED)
        self.groups: dict[str, set[str]] = {}  # group's e-mail -> its members' e-mails
        self._grants: list[Grant] = []
        self._denials: set[tuple[str, str, str]] = set()

    def grant(self, member: str, role: str, resource: str, *, condition: Condition | None = None) -> None:
        """Bind `member` to a known role; binding twice is once."""
        if role not in self.roles:
            raise ValueError(f"role {role!r} is not known here; put it in `roles` first")
        grant = Grant(member=member, role=role, resource=resource, condition=condition)
        if grant not in self._grants:
            self._grants.append(grant)

    def revoke(self, member: str, role: str, resource: str) -> None:
        """Take the binding away, conditional or not; a binding that isn't there changes nothing."""
        wanted = (member, role, resource)
        self._grants = [grant for grant in self._grants if (grant.member, grant.role, grant.resource) != wanted]

    def deny(self, email: str, permission: str, resource: str) -> None:
        """A deny policy's rule: it wins over every grant."""
        self._denials.add((email, permission, resource))

    def allows(self, email: str | None, permission: str, resource: str) -> bool:
        """Whether it is really so; `None` is somebody without credentials."""
        if self._denied(email, permission, resource):
            return False
        return any(
            grant.condition is None or grant.condition.holds for grant in self._giving(email, permission, resource)
        )

    def decide(self, email: str, permission: str, resource: str) -> Decision:
        """What reading the policies shows, which knows nothing of a condition's outcome."""
        if self._denied(email, permission, resource):
            return Decision.DENIED
        grants = list(self._giving(email, permission, resource))
        if any(grant.condition is None for grant in grants):
            return Decision.GRANTED
        return Decision.CONDITIONAL if grants else Decision.NOT_GRANTED

    def policy(self, resource: str) -> dict[str, Any]:
        """The allow policy set on exactly this resource, as getIamPolicy prints it."""
        bindings: dict[tuple[str, Condition | None], dict[str, Any]] = {}
        for grant in self._grants:
            if grant.resource == resource:
                binding = bindings.setdefault((grant.role, grant.condition), {"role": grant.role, "members": []})
                binding["members"].append(grant.member)
                if grant.condition:
                    binding["condition"] = {"title": grant.condition.title, "expression": grant.condition.expression}
        found = sorted(bindings.values(), key=lambda binding: str(binding["role"]))
        etag = hashlib.sha256(json.dumps(found).encode()).hexdigest()[:12]
        return {
            "version": 3 if any("condition" in binding for binding in found) else 1,
            "etag": etag,
            "bindings": found,
        }

    def _denied(self, email: str | None, permission: str, resource: str) -> bool:
        return any((email, permission, level) in self._denials for level in levels(resource))

    def _giving(self, email: str | None, permission: str, resource: str) -> Iterator[Grant]:
        over = levels(resource)
        for grant in self._grants:
            if grant.resource in over and permission in self.roles[grant.role] and self._means(grant.member, email):
                yield grant

    def _means(self, member: str, email: str | None) -> bool:
        kind, _, name = member.partition(":")
        if kind == "allUsers":
            return True
        if email is None:
            return False
        if kind == "group":
            return email in self.groups.get(name, ())
        return kind == "allAuthenticatedUsers" or name == email


def levels(resource: str) -> tuple[str, ...]:
    """The resource, its project, the organization: where a policy that governs it may be set."""
    parts = resource.split("/")
    project = ("/".join(parts[:2]),) if parts[0] == "projects" else ()
    return tuple(dict.fromkeys((resource, *project, ORGANIZATION)))
