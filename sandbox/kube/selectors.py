"""Label and field selectors, as lists and watches take them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kube.naming import problem_with_label_value, problem_with_qualified_name
from sandbox.kube.resources import Resource
from sandbox.kube.status import StatusError, bad_request

Matcher = Callable[[Mapping[str, Any]], bool]

_REQUIREMENT = re.compile(
    r"""^\s*(?:
        (?P<absent>!)\s*(?P<absent_key>[^\s=!<>(),]+)
      | (?P<key>[^\s=!<>(),]+)\s*(?:
            (?P<op>==|=|!=|>|<)\s*(?P<value>[^\s=!<>(),]*)
          | \s(?P<set>in|notin)\s*\((?P<values>[^()]*)\)
        )?
    )\s*$""",
    re.VERBOSE,
)
_COMMA = re.compile(r",(?![^(]*\))")
_TERM = re.compile(r"(?:\\.|[^,\\]|\\\Z)+", re.DOTALL)  # of a field selector: a backslash takes a comma's meaning away
_ESCAPED = re.compile(r"\\([\\,=])|(=)|(\\.?)", re.DOTALL)


def everything(_: Mapping[str, Any]) -> bool:
    return True


def labels(selector: str) -> Matcher:
    """Matches objects by their labels; 400 where the selector can't be read."""
    if not selector.strip():
        return everything
    requirements = [_requirement(text) for text in _COMMA.split(selector)]

    def matches(obj: Mapping[str, Any]) -> bool:
        found = obj["metadata"].get("labels") or {}
        return all(requirement(found) for requirement in requirements)

    return matches


def _requirement(text: str) -> Callable[[Mapping[str, str]], bool]:
    parsed = _REQUIREMENT.match(text)
    if not parsed:
        raise bad_request(f"unable to parse requirement: {text.strip()!r}")
    if absent := parsed["absent_key"]:
        _check(absent, [])
        return lambda found: absent not in found
    key, operator, value = parsed["key"], parsed["op"] or parsed["set"], parsed["value"] or ""
    values = {each.strip() for each in (parsed["values"] or "").split(",")}
    _check(key, sorted(values) if parsed["set"] else [value])
    holds: dict[str | None, Callable[[Mapping[str, str]], bool]] = {
        None: lambda found: key in found,
        "=": lambda found: found.get(key) == value,
        "==": lambda found: found.get(key) == value,
        "!=": lambda found: found.get(key) != value,
        "in": lambda found: found.get(key) in values,
        "notin": lambda found: found.get(key) not in values,
    }
    return holds[operator] if operator in holds else _compares(key, operator, value)


def _check(key: str, values: list[str]) -> None:
    """A selector may name no label that nothing can carry."""
    if problem := problem_with_qualified_name(key):
        raise bad_request(f'unable to parse requirement: <nil>: Invalid value: "{key}": {problem}')
    for place, value in enumerate(values):
        if problem := problem_with_label_value(value):
            why = f'values[{place}][{key}]: Invalid value: "{value}": {problem}'
            raise bad_request(f"unable to parse requirement: {why}")


def _compares(key: str, operator: str, text: str) -> Callable[[Mapping[str, str]], bool]:
    bound = _number(text)
    if bound is None:
        why = f"values[0]: Invalid value: \"{text}\": for 'Gt', 'Lt' operators, the value must be an integer"
        raise bad_request(f"unable to parse requirement: {why}")

    def holds(found: Mapping[str, str]) -> bool:
        number = _number(found.get(key, ""))
        return number is not None and (number > bound if operator == ">" else number < bound)

    return holds


def _number(text: str) -> int | None:
    return int(text) if text.removeprefix("-").isdigit() else None


def label_selector(selector: Mapping[str, Any] | None) -> Matcher:
    """Matches objects by a LabelSelector object: None matches nothing, an empty one everything."""
    if selector is None:
        return lambda _: False
    wanted = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []

    def matches(obj: Mapping[str, Any]) -> bool:
        found = obj["metadata"].get("labels") or {}
        if any(found.get(key) != value for key, value in wanted.items()):
            return False
        return all(_expression_holds(expression, found) for expression in expressions)

    return matches


def _expression_holds(expression: Mapping[str, Any], found: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    holds: dict[str, Callable[[], bool]] = {
        "In": lambda: found.get(key) in values,
        "NotIn": lambda: found.get(key) not in values,
        "Exists": lambda: key in found,
        "DoesNotExist": lambda: key not in found,
    }
    return holds[expression["operator"]]()


_ALWAYS = frozenset({"metadata.name", "metadata.namespace"})
_SELECTABLE: dict[str, frozenset[str]] = {
    "pods": frozenset(
        {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase",
         "status.podIP", "status.nominatedNodeName"}
    ),
    "nodes": frozenset({"spec.unschedulable"}),
    "namespaces": frozenset({"status.phase"}),
    "events": frozenset(
        {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
         "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
         "reportingComponent", "source", "type"}
    ),
}  # fmt: skip


def fields(selector: str, resource: Resource) -> Matcher:
    """Matches objects by the few fields that the real server indexes; 400 for any other."""
    if not selector.strip():
        return everything
    terms = [_term(text, resource) for text in _TERM.findall(selector) if text]

    def matches(obj: Mapping[str, Any]) -> bool:
        return all((_field(obj, path) == value) is equal for path, equal, value in terms)

    return matches


def _term(text: str, resource: Resource) -> tuple[str, bool, str]:
    for operator, equal in (("!=", False), ("==", True), ("=", True)):
        path, found, value = text.partition(operator)
        if found:
            if path not in _ALWAYS | _SELECTABLE.get(resource.plural, frozenset()):
                raise _unsupported(path, resource)
            return path, equal, _ESCAPED.sub(_unescaped, value)
    raise bad_request(f"invalid selector: {text!r}; can't understand {text!r}")


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    if found[2]:
        raise bad_request(f"invalid field selector: unescaped character in value: {ord(found[2])}")
    raise bad_request(f"invalid field selector: invalid escape sequence: {found[3]}")


def _unsupported(path: str, resource: Resource) -> StatusError:
    if resource.group and resource.schema is None:
        return bad_request(f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"')
    return bad_request(f"field label not supported: {path}")


def _field(obj: Mapping[str, Any], path: str) -> str:
    if path == "source":
        return str((obj.get("source") or {}).get("component") or obj.get("reportingComponent") or "")
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if path == "spec.unschedulable":
        return "true" if value else "false"
    return "" if value is None else str(value)
