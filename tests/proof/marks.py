"""Whose a cordon, a label, an annotation or a taint on a node is: repull's, or somebody else's."""

from collections.abc import Iterator

from sandbox.objects.kinds import Object

CORDONED_BY = "repull.dev/cordoned-by"
OF_A_CORDON = frozenset({CORDONED_BY, "repull.dev/before"})
ON_LOAN = (
    "cluster-autoscaler.kubernetes.io/scale-down-disabled",
    "node.kubernetes.io/exclude-from-external-load-balancers",
)
"""What a cordon puts on a node that others may have there as well: at rest it is as they had it."""
_THEIRS = frozenset({"repull.dev/exclude", "repull.dev/ready-log"})
"""Written by people, for repull to read."""


def cordoned(node: Object) -> bool:
    return bool(node["spec"].get("unschedulable"))


def labels(node: Object) -> dict[str, str]:
    found: dict[str, str] = node["metadata"].get("labels") or {}
    return found


def ours(node: Object) -> Iterator[str]:
    """What repull has put on the node; its switch for people, `repull.dev/exclude`, is theirs."""
    for part in ("labels", "annotations"):
        yield from (key for key in node["metadata"].get(part) or {} if _is_ours(key))
    yield from (f"taint {each['key']}" for each in node["spec"].get("taints") or () if _is_ours(each["key"]))


def notes(deployment: Object) -> Iterator[str]:
    """What repull has put on a Deployment; the line that shows that it is ready is its team's own."""
    for part in ("labels", "annotations"):
        yield from (key for key in deployment["metadata"].get(part) or {} if _is_ours(key))


def others(node: Object) -> Iterator[str]:
    """What others have put there, less what the platform puts on and takes off by itself, and what is on loan."""
    for part in ("labels", "annotations"):
        for key, value in (node["metadata"].get(part) or {}).items():
            if not _is_ours(key) and key not in ON_LOAN:
                yield f"{part.removesuffix('s')} {key}={value}"
    for taint in node["spec"].get("taints") or ():
        if not _is_ours(taint["key"]) and not taint["key"].startswith("node.kubernetes.io/"):
            yield f"taint {taint['key']}={taint.get('value', '')}:{taint['effect']}"


def on_loan(node: Object) -> frozenset[str]:
    """What of that is there, and what it says."""
    metadata = node["metadata"]
    found = (metadata.get("labels") or {}) | (metadata.get("annotations") or {})
    return frozenset(f"{key}={found[key]}" for key in ON_LOAN if key in found)


def _is_ours(key: str) -> bool:
    return key.startswith("repull.dev/") and key not in _THEIRS
