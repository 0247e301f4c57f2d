"""What comes in is parsed once, at the door: into values, noise, or a refusal that says what is accepted."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import BadInput, NotOurs
from functions.messages.envelope import Envelope
from functions.messages.pull_failure import PullFailure, parse_pull_failure
from functions.messages.steps import Abort, Continue, Start, Sweep, parse_step
from functions.model.names import ClusterKey
from tests.unit.make import CLUSTER, IMAGE

CLUSTERS = (CLUSTER,)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def entry(**event: Any) -> dict[str, Any]:
    """A LogEntry as the sink publishes it."""
    involved = {"kind": "Pod", "namespace": "prod-app", "name": "p1", "uid": "uid-p1"}
    return {
        "resource": {
            "type": "k8s_pod",
            "labels": {"project_id": "acme-prod", "location": "us-central1", "cluster_name": "main"},
        },
        "jsonPayload": {
            "reason": "Failed",
            "message": f'Failed to pull image "{IMAGE}": no',
            "involvedObject": involved | {"fieldPath": "spec.initContainers{migrate}"},
            "source": {"component": "kubelet", "host": "gke-main-a-1"},
            **event,
        },
    }


def test_a_log_entry_is_a_pull_failure() -> None:
    assert parse_pull_failure(entry(), CLUSTERS) == PullFailure(
        cluster=CLUSTER,
        namespace="prod-app",
        pod="p1",
        pod_uid="uid-p1",
        container="migrate",
        node_hint="gke-main-a-1",
        reason="Failed",
        message=f'Failed to pull image "{IMAGE}": no',
    )


@pytest.mark.parametrize(
    "event, node",
    [
        ({"source": {}, "reportingInstance": "gke-main-a-2"}, "gke-main-a-2"),
        ({"source": None, "reportingInstance": ""}, ""),
        ({"source": {"host": "../../secrets"}}, ""),
        ({"source": {"host": {"a": 1}}}, ""),
    ],
)
def test_the_node_is_whoever_reports_if_that_can_be_a_node(event: dict[str, Any], node: str) -> None:
    assert parse_pull_failure(entry(**event), CLUSTERS).node_hint == node


def test_what_is_kept_of_a_strangers_uid_is_short() -> None:
    involved = {"kind": "Pod", "namespace": "n", "name": "p", "uid": "u" * 100_000}
    assert len(parse_pull_failure(entry(involvedObject=involved), CLUSTERS).pod_uid) == 64


@pytest.mark.parametrize(
    "payload, named",
    [
        ({"textPayload": "Event exporter started watching."}, "jsonPayload"),
        ({**entry(), "resource": {}}, "resource.labels"),
        ({**entry(), "resource": {"labels": {"project_id": "a", "location": "b", "cluster_name": "c"}}}, "a/b/c"),
        (entry(involvedObject={"kind": "Node"}), "involvedObject.kind"),
    ],
)
def test_noise_says_why(payload: dict[str, Any], named: str) -> None:
    with pytest.raises(NotOurs, match=named):
        parse_pull_failure(payload, CLUSTERS)


@pytest.mark.parametrize(
    "payload, step",
    [
        ({"action": "start"}, Start(cluster=CLUSTER)),
        (
            {"action": "start", "nodes": "a, b", "image": str(IMAGE), "force": True, "maxUnavailable": 2},
            Start(cluster=CLUSTER, nodes=("a", "b"), image=IMAGE, force=True, max_unavailable="2"),
        ),
        (
            {"action": "start", "nodes": ["a"], "dryRun": True, "deleteBarePods": True, "deleteLocalStorage": True},
            Start(cluster=CLUSTER, nodes=("a",), dry_run=True, delete_bare_pods=True, delete_local_storage=True),
        ),
        (
            {"action": "continue", "refresh": "r", "slot": 0, "step": 4},
            Continue(cluster=CLUSTER, refresh="r", slot=0, step=4),
        ),
        ({"action": "start", "account": "a@b"}, Start(cluster=CLUSTER, account="a@b")),
        ({"action": "abort", "refresh": "r", "reason": "no"}, Abort(cluster=CLUSTER, refresh="r", reason="no")),
        ({"action": "sweep"}, Sweep(clusters=CLUSTERS)),
        ({"action": "sweep", "cluster": str(CLUSTER)}, Sweep(clusters=CLUSTERS)),
    ],
)
def test_a_step_is_small_and_has_defaults(payload: dict[str, Any], step: object) -> None:
    assert parse_step(payload, CLUSTERS) == step


@pytest.mark.parametrize(
    "payload, about",
    [
        ({"action": "start", "maxUnavailable": "200%"}, {"cluster": str(CLUSTER)}),
        ({"action": "start", "cluster": str(CLUSTER), "nodess": "a"}, {"cluster": str(CLUSTER)}),
        ({"action": "pause"}, {"cluster": str(CLUSTER)}),
        ({"action": "continue", "refresh": "r1", "slot": -1, "step": 0}, {"cluster": str(CLUSTER), "refresh": "r1"}),
        ({"action": "start", "cluster": "acme-prod/us-central1/staging"}, {}),
    ],
)
def test_what_is_rejected_says_whom_it_is_about(payload: dict[str, Any], about: dict[str, str]) -> None:
    """As far as it was understood, so that whoever asks for a cluster's lines finds it."""
    with pytest.raises(BadInput) as rejected:
        parse_step(payload, CLUSTERS)
    assert rejected.value.about == about


