"""A right in the cluster, as a role has it."""


def rule(group: str, resource: str, verb: str) -> str:
    """The rule that grants this alone, on one line; the group of core resources is ""."""
    return f'apiGroups: ["{group}"], resources: ["{resource}"], verbs: ["{verb}"]'
