"""Allow policies as Google's APIs write them, read into `model.policy`."""

from typing import Any

from functions.model.policy import AllowPolicy, Binding


def allow_policy(resource: str, found: dict[str, Any]) -> AllowPolicy:
    """A `google.iam.v1.Policy` that is set on this resource; what is not as expected binds nobody."""
    rows = found.get("bindings")
    return AllowPolicy(
        resource=resource,
        bindings=tuple(_binding(row) for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict)),
    )


def _binding(row: dict[str, Any]) -> Binding:
    condition = row.get("condition") or {}
    return Binding(
        role=str(row.get("role", "")),
        members=frozenset(str(member) for member in row.get("members") or ()),
        condition=str(condition.get("title") or condition.get("expression") or "untitled") if condition else "",
    )
