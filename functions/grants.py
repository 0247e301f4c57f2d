"""What allow policies give an account: for certain, or perhaps. Pure.

An unconditional binding of the account itself in a role that is known to carry the permission is certain. What could
carry it and can't be told from the policy (groups, conditions, roles whose permissions are not known here) is
"perhaps", and named.
"""

from functions.model.policy import AllowPolicy, Binding

CARRY = frozenset(
    {
        "roles/artifactregistry.reader",
        "roles/artifactregistry.writer",
        "roles/artifactregistry.repoAdmin",
        "roles/artifactregistry.admin",
        "roles/editor",
        "roles/owner",
    }
)
"""Predefined roles with artifactregistry.repositories.downloadArtifacts (IAM's reference of predefined roles)."""

_NOTHING_TO_DO_WITH_IT = (
    "roles/storage.",
    "roles/logging.",
    "roles/monitoring.",
    "roles/stackdriver.",
    "roles/container.defaultNodeServiceAccount",
)
"""Beginnings of roles that nodes usually have, and that carry nothing of Artifact Registry's."""

_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
_PLAIN = ("serviceAccount:", "user:")
"""Kinds of members that are exactly one account."""


def member(account: str) -> str:
    """A service account as a member of a binding."""
    return f"serviceAccount:{account}"


def certain(account: str, policy: AllowPolicy) -> str:
    """How the policy grants it for certain, as "ROLE to MEMBER"; "" where it doesn't."""
    for binding in policy.bindings:
        named = ({member(account)} | _EVERYBODY) & binding.members
        if named and binding.role in CARRY and not binding.condition:
            return f"{binding.role} to {min(named)}"
    return ""


def granted_itself(account: str, policy: AllowPolicy) -> bool:
    """Whether the account itself, and not everybody, has it for certain."""
    return any(
        binding.role in CARRY and not binding.condition and member(account) in binding.members
        for binding in policy.bindings
    )


def perhaps(account: str, policy: AllowPolicy) -> tuple[str, ...]:
    """Bindings that may carry the permission to the account, or once did."""
    return tuple(said for binding in policy.bindings for said in _perhaps(account, binding))


def may_mean(each: str, account: str) -> bool:
    """Whether a member of a binding is the account, or may be a set that holds it."""
    return each == member(account) or each in _EVERYBODY or _may_contain(each, account)


def _perhaps(account: str, binding: Binding) -> list[str]:
    if binding.role.startswith(_NOTHING_TO_DO_WITH_IT):
        return []
    suffix = f" under the condition {binding.condition!r}" if binding.condition else ""
    if member(account) in binding.members or _EVERYBODY & binding.members:
        return [f"{binding.role}{suffix}"]
    through = [each for each in sorted(binding.members) if _may_contain(each, account)]
    return [f"{binding.role} through {each}{suffix}" for each in through]


def _may_contain(each: str, account: str) -> bool:
    """Whether a member is a set that may hold the account, or its namesake that was deleted."""
    if each.startswith("deleted:"):
        return each.startswith(f"deleted:{member(account)}?")
    return not each.startswith(_PLAIN) and each not in _EVERYBODY
