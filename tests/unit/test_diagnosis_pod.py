"""What the message says and what the pod says, read again, and which of its containers is judged."""

from dataclasses import replace
from typing import Any

import pytest

from functions.model.cluster import Container, ContainerKind
from functions.model.verdict import VerdictKind
from functions.settings import Mode
from tests.unit import make
from tests.unit.diagnosing import DENIED, SETTINGS, World, failure
from tests.unit.make import IMAGE, T0
from tests.unit.pulling import BACK_OFF, OTHER, patient, waiting


def test_a_cause_that_is_no_credential_settles_it_without_a_question() -> None:
    world = World(settings=replace(SETTINGS, mode=Mode.OBSERVE))
    said = world.verdict(failure(message=f'Failed to pull image "{IMAGE}": pull QPS exceeded'))
    assert (said["kind"], said["cause"]) == ("NOT_A_CREDENTIAL", "rate_limited")
    assert not world.asked


@pytest.mark.parametrize(
    "cause, kind",
    [
        (f"{IMAGE}: not found", VerdictKind.IMAGE_MISSING),
        ("no match for platform in manifest: not found", VerdictKind.PLATFORM_MISMATCH),
    ],
)
def test_the_message_may_say_that_there_is_no_such_image(cause: str, kind: VerdictKind) -> None:
    assert World().kind(failure(message=f'Failed to pull image "{IMAGE}": {cause}')) is kind


@pytest.mark.parametrize(
    "pod",
    [
        None,
        make.failing("p1", message=DENIED, uid="another"),
        make.failing("p1", message=DENIED, deleting_since=T0),
    ],
    ids=["not-there", "another-of-its-name", "going"],
)
def test_a_pod_that_is_gone_is_let_be(pod: Any) -> None:
    assert World(pods=[pod] if pod else []).kind() is VerdictKind.GONE


def test_a_pod_that_has_no_node_has_recovered_from_nothing() -> None:
    world = World(pods=[make.pod("p1", node="", phase="Pending", containers=())])
    assert world.kind() is VerdictKind.NOT_TRIED
    assert "kubectl describe pod p1 --namespace=prod-app" in world.verdicts[-1]["advice"]
    assert world.announced == []


def test_a_pod_that_runs_has_recovered() -> None:
    assert World(pods=[make.pod("p1")]).kind() is VerdictKind.RECOVERED


def test_a_pod_that_waits_for_another_image_has_recovered_from_this_one() -> None:
    world = World(pods=[make.failing("p1", message=DENIED, image=OTHER)])
    assert world.kind() is VerdictKind.RECOVERED


def test_a_running_pod_fails_where_a_container_waits() -> None:
    pod = make.failing("p1", message=DENIED, phase="Running")
    assert patient(pods=[pod]).kind() is VerdictKind.STALE_CREDENTIALS


@pytest.mark.parametrize("kind", ContainerKind)
def test_containers_of_every_kind_are_looked_at(kind: ContainerKind) -> None:
    fine = Container(name="other", image=OTHER, image_id="sha256:2", running_since=T0)
    world = patient(pods=[make.failing("p1", containers=(fine, waiting("main", kind=kind)))])
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


def test_the_pods_own_message_outweighs_the_events() -> None:
    world = World(pods=[make.failing("p1", message="dial tcp 10.0.0.1:443: i/o timeout")])
    said = world.verdict()
    assert (said["kind"], said["cause"]) == ("NOT_A_CREDENTIAL", "network")


def test_the_events_message_serves_where_the_pod_has_none() -> None:
    """Kubelets before 1.32 leave the cause out while they back off."""
    world = patient(pods=[make.failing("p1", message=BACK_OFF)])
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


def test_no_cause_anywhere_is_unknown() -> None:
    world = World(pods=[make.failing("p1", message=BACK_OFF)])
    assert world.kind(failure(message=BACK_OFF, reason="BackOff")) is VerdictKind.UNKNOWN


def test_an_event_without_a_cause_finds_it_in_the_pod() -> None:
    assert patient().kind(failure(message=BACK_OFF, reason="BackOff")) is VerdictKind.STALE_CREDENTIALS


def test_of_several_containers_the_one_that_may_be_cured_is_judged_and_all_are_told() -> None:
    missing = waiting("missing", OTHER, f"{OTHER}: not found")
    world = patient(pods=[make.failing("p1", containers=(missing, waiting("main")))])
    said = world.verdict(failure(message="Error: ErrImagePull", container="missing"))
    assert said["kind"] == "STALE_CREDENTIALS"
    evidence = next(check["evidence"] for check in said["checks"] if check["check"] == "pod")
    assert f"container main waits for {IMAGE}: ErrImagePull (auth_denied)" in evidence
    assert f"container missing waits for {OTHER}: ErrImagePull (not_found)" in evidence


@pytest.mark.parametrize(
    "reason, message, cause",
    [
        ("InvalidImageName", 'Failed to apply default image tag "A:B:C": couldn\'t parse image name', "invalid_name"),
        ("ErrImageNeverPull", f'Container image "{IMAGE}" is not present with pull policy of Never', "pull_policy"),
    ],
)
def test_a_container_that_lacks_its_image_for_another_reason_has_not_recovered(
    reason: str, message: str, cause: str
) -> None:
    container = replace(waiting("main", message=message), waiting_reason=reason)
    said = World(pods=[make.failing("p1", containers=(container,))]).verdict(failure(message="Error: ErrImagePull"))
    assert (said["kind"], said["cause"]) == ("NOT_A_CREDENTIAL", cause)


@pytest.mark.parametrize("image", ["Ocr Worker:v1", "us-central1-docker.pkg.dev/acme-prod"])
def test_a_name_that_is_no_images_is_the_cause_whatever_the_kubelet_says(image: str) -> None:
    world = World(pods=[make.failing("p1", message=DENIED, image=image)])
    said = world.verdict(failure(message="Error: ErrImagePull"))
    assert (said["kind"], said["cause"]) == ("NOT_A_CREDENTIAL", "invalid_name")
    assert repr(image) in said["message"]
    assert said["advice"].startswith("Correct the image's name in the workload of pod prod-app/p1")


@pytest.mark.parametrize("host", ["us-central1-docker.pkg.dev:443", "eu.gcr.io:443"])
def test_a_port_in_the_name_is_what_keeps_the_nodes_identity_from_being_shown(host: str) -> None:
    world = World(pods=[make.failing("p1", message=DENIED, image=f"{host}/acme-prod/apps/api:v1")])
    said = world.verdict(failure(message="Error: ErrImagePull"))
    assert said["kind"] == "OTHER_REGISTRY"
    assert f"{host} names a port" in said["message"]
    assert said["advice"].startswith("Take the port out of the image's name in the workload of pod prod-app/p1")


@pytest.mark.parametrize(
    "message, container",
    [(f'Failed to pull image "docker.io/library/nginx:1": {DENIED}', ""), ("Error: ErrImagePull", "other")],
    ids=["by-its-image", "by-its-name"],
)
def test_of_several_containers_the_events_own_is_judged(message: str, container: str) -> None:
    other = waiting("other", "docker.io/library/nginx:1")
    world = World(pods=[make.failing("p1", containers=(waiting("main"), other))])
    assert world.kind(failure(message=message, container=container)) is VerdictKind.OTHER_REGISTRY
