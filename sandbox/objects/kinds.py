"""The shape in which Kubernetes objects travel through the sandbox, and the small questions everybody asks of one."""

from typing import Any

Object = dict[str, Any]


def name_of(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def namespace_of(obj: Object) -> str:
    return str(obj["metadata"].get("namespace", ""))


def uid_of(obj: Object) -> str:
    return str(obj["metadata"].get("uid", ""))


def key_of(obj: Object) -> str:
    """`namespace/name`, or the name alone for what lives in no namespace."""
    namespace = namespace_of(obj)
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def split_key(key: str) -> tuple[str, str]:
    """(namespace, name) of a key; the namespace is empty for what lives in none."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def labels_of(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def is_terminating(obj: Object) -> bool:
    """Deletion has begun."""
    return "deletionTimestamp" in obj["metadata"]
