"""Whoever may write Events may write anything into them: every field is forged in turn, and the world is asked.

Each event is about a pod that can't pull for want of a grant, and forges what may be taken for another cause, another
node or another pod.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import deployment
from sandbox.beds import HERE, LONE, LONER
from sandbox.objects.kinds import Object, name_of
from tests.e2e.checkups import running
from tests.e2e.scenery import IMAGE, NAMESPACE
from tests.e2e.ward import DENIED, Ward, entry, nothing_was_done, said, ward

Forge = Callable[[dict[str, Any]], object]


def involved(event: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = event["jsonPayload"]["involvedObject"]
    return found


def labels(event: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = event["resource"]["labels"]
    return found


def payload(**fields: Any) -> Forge:
    return lambda event: event["jsonPayload"].update(fields)


STILL_MISSING: dict[str, Forge] = {
    "node": payload(source={"component": "kubelet", "host": HERE}),
    "reporting-instance": payload(source={}, reportingInstance=HERE),
    "component": payload(source={"component": "somebody", "host": HERE}),
    "container": lambda event: involved(event).update(fieldPath="spec.containers{another}"),
    "no-uid": lambda event: involved(event).pop("uid"),
    "api-version": lambda event: involved(event).update(apiVersion="evil.example.com/v1"),
    "resource-version": lambda event: involved(event).update(resourceVersion="999999999"),
    "type": payload(type="Normal"),
    "reason": payload(reason="BackOff"),
    "count-and-times": payload(
        count=10**9, firstTimestamp="1970-01-01T00:00:00Z", lastTimestamp="2999-01-01T00:00:00Z"
    ),
    "cause": payload(message=f'Failed to pull image "{IMAGE}": no basic auth credentials'),
    "account-in-the-text": payload(message=f'Failed to pull image "{IMAGE}": {DENIED} ({deployment.NODES} is stale)'),
    "labels-namespace": lambda event: labels(event).update(namespace_name="elsewhere"),
    "labels-pod": lambda event: labels(event).update(pod_name="another"),
    "log-name": lambda event: event.update(logName="projects/evil/logs/events"),
    "severity": lambda event: event.update(severity="EMERGENCY", timestamp="2999-01-01T00:00:00Z"),
    "verdict": payload(verdict="STALE_CREDENTIALS", contrast="proven", account=LONER),
}
"""What is forged; the diagnosis is the same."""
OTHERWISE: dict[str, tuple[Forge, str]] = {
    "uid": (lambda event: involved(event).update(uid="made-up"), "GONE"),
    "name": (lambda event: involved(event).update(name="made-up"), "GONE"),
    "namespace": (lambda event: involved(event).update(namespace="made-up"), "GONE"),
    "image": (payload(message=f'Failed to pull image "{deployment.IMAGES}/other:v1": {DENIED}'), "RECOVERED"),
    "text": (payload(message=f'Failed to pull image "{IMAGE}": pull QPS exceeded'), "NOT_A_CREDENTIAL"),
}
"""What is forged, and what the event is taken for: never for more than it was."""
NOT_OURS: dict[str, Forge] = {
    "kind": lambda event: involved(event).update(kind="Node"),
    "project": lambda event: labels(event).update(project_id="somebody-else"),
    "location": lambda event: labels(event).update(location="europe-west1"),
    "cluster": lambda event: labels(event).update(cluster_name="staging"),
    "own-namespace": lambda event: involved(event).update(namespace="repull"),
    "other-reason": payload(reason="Unhealthy"),
}


@pytest.fixture(scope="module")
def opened() -> Iterator[Ward]:
    with ward() as found:
        yield found
        nothing_was_done(found)


@pytest.fixture(scope="module")
def pod(opened: Ward) -> Object:
    return opened.admit(node=LONE)


@pytest.mark.parametrize("field", STILL_MISSING)
def test_a_forged_field_changes_nothing(opened: Ward, pod: Object, field: str) -> None:
    event = entry(pod)
    STILL_MISSING[field](event)
    found = opened.diagnosed(event)
    assert (found.kind, found.verdict["node"], found.verdict["account"]) == ("GRANT_MISSING", LONE, LONER)
    assert (found.verdict["pod"], found.changes) == (name_of(pod), [])


@pytest.mark.parametrize("field", OTHERWISE)
def test_a_forged_field_makes_the_event_another_one_and_no_cause(opened: Ward, pod: Object, field: str) -> None:
    forge, kind = OTHERWISE[field]
    event = entry(pod)
    forge(event)
    found = opened.diagnosed(event)
    assert (found.kind, found.changes) == (kind, [])


@pytest.mark.parametrize("field", NOT_OURS)
def test_a_forged_field_that_names_somebody_elses_matter_is_noise(opened: Ward, pod: Object, field: str) -> None:
    event = entry(pod)
    NOT_OURS[field](event)
    answered, calls = opened.deliver(event)
    assert answered.acknowledged
    assert answered.said("repull.noise")
    assert not calls


MISSING = object()
"""Stands for a field that is not there."""


def whole(pod: Object) -> dict[str, Any]:
    """All that an entry ever has, the fields included that nobody reads."""
    event = entry(
        pod,
        metadata={"name": "p.18a7", "namespace": NAMESPACE, "uid": "u1", "resourceVersion": "8", "managedFields": []},
        apiVersion="v1",
        eventTime=None,
        action="Pulling",
        series={"count": 3, "lastObservedTime": "2026-11-24T00:00:00Z"},
        related={"kind": "Pod", "namespace": NAMESPACE, "name": "another"},
        reportingComponent="kubelet",
        reportingInstance=LONE,
    )
    involved(event).update(apiVersion="v1", resourceVersion="7")
    times = {"timestamp": "2026-11-24T00:00:00Z", "receiveTimestamp": "2026-11-24T00:00:01Z"}
    return event | times | {"insertId": "a1", "severity": "WARNING", "labels": {"k8s-pod/app": "web"}, "trace": "t"}


def places(found: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Of every field, those that hold others included."""
    for name, value in found.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from places(value, (*above, name))


