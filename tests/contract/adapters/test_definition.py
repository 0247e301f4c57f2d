"""The NodeRefresh's definition, field by field: what is wrong is refused, and the field is named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sandbox.kube.client import ApiError
from tests.contract.adapters.server import Server

CRD = yaml.safe_load((Path(__file__).parents[3] / "infra/cluster/crd.yaml").read_text())
SCHEMA = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
SPEC = {"cluster": "acme-prod/us-central1/main", "method": "Reset"}

Schema = dict[str, Any]
Spoiled = tuple[str, Any]  # the path of what is wrong, and the value in which it is


def wrong(schema: Schema, good: Any) -> Iterator[Spoiled]:
    """Every way in which a value may break a rule of its schema, one at a time."""
    yield "", "x" if schema["type"] != "string" else 7
    for rule, value in (
        ("enum", "Nonsense"),
        ("pattern", "-"),  # no pattern of ours takes it
        ("maxLength", "x" * (schema.get("maxLength", 0) + 1)),
        ("minimum", schema.get("minimum", 0) - 1),
        ("format", "yesterday"),
    ):
        if rule in schema:
            yield "", value
    if schema["type"] == "object":
        yield from _wrong_fields(schema, good)
    if schema["type"] == "array":
        yield from _wrong_items(schema["items"], schema.get("maxItems"))


def _wrong_fields(schema: Schema, good: dict[str, Any]) -> Iterator[Spoiled]:
    for name in schema.get("required", ()):
        yield f".{name}", {key: value for key, value in good.items() if key != name}
    for name, inner in schema["properties"].items():
        for path, value in wrong(inner, right(inner)):
            yield f".{name}{path}", {**good, name: value}


def _wrong_items(schema: Schema, most: int | None) -> Iterator[Spoiled]:
    item = right(schema)
    if most is not None:
        yield "", [_numbered(item, index) for index in range(most + 1)]
    for path, value in wrong(schema, item):
        yield f"[0]{path}", [value]


def right(schema: Schema) -> Any:
    """The least that the schema takes."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: right(schema["properties"][name]) for name in schema.get("required", ())}
    text = "2026-11-24T12:00:00Z" if schema.get("format") == "date-time" else "x"
    return {"string": text, "integer": schema.get("minimum", 0), "boolean": True, "array": []}[schema["type"]]


def _numbered(item: Any, index: int) -> Any:
    """Items of a map are told apart by their key."""
    return {**item, "index": index, "type": f"T{index}"} if isinstance(item, dict) else item


def said(server: Server, plural: str, body: dict[str, Any]) -> str:
    """What the server says to it; "" where it takes it."""
    admin, run = server.admin, server.ring.background.run
    try:
        if plural == "noderefreshes":
            run(admin.create(plural, body))
        else:
            run(admin.patch(plural, body["metadata"]["name"], body))
    except ApiError as error:
        return error.message
    return ""


def refresh(name: str, **parts: Any) -> dict[str, Any]:
    return {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, **parts}


def test_every_wrong_field_of_a_spec_is_refused_by_its_name(server: Server) -> None:
    spoiled = [(f"spec{path}", spec) for path, spec in wrong(SCHEMA["spec"], SPEC)]
    assert len(spoiled) > 20
    for path, spec in spoiled:
        assert f"{path}: " in said(server, "noderefreshes", refresh("odd", spec=spec)), spec


def test_every_wrong_field_of_a_status_is_refused_by_its_name(server: Server) -> None:
    server.create("noderefreshes", refresh("r", spec=SPEC))
    spoiled = [(f"status{path}", status) for path, status in wrong(SCHEMA["status"], {})]
    assert len(spoiled) > 80
    for path, status in spoiled:
        assert f"{path}: " in said(server, "noderefreshes/status", refresh("r", status=status)), status
