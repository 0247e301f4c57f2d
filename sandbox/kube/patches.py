"""JSON patch (RFC 6902, with the real server's three leniencies) and JSON merge patch (RFC 7386)."""

import json
from typing import Any

from sandbox.kube.status import StatusError, bad_request


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386: null removes, a list replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def apply_operations(document: Any, operations: Any) -> Any:
    """RFC 6902, except that `replace` of an absent field adds it, `copy` of one copies null, and `test` finds null.

    The parent must be there all the same (evanphx/json-patch, patch.go: findObject).
    A document that does not fit is answered as the real server answers it: 422, and a message that says nothing.
    """
    if not isinstance(operations, list):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        )
    patched = json.loads(json.dumps(document))
    for operation in operations:
        try:
            patched = _apply(patched, operation)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise _rejected() from error
    return patched


def _rejected() -> StatusError:
    message = "the server rejected our request due to an error in our request"
    return StatusError(code=422, reason="Invalid", message=message, details={})


def _apply(document: Any, operation: dict[str, Any]) -> Any:
    path = _pointer(operation["path"])
    match operation["op"]:
        case "test":
            if _find(document, path, default=None) != operation.get("value"):
                raise ValueError(operation["path"])
            return document
        case "add":
            return _add(document, path, operation["value"])
        case "replace":
            return _replace(document, path, operation["value"])
        case "remove":
            return _remove(document, path)
        case "copy":
            value = _find(document, _pointer(operation["from"]), default=None)
            return _add(document, path, json.loads(json.dumps(value)))
        case "move":
            origin = _pointer(operation["from"])
            value = _find(document, origin)
            return _add(_remove(document, origin), path, value)
        case other:
            raise ValueError(other)


def _pointer(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise ValueError(path)
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


_MISSING = object()


def _find(document: Any, path: list[str], *, default: Any = _MISSING) -> Any:
    """What is at `path`. Its parent must exist; the last step may be absent where there is a default."""
    if not path:
        return document
    parent = document
    for step in path[:-1]:
        parent = parent[int(step)] if isinstance(parent, list) else parent[step]
    last = path[-1]
    if isinstance(parent, list):
        return parent[_index(last, len(parent))]
    return parent[last] if default is _MISSING else parent.get(last, default)


def _index(step: str, bound: int) -> int:
    index = int(step)
    if not 0 <= index < bound:
        raise IndexError(step)
    return index


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent, last = _find(document, path[:-1]), path[-1]
    if isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else _index(last, len(parent) + 1), value)
    else:
        parent.update({last: value})
    return document


def _replace(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent, last = _find(document, path[:-1]), path[-1]
    parent[_index(last, len(parent)) if isinstance(parent, list) else last] = value
    return document


def _remove(document: Any, path: list[str]) -> Any:
    parent, last = _find(document, path[:-1]), path[-1]
    del parent[_index(last, len(parent)) if isinstance(parent, list) else last]
    return document
