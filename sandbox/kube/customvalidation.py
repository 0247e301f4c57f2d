"""What is wrong with a custom object."""

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kube import problems
from sandbox.kube.schema import Schema
from sandbox.kube.status import Cause

Object = dict[str, Any]


_BLOCKING = frozenset({"FieldValueRequired", "FieldValueTypeInvalid", "FieldValueTooLong", "FieldValueNotSupported"})
"""Where one of these is found, no rule is looked at."""


def problems_of_custom(obj: Object, schema: Schema) -> list[Cause]:
    """The schema's violations, as the real server words them."""
    causes = list(_violations(obj, schema))
    if schema.has_rules and _are_blocking(causes):
        causes.append(problems.not_checked())
    return causes


def problems_of_custom_update(new: Object, old: Object, schema: Schema) -> list[Cause]:
    """What must stay as it is."""
    changes = [problems.invalid(change.path, "object", change.wanted) for change in schema.changes(new, old)]
    return [] if changes and _are_blocking(_violations(new, schema)) else changes


def _are_blocking(causes: Iterable[Cause]) -> bool:
    return any(cause.reason in _BLOCKING for cause in causes)


def _violations(obj: Object, schema: Schema) -> Iterator[Cause]:
    for violation in schema.violations(obj):
        path, value, wanted = violation.path, violation.value, violation.wanted
        match violation.rule:
            case "required":
                yield problems.required(path)
            case "type":
                yield problems.wrong_type(path, value, wanted if isinstance(wanted, str) else wanted[0])
            case "enum":
                yield problems.unsupported(path, value, tuple(wanted))
            case "format":
                yield problems.wrong_type(path, value, wanted)
            case "maxLength":
                yield problems.too_long(path, wanted)
            case "duplicate":
                yield problems.duplicate(path, value)
            case rule:
                yield problems.invalid(
                    path, value, f"{problems.relative(path)} in body {_SAYS.get(rule, rule)} {_quoted(rule, wanted)}"
                )


_SAYS = {
    "pattern": "should match",
    "minimum": "should be greater than or equal to",
    "maximum": "should be less than or equal to",
    "minLength": "should be at least of length",
    "minItems": "should have at least items:",
    "maxItems": "should have at most items:",
}


def _quoted(rule: str, wanted: Any) -> str:
    return f"'{wanted}'" if rule == "pattern" else f"{wanted}"