def forged(pod: Object, place: tuple[str, ...], value: object) -> dict[str, Any]:
    event = whole(pod)
    holder = event
    for name in place[:-1]:
        holder = holder[name]
    if value is MISSING:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return event


@pytest.mark.parametrize("value", [MISSING, "made-up", [{}]], ids=["missing", "made-up", "a-list"])
def test_whatever_a_field_holds_no_more_is_made_of_it(opened: Ward, pod: Object, value: object) -> None:
    """The same verdict, a lesser one, or none: each is acknowledged, and nothing is changed."""
    for place in places(whole(pod)):
        answered, calls = opened.deliver(forged(pod, place, value))
        kinds = {line["kind"] for line in answered.lines if line.get("event") == "repull.verdict"}
        changes = [call.resource for call in calls if call.verb in ("create", "patch", "update", "delete")]
        assert answered.acknowledged, place
        assert kinds <= {"GRANT_MISSING", "GONE", "UNKNOWN"}, place
        assert set(changes) <= {"events"}, place


def test_what_a_forger_says_does_not_stand_on_a_pod_that_runs(opened: Ward) -> None:
    healthy = opened.admit(state={"running": {"startedAt": "2026-11-24T00:00:00Z"}})
    found = opened.tell(healthy, message=f'Failed to pull image "{IMAGE}": pull QPS exceeded')
    assert (found.kind, found.reads) == ("NOT_A_CREDENTIAL", ["get pods"])
    assert not [call for call in found.calls if call.resource == "events"]


def test_an_event_that_is_replayed_when_all_is_well_again_changes_nothing(opened: Ward) -> None:
    sick = opened.admit(node=HERE)
    event = entry(sick)
    well = {"phase": "Running", "containerStatuses": [said("main", running(), imageID="x@sha256:1")]}
    opened.run(opened.world.admin.patch("pods/status", name_of(sick), {"status": well}, "ward"))
    for _ in range(3):
        found = opened.diagnosed(event)
        assert (found.kind, found.changes) == ("RECOVERED", [])
