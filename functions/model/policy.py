"""Allow policies of IAM, as far as a decision needs them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    role: str
    members: frozenset[str]  # serviceAccount:…, group:…, allUsers, …
    condition: str = ""  # its title, or its expression where it has none


@dataclass(frozen=True, kw_only=True, slots=True)
class AllowPolicy:
    """The policy that is set on exactly this resource; what is set above it holds as well."""

    resource: str  # its relative name: projects/P, folders/F, organizations/O, projects/P/locations/L/repositories/R
    bindings: tuple[Binding, ...]

    def roles_of(self, member: str) -> tuple[str, ...]:
        """Roles that are bound to exactly this member, under a condition or not."""
        return tuple(sorted({binding.role for binding in self.bindings if member in binding.members}))
