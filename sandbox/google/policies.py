"""Who may do what: the one set of IAM policies that registry, troubleshooter and getIamPolicy answer from.

Resources are written as their relative names: `organizations/1`, `projects/P`, `projects/P/locations/L/repositories/R`.
A grant on a resource holds for everything below it.
"""

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sandbox.google.hierarchy import Hierarchy
from sandbox.google.roles import PREDEFINED


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
    reaches: float = field(default=0, compare=False)  # by time.monotonic: when every service knows of it


class Policies:
    """Allow and deny policies, custom roles and group memberships.

    Who reads the policies sees a change at once; where it must still reach the services, they act on it later.
    """

    def __init__(self) -> None:
        self.roles: dict[str, frozenset[str]] = dict(PREDEFINED)
        self.groups: dict[str, set[str]] = {}  # group's e-mail -> its members' e-mails
        self.hierarchy = Hierarchy()
        self.listeners: list[Callable[[Grant], None]] = []  # told of every grant
        self.denial_listeners: list[Callable[[str], None]] = []  # told of the resource whose deny policy changes
        self._grants: list[Grant] = []
        self._denials: set[tuple[str, str, str]] = set()

    def grant(
        self, member: str, role: str, resource: str, *, condition: Condition | None = None, after: float = 0
    ) -> None:
        """Bind `member` to a known role; binding twice is once. `after` so many seconds it has reached everywhere."""
        if role not in self.roles:
            raise ValueError(f"role {role!r} is not known here; put it in `roles` first")
        reaches = time.monotonic() + after if after else 0
        grant = Grant(member=member, role=role, resource=resource, condition=condition, reaches=reaches)
        if grant not in self._grants:
            self._grants.append(grant)
            for listener in self.listeners:
                listener(grant)

    def arrive(self, member: str, role: str, resource: str) -> None:
        """A binding that was on its way has reached everywhere."""
        wanted = (member, role, resource)
        self._grants = [
            replace(grant, reaches=0) if (grant.member, grant.role, grant.resource) == wanted else grant
            for grant in self._grants
        ]

    def revoke(self, member: str, role: str, resource: str) -> None:
        """Take the binding away, conditional or not; a binding that isn't there changes nothing."""
        wanted = (member, role, resource)
        self._grants = [grant for grant in self._grants if (grant.member, grant.role, grant.resource) != wanted]

    def deny(self, email: str, permission: str, resource: str) -> None:
        """A deny policy's rule: it wins over every grant."""
        self._denials.add((email, permission, resource))
        self._denial_changed(resource)

    def lift(self, email: str, permission: str, resource: str) -> None:
        """Take such a rule away again."""
        self._denials.remove((email, permission, resource))
        self._denial_changed(resource)

    def allows(self, email: str | None, permission: str, resource: str) -> bool:
        """Whether it is really so; `None` is somebody without credentials."""
        if self.denied_at(email, permission, resource):
            return False
        return any(
            (grant.condition is None or grant.condition.holds) and grant.reaches <= time.monotonic()
            for grant in self._giving(email, permission, resource)
        )

    def decide(self, email: str, permission: str, resource: str, *, readable: Collection[str]) -> Decision:
        """What reading the policies of these levels shows, which knows nothing of a condition's outcome."""
        if self.denied_at(email, permission, resource):
            return Decision.DENIED
        grants = [grant for grant in self._giving(email, permission, resource) if grant.resource in readable]
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

    def denied_at(self, email: str | None, permission: str, resource: str) -> str:
        """The level whose deny policy forbids it; "" where none does."""
        levels = self.hierarchy.levels(resource)
        return next((level for level in levels if (email, permission, level) in self._denials), "")

    def _denial_changed(self, resource: str) -> None:
        for listener in self.denial_listeners:
            listener(resource)

    def _giving(self, email: str | None, permission: str, resource: str) -> Iterator[Grant]:
        over = self.hierarchy.levels(resource)
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
