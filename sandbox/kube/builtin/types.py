"""The table of types that generate.py writes, and how it is written there."""

import json
import re
from pathlib import Path

_DOCUMENT = json.loads(Path(__file__).with_name("types.json").read_text())
KINDS: dict[str, str] = _DOCUMENT["kinds"]
"""Each kind's type."""
TYPES: dict[str, dict[str, str]] = _DOCUMENT["types"]
"""Each type's fields, with what they hold: a scalar, a type, or a list or map of such."""
LIST = re.compile(r"list\[(.+)\]$", re.IGNORECASE)
MAP = re.compile(r"dict[(\[]str, (.+)[)\]]$", re.IGNORECASE)


def shown(type_name: str) -> str:
    """A type as Go calls it: V1PodSpec is PodSpec."""
    return re.sub(r"^(?:V\d+|Core|Rbac)+", "", type_name)
