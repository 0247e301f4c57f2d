"""Names, labels and annotations: what the real server accepts in metadata."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kube import problems
from sandbox.kube.resources import Resource
from sandbox.kube.status import Cause

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_QUALIFIED})?"

_LABEL_MESSAGE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_SUBDOMAIN_MESSAGE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_NAME_PART_MESSAGE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    f"'{_QUALIFIED}')"
)
_VALUE_MESSAGE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_VALUE}')"
)
_ANNOTATIONS_LIMIT = 256 * 1024
_STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})


def problem_with_label(text: str) -> str | None:
    """None where `text` is an RFC 1123 label."""
    if "." in text:
        return "must not contain dots"
    if len(text) > 63:
        return "must be no more than 63 characters"
    return None if re.fullmatch(_LABEL, text) else _LABEL_MESSAGE


def problem_with_subdomain(text: str) -> str | None:
    """None where `text` is an RFC 1123 subdomain: most kinds' names."""
    if len(text) > 253:
        return "must be no more than 253 characters"
    return None if re.fullmatch(_SUBDOMAIN, text) else _SUBDOMAIN_MESSAGE


def problem_with_path_segment(text: str) -> str | None:
    """None where `text` may be a role's or a binding's name."""
    if text in {".", ".."}:
        return f"may not be '{text}'"
    return next((f"may not contain '{each}'" for each in "/%" if each in text), None)


def problem_with_qualified_name(text: str) -> str | None:
    """For the key of a label, annotation or taint: an optional prefix, a slash, a name."""
    prefix, slash, name = text.rpartition("/")
    if slash and (not prefix or problem_with_subdomain(prefix)):
        return f"prefix part {problem_with_subdomain(prefix) or 'must be non-empty'}"
    if not name:
        return "name part must be non-empty"
    if len(name) > 63:
        return "name part must be no more than 63 characters"
    return None if re.fullmatch(_QUALIFIED, name) else _NAME_PART_MESSAGE


def problem_with_label_value(text: str) -> str | None:
    """None where `text` may be a label's value."""
    if len(text) > 63:
        return "must be no more than 63 characters"
    return None if re.fullmatch(_VALUE, text) else _VALUE_MESSAGE


def problems_of_metadata(metadata: dict[str, Any], resource: Resource) -> Iterator[Cause]:
    """Name, labels, annotations, owners."""
    name = metadata.get("name") or ""
    if not name:
        yield problems.required("metadata.name", "name or generateName is required")
    elif problem := _check_of_names(resource)(name):
        yield problems.invalid("metadata.name", name, problem)
    yield from _problems_of_labels(metadata.get("labels") or {})
    yield from _problems_of_annotations(metadata.get("annotations") or {})
    for place, owner in enumerate(metadata.get("ownerReferences") or []):
        for part in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(part):
                shown = "version" if part == "apiVersion" else part
                yield problems.invalid(f"metadata.ownerReferences[{place}].{part}", "", f"{shown} must not be empty")
    yield from _problems_of_controllers(metadata.get("ownerReferences") or [])
    yield from _problems_of_finalizers(metadata.get("finalizers") or [])


def _problems_of_controllers(owners: list[dict[str, Any]]) -> Iterator[Cause]:
    named = [f"{owner.get('kind')}/{owner.get('name')}" for owner in owners if owner.get("controller")]
    if len(named) > 1:
        says = 'Only one reference can have Controller set to true. Found "true" in references for'
        yield problems.invalid("metadata.ownerReferences", owners, f"{says} {named[0]} and {named[1]}")


def _problems_of_finalizers(finalizers: list[str]) -> Iterator[Cause]:
    for place, name in enumerate(finalizers):
        path = f"metadata.finalizers[{place}]"
        if problem := problem_with_qualified_name(name):
            yield problems.invalid(path, name, problem)
        elif "/" not in name and name not in _STANDARD_FINALIZERS:
            says = "name is neither a standard finalizer name nor is it fully qualified"
            yield problems.invalid(path, name, says)


def _check_of_names(resource: Resource) -> Callable[[str], str | None]:
    if resource.group == "rbac.authorization.k8s.io":
        return problem_with_path_segment
    return problem_with_label if resource.plural == "namespaces" else problem_with_subdomain


def _problems_of_labels(labels: dict[str, str]) -> Iterator[Cause]:
    for key, value in labels.items():
        if problem := problem_with_qualified_name(key):
            yield problems.invalid("metadata.labels", key, problem)
        if problem := problem_with_label_value(value):
            yield problems.invalid("metadata.labels", value, problem)


def _problems_of_annotations(annotations: dict[str, str]) -> Iterator[Cause]:
    for key in annotations:
        if problem := problem_with_qualified_name(key.lower()):
            yield problems.invalid("metadata.annotations", key, problem)
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > _ANNOTATIONS_LIMIT:
        yield problems.too_long("metadata.annotations", _ANNOTATIONS_LIMIT)
