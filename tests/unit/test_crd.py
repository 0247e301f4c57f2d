"""The custom resource's schema and the model say the same, field for field, in both directions."""

import re
import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
import yaml

from functions.model.refresh import Condition, Mark, Refresh, RefreshSpec, RefreshStatus, Slot

CRD = yaml.safe_load((Path(__file__).parents[2] / "infra/cluster/crd.yaml").read_text())
VERSION = CRD["spec"]["versions"][0]
SCHEMA = VERSION["schema"]["openAPIV3Schema"]["properties"]
STATUS = SCHEMA["status"]["properties"]

RENAMED: dict[tuple[type, str], str] = {
    (Condition, "since"): "lastTransitionTime",  # as Kubernetes' own conditions call it
}

RECORDS = (
    pytest.param(RefreshSpec, SCHEMA["spec"], id="spec"),
    pytest.param(RefreshStatus, SCHEMA["status"], id="status"),
    pytest.param(Slot, STATUS["slots"]["items"], id="slot"),
    pytest.param(Mark, STATUS["slots"]["items"]["properties"]["marks"]["items"], id="mark"),
    pytest.param(Condition, STATUS["conditions"]["items"], id="condition"),
)


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def kind(hint: Any) -> tuple[str, frozenset[str]]:
    """The schema type that a field's type asks for, and its closed set of values where it has one."""
    if get_origin(hint) in (Union, types.UnionType):
        return kind(next(part for part in get_args(hint) if part is not types.NoneType))
    if get_origin(hint) is tuple:
        return "array", frozenset()
    if issubclass(hint, StrEnum):
        return "string", frozenset(hint)
    return {bool: "boolean", int: "integer", datetime: "date-time"}.get(hint, "string"), frozenset()


def declared(schema: dict[str, Any]) -> tuple[str, frozenset[str]]:
    return schema.get("format", schema["type"]), frozenset(schema.get("enum", ()))


@pytest.mark.parametrize("record, schema", RECORDS)
def test_every_field_is_in_the_schema_and_every_property_in_the_model(record: type, schema: dict[str, Any]) -> None:
    assert is_dataclass(record)

    names = {RENAMED.get((record, field.name), camel(field.name)) for field in fields(record)}

    assert names == set(schema["properties"])


@pytest.mark.parametrize("record, schema", RECORDS)
def test_types_and_closed_sets_agree(record: type, schema: dict[str, Any]) -> None:
    hints = {RENAMED.get((record, name), camel(name)): hint for name, hint in get_type_hints(record).items()}
    if record is Condition:
        hints.pop("status")  # a bool in the model, Kubernetes' "True", "False", "Unknown" in the schema

    assert {name: kind(hint) for name, hint in hints.items()} == {
        name: declared(schema["properties"][name]) for name in hints
    }


def test_a_refresh_is_metadata_and_these_records_and_nothing_else() -> None:
    """`paused` is an annotation, which people set without touching what was asked or how far it is."""
    names = {field.name for field in fields(Refresh)}

    assert names == {"name", "uid", "resource_version", "created", "paused", "spec", "status"}


def test_every_property_of_spec_and_status_is_described() -> None:
    undescribed = [
        path
        for half in ("spec", "status")
        for path, schema in properties(half, SCHEMA[half])
        if "description" not in schema
    ]

    assert undescribed == []


def properties(path: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property below `schema`, those of list items included."""
    for name, child in (schema.get("properties", {}) | schema.get("items", {}).get("properties", {})).items():
        yield f"{path}.{name}", child
        yield from properties(f"{path}.{name}", child)


def test_no_sentence_has_become_a_keyword() -> None:
    """In YAML's short form `{type: string, description: why, and since when}` ends at the comma, and nobody says so."""
    known = {
        *("type", "format", "enum", "description", "properties", "required", "items", "minimum", "maximum"),
        *("minLength", "maxLength", "pattern", "maxItems"),
    }

    def strange(schema: dict[str, Any]) -> Iterator[str]:
        yield from (key for key in schema if key not in known and not key.startswith("x-kubernetes-"))
        for each in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
            yield from strange(each)

    assert list(strange(VERSION["schema"]["openAPIV3Schema"])) == []


def test_the_columns_are_those_that_people_read_progress_from() -> None:
    columns = [column["name"] for column in VERSION["additionalPrinterColumns"] if not column.get("priority")]

    assert columns == ["Phase", "Method", "Nodes", "Done", "Fresh", "Renewed", "Refused", "Given back", "Failed", "Age"]
