"""The Logging query language, rule by rule."""

from typing import Any

import pytest

from sandbox.loggingquery import InvalidQuery, Query

ENTRY: dict[str, Any] = {
    "logName": "projects/acme/logs/run.googleapis.com%2Fstdout",
    "severity": "WARNING",
    "resource": {"type": "k8s_pod", "labels": {"cluster_name": "prod"}},
    "labels": {"k8s-pod/app": "worker", "plain": "x"},
    "timestamp": "2026-11-24T08:00:00Z",
    "jsonPayload": {
        "reason": "Failed",
        "message": 'Failed to pull image "a\\b"',
        "count": 12,
        "dryRun": True,
        "nothing": None,
    },
}


def matches(text: str, entry: dict[str, Any] = ENTRY) -> bool:
    return Query.parse(text).matches(entry)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- only a comment",
        'resource.type="k8s_pod"',
        "resource.type=k8s_pod",
        'resource.type="K8S_POD"',
        'resource.type!="k8s_node"',
        'resource.labels.cluster_name="prod"',
        'labels."k8s-pod/app"="worker"',
        'jsonPayload.message:"pull image"',
        'jsonPayload.message:"PULL"',
        r'jsonPayload.message:"\"a\\b\""',
        "jsonPayload.reason:*",
        "jsonPayload.count=12",
        "jsonPayload.count>9",
        "jsonPayload.count<=12.0",
        "jsonPayload.dryRun=true",
        'timestamp>="2026-11-24T07:59:59Z"',
        "severity=WARNING",
        "severity>=warning",
        "severity>INFO",
        "severity<ERROR",
        'log_id("run.googleapis.com/stdout")',
        'resource.type="k8s_pod"\nseverity>=WARNING',
        'resource.type="k8s_pod" severity>=WARNING',
        'resource.type="k8s_pod" AND severity>=WARNING -- both',
        'resource.type="k8s_node" OR severity>=WARNING',
        'NOT resource.type="k8s_node"',
        '-resource.type="k8s_node"',
        "-(severity=ERROR OR severity=INFO)",
        'NOT jsonPayload.gone="x"',
    ],
)
def test_it_holds(text: str) -> None:
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    [
        'resource.type="k8s_node"',
        'resource.type="k8s"',
        'jsonPayload.message:"denied"',
        'jsonPayload.gone="x"',
        'jsonPayload.gone!="x"',
        'jsonPayload.gone:"x"',
        "jsonPayload.gone:*",
        "jsonPayload.nothing:*",
        'jsonPayload.reason.deeper="x"',
        "jsonPayload.count>12",
        'jsonPayload.count="twelve"',
        "jsonPayload.dryRun=false",
        "severity>=ERROR",
        'log_id("events")',
        'resource.type="k8s_pod" severity>=ERROR',
        'NOT resource.type="k8s_pod"',
    ],
)
def test_it_does_not_hold(text: str) -> None:
    assert not matches(text)


@pytest.mark.parametrize(
    "first, second, third",
    [(a, b, c) for a in (True, False) for b in (True, False) for c in (True, False)],
)
def test_or_binds_closer_than_and(first: bool, second: bool, third: bool) -> None:  # noqa: FBT001 # a truth table
    entry = {"a": str(first), "b": str(second), "c": str(third)}
    assert matches("a=true AND b=true OR c=true", entry) is (first and (second or third))
    assert matches("a=true OR b=true AND c=true", entry) is ((first or second) and third)
    assert matches("(a=true AND b=true) OR c=true", entry) is ((first and second) or third)
    assert matches("NOT a=true OR b=true c=true", entry) is ((not first or second) and third)


def test_an_unknown_severity_is_the_default_one() -> None:
    assert matches("severity=DEFAULT", {"severity": "WARN"})
    assert matches("severity=DEFAULT", {})


@pytest.mark.parametrize(
    "text",
    [
        '"any text"',
        "resource.type",
        "resource.type=",
        'resource.type=~"k8s"',
        'resource.type="k8s',
        "resource.type==x",
        "(severity=ERROR",
        "severity=ERROR)",
        "severity=WARM",
        "severity:WARNING",
        "AND severity=ERROR",
        "severity=ERROR OR",
        "log_id(events",
        'sample(insertId, "1")',
        "a=(b OR c)",
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery):
        Query.parse(text)
