"""What on_pull_event does with what is no pull failure of ours: it says why, keeps or drops it, and changes nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import deployment
from sandbox.objects.kinds import Object, name_of, uid_of
from sandbox.scenarios import runbook
from sandbox.scenarios.forged_event import forged
from tests.e2e.standing import Answered, Standing, as_json, push_body

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(autouse=True)
def nothing_changes_and_the_next_works(here: Standing) -> Iterator[None]:
    """After every kind of rubbish, a good event is diagnosed as ever."""
    before = here.written()
    yield
    assert deliver(here, good(here)).said("repull.verdict").startswith("RECOVERED")
    assert here.written() == before


@pytest.mark.parametrize(
    "data, field, accepted",
    [
        (b"", "message.data", "a JSON object"),
        (b"{not json", "message.data", "JSON"),
        (b"[1, 2]", "message.data", "a JSON object"),
        (b"\xff\xfe\x00", "message.data", "JSON"),
        (b"[" * 100_000, "message.data", "JSON"),
        (as_json({"padding": "x" * 300_000}), "message.data", "at most 262144 bytes"),
    ],
    ids=["empty", "broken", "no-object", "no-text", "too-deep", "300-KB"],
)
def test_what_can_never_succeed_is_kept_with_its_reason(here: Standing, data: bytes, field: str, accepted: str) -> None:
    answer = deliver(here, data)
    assert_kept(answer, field, accepted)
    assert answer.dead[0].data == data


@pytest.mark.parametrize(
    "body, field, kept",
    [
        ({}, "message", b"{}"),
        ({"message": {}}, "message.data", b""),
        ({"message": {"attributes": {"colour": "green"}, "messageId": "1"}}, "message.data", b""),
        ({"message": "hello"}, "message", b'{"message": "hello"}'),
    ],
    ids=["nothing", "no-data", "attributes-only", "no-message"],
)
def test_a_body_that_is_no_event_is_kept_too(here: Standing, body: dict[str, Any], field: str, kept: bytes) -> None:
    """functions-framework makes no CloudEvent of it, and would let it come again and again."""
    answer = here.post(here.world.diagnose, body)
    assert_kept(answer, field, "")
    assert answer.dead[0].data == kept


def test_wrong_base64_is_kept_as_it_came(here: Standing) -> None:
    body = {"message": {"data": "@@not base64@@", "messageId": "1"}, "subscription": "projects/p/subscriptions/s"}
    answer = here.post(here.world.diagnose, body)
    assert_kept(answer, "message.data", "base64")
    assert answer.dead[0].data == b"@@not base64@@"


@pytest.mark.parametrize("missing", ["name", "namespace"])
def test_an_event_about_nobody_is_kept(here: Standing, missing: str) -> None:
    entry = good(here)
    del entry["jsonPayload"]["involvedObject"][missing]
    assert_kept(deliver(here, entry), f"jsonPayload.involvedObject.{missing}", "")


@pytest.mark.parametrize("name", ["x; rm -rf /", '{"a": 1}', "../../nodes", "A" * 300])
def test_a_name_with_something_else_in_it_is_kept(here: Standing, name: str) -> None:
    entry = good(here)
    entry["jsonPayload"]["involvedObject"]["name"] = name
    assert_kept(deliver(here, entry), "jsonPayload.involvedObject.name", "")


def started_watching(entry: dict[str, Any]) -> None:
    del entry["jsonPayload"]
    entry["textPayload"] = "Event exporter started watching. Some events may have been lost up to this point."


def unknown_cluster(entry: dict[str, Any]) -> None:
    entry["resource"]["labels"]["cluster_name"] = "staging"


def about_a_node(entry: dict[str, Any]) -> None:
    entry["jsonPayload"]["involvedObject"]["kind"] = "Node"


@pytest.mark.parametrize(
    "change, named",
    [
        (started_watching, "jsonPayload"),
        (unknown_cluster, "staging"),
        (about_a_node, "involvedObject.kind"),
    ],
)
def test_noise_is_named_and_acknowledged(here: Standing, change: Change, named: str) -> None:
    entry = good(here)
    change(entry)
    answer = deliver(here, entry)
    assert answer.acknowledged
    assert named in answer.said("repull.noise")
    assert not answer.dead


@pytest.mark.parametrize("field, value", [("namespace", "no-such-namespace"), ("name", "no-such-pod")])
def test_a_pod_that_is_not_there_is_gone(here: Standing, field: str, value: str) -> None:
    entry = good(here)
    entry["jsonPayload"]["involvedObject"][field] = value
    answer = deliver(here, entry)
    assert answer.acknowledged
    assert answer.said("repull.verdict").startswith("GONE")
    assert not answer.dead


def test_the_event_is_not_believed_about_the_node(here: Standing) -> None:
    entry = good(here)
    entry["jsonPayload"]["source"]["host"] = entry["jsonPayload"]["reportingInstance"] = "no-such-node"
    assert deliver(here, entry).said("repull.verdict").startswith("RECOVERED")


def test_a_binary_cloud_event_works_as_well(here: Standing) -> None:
    """As Eventarc delivers it: the attributes in headers, the message in the body."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        "ce-source": f"//pubsub.googleapis.com/{deployment.topic(deployment.EVENTS_TOPIC)}",
        "content-type": "application/json",
    }
    answer = here.post(here.world.diagnose, push_body(as_json(good(here))), **headers)
    assert answer.acknowledged
    assert answer.said("repull.verdict").startswith("RECOVERED")


def deliver(here: Standing, entry: bytes | dict[str, Any]) -> Answered:
    return here.push(here.world.diagnose, entry if isinstance(entry, bytes) else as_json(entry))


def assert_kept(answer: Answered, field: str, accepted: str) -> None:
    """Acknowledged, logged with the field and the remedy, and in the dead letters with the same reason."""
    assert answer.acknowledged
    said = answer.said("repull.rejected")
    assert said.startswith(f"{field}: ")
    assert f"use {accepted}" in said
    assert [each.topic for each in answer.dead] == [f"{deployment.EVENTS_TOPIC}-dead-letters"]
    assert answer.dead[0].attributes["reason"].startswith(f"{field}: ")


def good(here: Standing) -> dict[str, Any]:
    """A log entry about a pod that runs: somebody's mistake, and no harm."""
    pod = a_pod(here)
    event = forged(pod, 0)
    for left_out in ("count", "firstTimestamp", "lastTimestamp"):
        del event[left_out]
    labels = {
        "project_id": deployment.PROJECT,
        "location": deployment.LOCATION,
        "cluster_name": deployment.CLUSTER,
        "namespace_name": runbook.NAMESPACE,
        "pod_name": name_of(pod),
    }
    return {
        "logName": f"projects/{deployment.PROJECT}/logs/events",
        "resource": {"type": "k8s_pod", "labels": labels},
        "severity": "WARNING",
        "jsonPayload": event,
    }


def a_pod(here: Standing) -> Object:
    found = here.world.view.list("pods", runbook.NAMESPACE, labels="app=ocr-worker")
    return min(found, key=uid_of)
