"""The audit trail: one JSON line per decision, as Cloud Logging reads it, whatever is handed in."""

import io
import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import flask
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.audit import StructuredAudit
from functions.model.names import ClusterKey


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that fails to be written raises here, instead of on stderr."""
    monkeypatch.setattr("logging.Handler.handleError", _raise)


def _raise(*_: object) -> None:
    raise  # noqa: PLE0704 - called by logging while it handles the exception


class Stdout(io.TextIOWrapper):
    """Takes UTF-8 and nothing else, as the real one does."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        self.seek(0)
        return self.read()


def lines(stream: Stdout) -> list[dict[str, Any]]:
    """Without the line by which Google's library introduces itself once per process."""
    found = [json.loads(line) for line in stream.text.split("\n") if line]
    return [line for line in found if "logging.googleapis.com/diagnostic" not in line]


class Colour(StrEnum):
    RED = "red"


def test_one_line_with_event_message_fields_and_severity() -> None:
    stream = Stdout()
    audit = StructuredAudit(project="acme-prod", stream=stream)

    audit.record("repull.reset", "reset machine a", node="a", refusals=("x", "y"), colour=Colour.RED, count=3)
    audit.record("repull.busy", '{"not": "parsed"}', warning=True)

    first, second = lines(stream)
    assert (first["event"], first["message"], first["severity"]) == ("repull.reset", "reset machine a", "INFO")
    assert (first["node"], first["refusals"], first["colour"], first["count"]) == ("a", ["x", "y"], "red", 3)
    assert (second["severity"], second["message"]) == ("WARNING", '{"not": "parsed"}')


def test_the_trace_of_the_request_that_is_answered() -> None:
    stream = Stdout()
    audit = StructuredAudit(project="acme-prod", stream=stream)
    headers = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}

    with flask.Flask("test").test_request_context("/", method="POST", headers=headers):
        audit.record("repull.noise", "hello")

    (line,) = lines(stream)
    assert line["logging.googleapis.com/trace"] == "projects/acme-prod/traces/4bf92f3577b34da6a3ce929d0e0e4736"
    assert line["logging.googleapis.com/spanId"] == "00f067aa0ba902b7"


def test_values_that_json_does_not_know() -> None:
    stream = Stdout()
    key = ClusterKey(project="p", location="l", name="n")

    StructuredAudit(project=None, stream=stream).record(
        "e",
        "m",
        when=datetime(2026, 11, 24, tzinfo=UTC),
        cluster=key,
        data=b"\xff",
        infinite=float("nan"),
        nested={1: {key}},
        long="x" * 300_000,
    )

    (line,) = lines(stream)
    assert (line["when"], line["cluster"], line["infinite"]) == ("2026-11-24T00:00:00+00:00", "p/l/n", "nan")
    assert line["nested"] == {"1": ["p/l/n"]}
    assert len(line["long"]) < 10_000


def test_what_contains_itself_is_said_as_text() -> None:
    stream = Stdout()
    loop: list[object] = []
    loop.append(loop)

    StructuredAudit(project=None, stream=stream).record("e", "m", loop=loop)

    assert lines(stream)[0]["event"] == "e"


texts = st.text(st.characters())  # halves of surrogate pairs included: JSON of strangers may hold them
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.integers(), inner, max_size=3),
    max_leaves=10,
)


@given(message=texts, value=values)
def test_every_record_is_one_line_of_json(message: str, value: object) -> None:
    stream = Stdout()

    StructuredAudit(project="p", stream=stream).record("e", message, value=value)

    (line,) = lines(stream)
    assert (line["event"], line["severity"]) == ("e", "INFO")


def test_a_second_audit_does_not_double_the_lines() -> None:
    first, second = Stdout(), Stdout()
    StructuredAudit(project=None, stream=first)

    StructuredAudit(project=None, stream=second).record("e", "m")

    assert first.text == ""
    assert len(lines(second)) == 1
