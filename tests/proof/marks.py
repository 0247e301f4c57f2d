"""Whose a cordon, a label, an annotation or a taint on a node is: repull's, or somebody else's."""

from collections.abc import Iterator

from sandbox.objects.kinds import Object

CORDONED_BY = "repull.dev/cordoned-by"
OF_A_CORDON = frozenset({CORDONED_BY, "repull.dev/before"})


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


def others(node: Object) -> Iterator[str]:
    """What others have put there, less what the platform puts on and takes off by itself."""
    yield from (f"label {key}" for key in labels(node) if not _is_ours(key) and "external-load" not in key)
    for taint in node["spec"].get("taints") or ():
        if not _is_ours(taint["key"]) and not taint["key"].startswith("node.kubernetes.io/"):
            yield f"taint {taint['key']}"


def _is_ours(key: str) -> bool:
    return key.startswith("repull.dev/") and key != "repull.dev/exclude"
