"""What may be wrong with a field, in the words of the real server's validation."""

import json
from typing import Any

from sandbox.kube.status import Cause


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def required(field: str, detail: str = "") -> Cause:
    """Absent or empty."""
    text = f"Required value: {detail}" if detail else "Required value"
    return Cause(reason="FieldValueRequired", message=text, field=field)


def invalid(field: str, value: Any, detail: str) -> Cause:
    """There, but not acceptable; `detail` says what would be."""
    return Cause(reason="FieldValueInvalid", message=f"Invalid value: {_shown(value)}: {detail}", field=field)


def forbidden(field: str, detail: str) -> Cause:
    """Must not be set, or not be changed."""
    return Cause(reason="FieldValueForbidden", message=f"Forbidden: {detail}", field=field)


def duplicate(field: str, value: Any, detail: str = "") -> Cause:
    """Said twice where once is the rule."""
    text = f"Duplicate value: {_shown(value)}"
    return Cause(reason="FieldValueDuplicate", message=f"{text}: {detail}" if detail else text, field=field)


def unsupported(field: str, value: Any, supported: tuple[str, ...]) -> Cause:
    """Not one of a closed set."""
    options = ", ".join(f'"{each}"' for each in supported)
    text = f"Unsupported value: {_shown(value)}: supported values: {options}"
    return Cause(reason="FieldValueNotSupported", message=text, field=field)


def too_long(field: str, limit: int) -> Cause:
    """More bytes than `limit`."""
    return Cause(reason="FieldValueTooLong", message=f"Too long: may not be more than {limit} bytes", field=field)


def wrong_type(field: str, value: Any, wanted: str) -> Cause:
    """Custom resources only: built-in ones with a wrong type can't even be decoded."""
    found = value if wanted == "date-time" else _type_name(value)
    text = f'Invalid value: "{found}": {relative(field)} in body must be of type {wanted}: "{found}"'
    return Cause(reason="FieldValueTypeInvalid", message=text, field=field)


def not_checked() -> Cause:
    """Beside the problems that keep rules in CEL from being looked at."""
    says = "some validation rules were not checked because the object was invalid"
    return invalid("<nil>", None, f"{says}; correct the existing errors to complete validation")


def relative(field: str) -> str:
    """How the schema's validator names a field: below the status it no longer says so."""
    return field.removeprefix("status.")


def _type_name(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