@pytest.mark.parametrize(
    "payload, field",
    [
        ({}, "action"),
        ({"action": "Start"}, "action"),
        ({"action": ["start"]}, "action"),
        ({"action": "start", "node": "a"}, "node"),
        ({"action": "start", "nodes": "a; rm -rf /"}, "nodes"),
        ({"action": "start", "nodes": {"a": 1}}, "nodes"),
        ({"action": "start", "nodes": [1]}, "nodes"),
        ({"action": "start", "nodes": []}, "nodes"),
        ({"action": "start", "method": []}, "method"),
        ({"action": "start", "image": False}, "image"),
        ({"action": "start", "maxUnavailable": 0}, "maxUnavailable"),
        ({"action": "start", "reason": 0}, "reason"),
        ({"action": "start", "cluster": {}}, "cluster"),
        ({"action": "sweep", "cluster": 0}, "cluster"),
        ({"action": "start", "nodes": ",", "force": True}, "nodes"),
        ({"action": "start", "nodes": ["a"] * 1001}, "nodes"),
        ({"action": "start", "requestedBy": "x" * 257}, "requestedBy"),
        ({"action": "start", "maxUnavailable": "01"}, "maxUnavailable"),
        ({"action": "start", "maxUnavailable": "５"}, "maxUnavailable"),
        ({"action": "start", "method": "Delete"}, "method"),
        ({"action": "start", "method": ["Reset"]}, "method"),
        ({"action": "start", "image": "Not An Image"}, "image"),
        ({"action": "start", "image": 1}, "image"),
        ({"action": "start", "maxUnavailable": "51"}, "maxUnavailable"),
        ({"action": "start", "maxUnavailable": [1]}, "maxUnavailable"),
        ({"action": "start", "reason": "x" * 513}, "reason"),
        ({"action": "start", "force": "yes"}, "force"),
        ({"action": "start", "cluster": "staging"}, "cluster"),
        ({"action": "start", "cluster": "acme-prod/us-central1/staging"}, "cluster"),
        ({"action": "continue", "refresh": "r", "slot": -1, "step": 0}, "slot"),
        ({"action": "continue", "refresh": "r", "slot": True, "step": 0}, "slot"),
        ({"action": "continue", "refresh": "r", "slot": 0, "step": "1"}, "step"),
        ({"action": "continue", "refresh": "../r", "slot": 0, "step": 0}, "refresh"),
        ({"action": "abort"}, "refresh"),
    ],
)
def test_what_is_not_understood_is_named(payload: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_step(payload, CLUSTERS)
    assert refused.value.field == field
    assert refused.value.accepted


@pytest.mark.parametrize(
    "data, words",
    [
        (b"hello", "message.data: 'hello' is not accepted; use JSON"),
        (b"", "message.data: it is missing; use a JSON object"),
        (b"{}", "action: it is missing; use start, "),
        (b'{"action": null}', "action: null is not accepted; use start, "),
        (b'{"action": "abort"}', "refresh: it is missing; use the name of"),
        (b'{"action": "continue", "refresh": "r", "slot": 0}', "step: it is missing; use a whole number"),
        (b'{"action": "continue", "refresh": "r", "slot": true, "step": 0}', "slot: true is not accepted"),
        (b'{"action": "start", "forse": true}', "forse: 'forse' is not accepted; use only "),
    ],
)
def test_what_is_not_understood_is_said_as_its_writer_has_put_it(data: bytes, words: str) -> None:
    """In no language but JSON's."""
    with pytest.raises(BadInput) as refused:
        parse_step(Envelope(message_id="", data=data).json(), CLUSTERS)
    assert str(refused.value).startswith(words)


def test_of_several_clusters_one_must_be_named() -> None:
    other = ClusterKey(project="acme-prod", location="us-central1", name="other")
    with pytest.raises(BadInput, match="acme-prod/us-central1/other"):
        parse_step({"action": "start"}, (CLUSTER, other))
    assert parse_step({"action": "sweep"}, (CLUSTER, other)) == Sweep(clusters=(CLUSTER, other))


def test_the_chain_understands_its_own_message() -> None:
    step = Continue(cluster=CLUSTER, refresh="r", slot=3, step=7)
    assert parse_step(step.json(), CLUSTERS) == step


@given(JSON)
def test_an_envelope_opens_or_refuses(data: Any) -> None:
    for event_data in (data, {"message": data}, {"message": {"data": data}}):
        found = outcome(lambda: Envelope.open(event_data).json())  # noqa: B023 - called at once
        assert isinstance(found, dict) or found.field.startswith("message")


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_refused(data: bytes) -> None:
    envelope = Envelope.open({"message": {"data": base64.b64encode(data).decode()}})
    try:
        assert isinstance(envelope.json(), dict)
    except BadInput:
        pass
    else:
        assert json.loads(data) == envelope.json() or "NaN" in data.decode()


@given(st.dictionaries(st.sampled_from(["jsonPayload", "resource", "timestamp"]), JSON) | st.builds(dict))
def test_any_entry_of_a_stranger_is_noise(payload: dict[str, Any]) -> None:
    assert isinstance(outcome(lambda: parse_pull_failure(payload, CLUSTERS)), NotOurs)


@given(
    st.dictionaries(
        st.sampled_from(["involvedObject", "source", "reason", "message", "reportingInstance"]), JSON, max_size=5
    )
)
def test_any_event_of_ours_is_parsed_refused_or_noise(event: dict[str, Any]) -> None:
    found = outcome(lambda: parse_pull_failure(entry(**event), CLUSTERS))
    assert isinstance(found, PullFailure | BadInput | NotOurs)


@given(
    st.dictionaries(
        st.sampled_from(["cluster", "nodes", "image", "method", "reason", "refresh", "slot", "step", "force"]), JSON
    ),
    st.sampled_from(["start", "continue", "abort", "sweep"]) | JSON,
)
def test_any_step_is_parsed_or_refused(fields: dict[str, Any], action: Any) -> None:
    found = outcome(lambda: parse_step({**fields, "action": action}, CLUSTERS))
    assert isinstance(found, Start | Continue | Abort | Sweep | BadInput)


def outcome(parse: Callable[[], Any]) -> Any:
    """What came out, or how it was refused; anything else that is raised fails the test."""
    try:
        return parse()
    except (BadInput, NotOurs) as refused:
        return refused
