"""The little of JSONPath that printer columns use: `.status.phase`, `.a[0].b`, `.c[?(@.type=="Ready")].status`."""

import re
from typing import Any

from sandbox.kube.status import not_modelled

_STEP = re.compile(
    r"""\.(?P<name>[\w-]+(?:\\\.[\w./-]+)*)
      | \[(?P<index>\d+)\]
      | \[\?\(@\.(?P<key>[\w.]+)\s*==\s*["'](?P<value>[^"']*)["']\)\]""",
    re.VERBOSE,
)


def find(obj: Any, path: str) -> Any:
    """The first value at `path`, None where there is none; 501 for a path that says more than this."""
    place, value = 0, obj
    while place < len(path):
        step = _STEP.match(path, place)
        if not step:
            raise not_modelled(f"the JSONPath {path}")
        place = step.end()
        value = _follow(value, step)
    return value


def _follow(value: Any, step: re.Match[str]) -> Any:
    if step["name"]:
        return value.get(step["name"].replace("\\.", ".")) if isinstance(value, dict) else None
    if not isinstance(value, list):
        return None
    if step["index"]:
        return value[int(step["index"])] if int(step["index"]) < len(value) else None
    return next(
        (each for each in value if isinstance(each, dict) and str(each.get(step["key"])) == step["value"]), None
    )
