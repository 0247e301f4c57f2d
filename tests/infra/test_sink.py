"""The sinks' filters as Terraform makes them, over the corpus: every pull failure gets through, and nothing else."""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions import announcing
from functions.model.verdict import Cause
from functions.ownership import NAMESPACE
from sandbox.loggingquery import Query
from tests.infra.rendered import CLUSTERS, render

CORPUS = Path(__file__).parents[1] / "corpus"
FILES = ("pull_failures", "blind", "wordings", "decoys")  # the last says of what it has no cause that it is a pull's
KUBELET = re.compile(r"(?:\(combined from similar events\): )?(Failed to pull|Back-off pulling) image ")
REASONS = {"Failed to pull": "Failed", "Back-off pulling": "BackOff"}
NOT_OF_A_CONTAINER = {
    "Evicted": "a disk is full, and nothing was pulled",
    "FailedCreate": "admission refused the pod, and nothing was pulled",
    "FailedCreatePodSandBox": "the pause image, which is the node's own",
    "ErrImageNeverPull": "nothing may be pulled",
    "FailedSync": "comes with one that names the image",
    "InspectFailed": "no image has such a name, and nothing was pulled",
}
"""Events that the corpus has with the cause that they carry, and why they are left out all the same."""

Cluster = tuple[str, str, str]
"""Project, location, name."""
Entry = dict[str, Any]
Row = dict[str, Any]


@functools.cache
def rows() -> tuple[Row, ...]:
    texts = [(CORPUS / f"{name}.jsonl").read_text() for name in FILES]
    return tuple(json.loads(line) for text in texts for line in text.splitlines())


def pulls() -> Iterator[tuple[str, str]]:
    """Reason and message of every Event of a pull that failed.

    What only a runtime or a registry said is put into the words in which a kubelet passes it on.
    """
    for row in rows():
        found = KUBELET.match(row["message"])
        if row.get("cause") == Cause.NOT_A_PULL_FAILURE:
            continue
        if found:
            yield REASONS[found[1]], row["message"]
        elif row.get("cause") != Cause.NO_CAUSE:
            yield "Failed", f'Failed to pull image "us-central1-docker.pkg.dev/acme/apps/worker:v1": {row["message"]}'


def entry(cluster: Cluster, reason: str, message: str, *, namespace: str = "shop") -> Entry:
    """An Event of a pod as GKE logs it."""
    project, location, name = cluster
    return {
        "logName": f"projects/{project}/logs/events",
        "severity": "INFO" if reason == "BackOff" else "WARNING",
        "resource": {
            "type": "k8s_pod",
            "labels": {
                "project_id": project,
                "location": location,
                "cluster_name": name,
                "namespace_name": namespace,
                "pod_name": "api-1",
            },
        },
        "jsonPayload": {"kind": "Event", "reason": reason, "message": message, "source": {"component": "kubelet"}},
    }


@functools.cache
def sinks() -> dict[str, Query]:
    """By the project whose log they read, which is all that they see."""
    made = render().each("google_logging_project_sink", "image_pulls")
    return {str(project): Query.parse(values["filter"]) for project, values in made.items()}


def routed(given: Entry, project: str) -> bool:
    return sinks()[project].matches(given)


@pytest.mark.parametrize("cluster", CLUSTERS, ids="/".join)
def test_every_pull_failure_of_every_cluster_gets_through(cluster: Cluster) -> None:
    events = list(pulls())

    assert len(events) > 700
    assert [event for event in events if not routed(entry(cluster, *event), cluster[0])] == []


def test_the_corpus_has_every_cause() -> None:
    """So nothing of the test above is empty."""
    assert {row["cause"] for row in rows() if "cause" in row} >= set(Cause) - {Cause.UNKNOWN}


def test_what_the_recorder_combines_gets_through() -> None:
    (cluster, *_) = CLUSTERS
    combined = [(reason, f"(combined from similar events): {message}") for reason, message in pulls()]

    assert [event for event in combined if not routed(entry(cluster, *event), cluster[0])] == []


@pytest.mark.parametrize("reason", [None, "Failed", "BackOff"], ids=["its own", "Failed", "BackOff"])
def test_what_is_no_pull_failure_is_left_out_whatever_its_reason(reason: str | None) -> None:
    """Crash loops, health checks, volumes, secrets: the corpus has them because their words resemble a refused pull."""
    (cluster, *_) = CLUSTERS
    others = [row for row in rows() if row.get("cause") == Cause.NOT_A_PULL_FAILURE]
    events = [(reason or row.get("reason", "Failed"), row["message"]) for row in others]

    assert len(events) > 90
    assert any(message.startswith("Back-off restarting failed container") for _, message in events)
    assert [event for event in events if routed(entry(cluster, *event), cluster[0])] == []


def test_what_names_no_image_and_what_is_of_no_container_is_left_out() -> None:
    (cluster, *_) = CLUSTERS
    silent = [
        ("Failed", "Error: ErrImagePull"),
        ("Failed", "Error: ImagePullBackOff"),
        ("Failed", "Error: InvalidImageName"),
    ]
    others = [(row["reason"], row["message"]) for row in rows() if row.get("reason") in NOT_OF_A_CONTAINER]

    assert {reason for reason, _ in others} == set(NOT_OF_A_CONTAINER)
    assert [event for event in (*silent, *others) if routed(entry(cluster, *event), cluster[0])] == []


@pytest.mark.parametrize("cluster", CLUSTERS, ids="/".join)
def test_the_probes_fail_unheard(cluster: Cluster) -> None:
    assert not any(routed(entry(cluster, *event, namespace=NAMESPACE), cluster[0]) for event in pulls())


@pytest.mark.parametrize(
    "other",
    [
        ("acme-prod", "us-central1-a", "main"),  # the name of one cluster and the place of another
        ("acme-prod", "us-central1", "batch"),
        ("acme-prod", "us-central1", "main-2"),
        ("acme-prod", "europe-west4", "main"),  # which is served, in another project
        ("acme-stage", "us-central1", "main"),  # the other way about
    ],
    ids="/".join,
)
def test_a_cluster_that_is_not_served_is_left_out(other: Cluster) -> None:
    assert not any(routed(entry(other, *event), other[0]) for event in pulls())


def test_what_repull_says_of_a_pull_failure_does_not_wake_it_again() -> None:
    """Its lines quote the kubelet's words, and so does its own Event on the pod, which comes by the same log."""
    (cluster, *_) = CLUSTERS
    project = cluster[0]
    for reason, message in pulls():
        heard = entry(cluster, reason, message)
        line = {
            "logName": f"projects/{project}/logs/run.googleapis.com%2Fstdout",
            "resource": {"type": "cloud_run_revision", "labels": {"service_name": "on-pull-event"}},
            "jsonPayload": {"event": "repull.verdict", "reason": reason, "message": message},
        }
        assert routed(heard, project)
        assert not routed(line, project)
        assert not routed(line | {"resource": heard["resource"]}, project)
        assert not routed(entry(cluster, announcing.REASON, f"NO_ACCESS: {message}"), project)


@pytest.mark.parametrize("log", ["stdout", "stderr", "cloudaudit.googleapis.com%2Fdata_access", "events-copy"])
def test_a_container_that_prints_events_does_not_wake_it(log: str) -> None:
    (cluster, *_) = CLUSTERS
    heard = entry(cluster, *next(pulls()))

    assert not routed(heard | {"logName": f"projects/{cluster[0]}/logs/{log}"}, cluster[0])
    assert not routed(heard | {"resource": {**heard["resource"], "type": "k8s_container"}}, cluster[0])
