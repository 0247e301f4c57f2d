"""From an event to a verdict, and from a verdict to a refresh."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.errors import NotOurs, Refused, Retryable
from functions.model.cluster import Container, ContainerKind, GkeCluster, NodePool, ServiceAccount
from functions.model.refresh import RefreshPhase, RefreshStatus, Slot
from functions.model.verdict import VerdictKind
from functions.ports import Access, AccessAnswer, ImageAnswer, Presence
from functions.reply import Reply
from functions.settings import Mode
from tests.unit import make
from tests.unit.diagnosing import DENIED, SETTINGS, World, failure, puller
from tests.unit.make import ACCOUNT, IMAGE, T0

BACK_OFF = f'Back-off pulling image "{IMAGE}"'
OTHER = "us-central1-docker.pkg.dev/acme-prod/apps/other:v1"


def waiting(name: str, image: str = str(IMAGE), message: str = DENIED, **fields: Any) -> Container:
    return Container(name=name, image=image, waiting_reason="ErrImagePull", waiting_message=message, **fields)


def patient(**fields: Any) -> World:
    """A world in which nobody waits for IAM to propagate."""
    return World(settings=replace(SETTINGS, propagation_seconds=0), **fields)


# What settles it


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


@pytest.mark.parametrize(
    "message, container",
    [(f'Failed to pull image "docker.io/library/nginx:1": {DENIED}', ""), ("Error: ErrImagePull", "other")],
    ids=["by-its-image", "by-its-name"],
)
def test_of_several_containers_the_events_own_is_judged(message: str, container: str) -> None:
    other = waiting("other", "docker.io/library/nginx:1")
    world = World(pods=[make.failing("p1", containers=(waiting("main"), other))])
    assert world.kind(failure(message=message, container=container)) is VerdictKind.OTHER_REGISTRY


@pytest.mark.parametrize(
    "pod, account, kind",
    [
        ({"pull_secrets": ("key",)}, None, VerdictKind.PULL_SECRET_IN_USE),
        ({}, {"pull_secrets": ("key",)}, VerdictKind.PULL_SECRET_IN_USE),
        ({}, {"annotations": {"iam.gke.io/enable-wi-image-pull": "true"}}, VerdictKind.WORKLOAD_IDENTITY_PULL),
        ({}, {"annotations": {"iam.gke.io/enable-wi-image-pull": "false"}}, VerdictKind.STALE_CREDENTIALS),
        ({}, None, VerdictKind.STALE_CREDENTIALS),
    ],
    ids=["pods-secret", "accounts-secret", "workload-identity", "opted-out", "no-account"],
)
def test_another_identity_is_not_the_nodes_fault(pod: dict[str, Any], account: Any, kind: VerdictKind) -> None:
    accounts = {"default": ServiceAccount(namespace="prod-app", name="default", **account)} if account else {}
    world = patient(pods=[make.failing("p1", message=DENIED, **pod)], accounts=accounts)
    assert world.kind() is kind


def test_an_identity_of_its_own_is_granted_by_its_name() -> None:
    annotations = {"iam.gke.io/enable-wi-image-pull": "true"}
    accounts = {"ocr": ServiceAccount(namespace="prod-app", name="ocr", annotations=annotations)}
    world = patient(pods=[make.failing("p1", message=DENIED, service_account="ocr")], accounts=accounts)
    assert world.verdict()["advice"].endswith("/subject/ns/prod-app/sa/ocr")


@pytest.mark.parametrize(
    "change, kind",
    [
        ({"nodes": {}}, VerdictKind.UNKNOWN),
        ({"machines": False}, VerdictKind.UNKNOWN),
        ({"nodes": {"n1": make.node("n1", provider_id="gce://somebody-else/us-central1-a/n1")}}, VerdictKind.UNKNOWN),
        ({"nodes": {"n1": make.node("n1", provider_id="aws:///n1")}}, VerdictKind.UNKNOWN),
        ({"nodes": {"n1": make.node("n1", labels={})}}, VerdictKind.UNKNOWN),
        ({"account": "billing@acme-prod.iam.gserviceaccount.com"}, VerdictKind.UNKNOWN),
        ({"gke": GkeCluster(autopilot=True)}, VerdictKind.UNSUPPORTED),
        ({"nodes": {"n1": make.node("n1", os="windows")}}, VerdictKind.UNSUPPORTED),
        ({"scopes": ("https://www.googleapis.com/auth/logging.write",)}, VerdictKind.SCOPES_MISSING),
        ({"account": ""}, VerdictKind.SCOPES_MISSING),
        ({"scopes": ("https://www.googleapis.com/auth/devstorage.read_only",)}, VerdictKind.STALE_CREDENTIALS),
        ({"image": ImageAnswer(presence=Presence.MISSING, evidence="404")}, VerdictKind.IMAGE_MISSING),
        ({"image": ImageAnswer(presence=Presence.WRONG_PLATFORM, evidence="")}, VerdictKind.PLATFORM_MISMATCH),
        ({"image": ImageAnswer(presence=Presence.UNKNOWN, evidence="503")}, VerdictKind.UNKNOWN),
        ({"access": AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")}, VerdictKind.GRANT_MISSING),
        ({"access": AccessAnswer(access=Access.UNKNOWN, evidence="UNKNOWN_INFO")}, VerdictKind.UNKNOWN),
        ({"gke": GkeCluster(pools=(NodePool(name="pool-1", service_account="default"),))}, VerdictKind.UNKNOWN),
    ],
)
def test_what_else_settles_it(change: dict[str, Any], kind: VerdictKind) -> None:
    world = patient(**change)
    assert world.kind() is kind
    assert not world.refreshes or kind is VerdictKind.STALE_CREDENTIALS


def test_a_machine_of_another_project_is_not_even_asked_for() -> None:
    world = World(nodes={"n1": make.node("n1", provider_id="gce://somebody-else/us-central1-a/n1")})
    assert "not of acme-prod" in world.verdict()["message"]
    assert not world.asked["instances.get"]


def test_a_pool_may_run_as_the_projects_default_account() -> None:
    account = "123-compute@developer.gserviceaccount.com"
    gke = GkeCluster(pools=(NodePool(name="pool-1", service_account="default"),))
    assert patient(account=account, gke=gke).kind() is VerdictKind.STALE_CREDENTIALS


def test_the_first_check_that_settles_it_is_the_last_one_asked() -> None:
    world = World(scopes=())
    world.verdict()
    assert not world.asked.keys() & {"registry.image", "iam.may_pull", "pods.using"}


def test_the_image_and_the_node_are_the_pods_and_not_the_events() -> None:
    world = patient(pods=[make.failing("p1", node="n2", message=DENIED)])
    said = world.verdict(failure(message="Error: ErrImagePull", node_hint="n1"))
    assert (said["node"], said["image"]) == ("n2", str(IMAGE))
    (refresh,) = world.refreshes.values()
    assert (refresh.spec.first_nodes, refresh.spec.image) == (("n2",), IMAGE)


# Who else could pull


def test_a_pull_elsewhere_under_the_same_account_proves_it_at_once() -> None:
    world = World()
    world.pods.append(puller())
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "proven")
    assert "prod-app/puller" in said["contrast_evidence"]


def test_a_pull_on_the_same_node_says_that_its_credential_is_good() -> None:
    world = patient()
    world.pods.append(puller(node="n1"))
    assert world.kind() is VerdictKind.RECOVERED
    assert not world.refreshes


@pytest.mark.parametrize("node", ["n1", "n2"])
@pytest.mark.parametrize(
    "container, pod",
    [
        ({"running_since": T0 - timedelta(hours=2)}, {}),
        ({"running_since": None}, {}),
        ({"image_id": ""}, {}),
        ({"image": "us-central1-docker.pkg.dev/acme-prod/elsewhere/api:v1"}, {}),
        ({"pull_policy": "IfNotPresent"}, {}),
        ({}, {"pull_secrets": ("key",)}),
        ({}, {"service_account": "with-secrets"}),
    ],
    ids=["before", "not-running", "no-image", "other-repository", "on-the-disk", "by-a-secret", "by-its-account"],
)
def test_what_proves_nothing(node: str, container: dict[str, Any], pod: dict[str, Any]) -> None:
    other = puller(node=node, **pod)
    other = replace(other, containers=(replace(other.containers[0], **container),))
    secrets = ServiceAccount(namespace="prod-app", name="with-secrets", pull_secrets=("key",))
    world = patient(accounts={"with-secrets": secrets})
    world.pods.append(other)
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")


def test_a_pool_of_another_account_proves_nothing() -> None:
    pools = (
        NodePool(name="pool-1", service_account=ACCOUNT),
        NodePool(name="pool-2", service_account="other@acme-prod.iam.gserviceaccount.com"),
    )
    world = patient(gke=GkeCluster(pools=pools))
    world.nodes["n2"] = make.node("n2", labels={"cloud.google.com/gke-nodepool": "pool-2"})
    world.pods.append(puller())
    assert world.verdict()["contrast"] == "elimination"


def test_an_image_that_may_have_been_there_already_proves_nothing() -> None:
    """Only with the policy Always is a start a pull; the events that tell of pulls may be old, or made up."""
    other = puller()
    world = patient()
    world.pods.append(replace(other, containers=(replace(other.containers[0], pull_policy="IfNotPresent"),)))
    assert world.verdict()["contrast"] == "elimination"


def test_a_pull_on_the_same_node_before_the_kubelets_last_try_proves_nothing() -> None:
    other = puller(node="n1")
    world = patient()
    world.pods.append(
        replace(other, containers=(replace(other.containers[0], running_since=T0 - timedelta(minutes=6)),))
    )
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


def test_the_pods_own_other_containers_prove_nothing() -> None:
    """They pulled before this one tried."""
    world = patient(pods=[make.failing("p1", containers=(*puller().containers, waiting("other")))])
    said = world.verdict(failure(container="other"))
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")


def test_a_container_that_ended_began_to_fail_only_then() -> None:
    """It ran for an hour from the image it had; what others pulled before it ended says nothing."""
    failing = make.failing("p1", containers=(waiting("main", terminated_at=T0 - timedelta(seconds=30)),))
    world = patient(pods=[failing, puller(node="n1"), puller("elsewhere")])
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")


# Time


def test_access_must_have_held_before_a_node_is_blamed() -> None:
    world = World()
    said = world.verdict()
    assert (said["kind"], said["retry_after"]) == ("PROPAGATING", T0 + timedelta(seconds=600))
    assert not world.refreshes
    world.later(599)
    assert world.diagnose() is Reply.DUPLICATE
    world.later(1)
    said = world.verdict()
    assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "elimination")


def test_a_verdict_that_waits_for_time_stands_no_longer_than_that() -> None:
    world = World(settings=replace(SETTINGS, memory_seconds=3600))
    world.verdict()
    world.later(600)
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


def test_a_denial_in_between_begins_it_anew() -> None:
    world = World(settings=replace(SETTINGS, memory_seconds=0))
    world.verdict()
    world.later(300)
    granted, world.access = world.access, AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")
    world.verdict()
    world.later(300)
    world.access = granted
    said = world.verdict()
    assert (said["kind"], said["retry_after"]) == ("PROPAGATING", world.now + timedelta(seconds=600))


# The refresh


def test_stale_credentials_open_a_refresh_and_publish_its_first_step() -> None:
    world = patient()
    assert world.diagnose() is Reply.HANDLED
    ((name, refresh),) = world.refreshes.items()
    assert name.startswith("refresh-")
    assert len(name) <= 63
    assert (refresh.spec.account, refresh.spec.repository) == (ACCOUNT, IMAGE.repository)
    assert refresh.spec.max_unavailable == "1"
    assert world.published == [
        {"action": "continue", "cluster": "acme-prod/us-central1/main", "refresh": name, "slot": 0, "step": 0}
    ]


def test_observe_mode_writes_nothing() -> None:
    world = patient()
    world.settings = replace(world.settings, mode=Mode.OBSERVE)
    world.diagnose()
    assert not world.refreshes
    assert not world.published
    assert world.lines[-1]["event"] == "repull.observed"


def elsewhere(world: World) -> World:
    """The same cluster, seen by another process that remembers nothing."""
    return patient(refreshes=world.refreshes, now=world.now)


def test_another_process_opens_no_second_one() -> None:
    first = patient()
    first.diagnose()
    second = elsewhere(first)
    second.diagnose()
    assert len(second.refreshes) == 1


def test_a_lost_first_step_is_published_again() -> None:
    world = patient(faults={"outbox.publish_step": Retryable("no answer")})
    with pytest.raises(Retryable):
        world.diagnose()
    world.faults.clear()
    assert world.diagnose() is Reply.HANDLED
    assert len(world.published) == len(world.refreshes) == 1


@pytest.mark.parametrize(
    "status",
    [RefreshStatus(phase=RefreshPhase.RUNNING, slots=(Slot(index=0),)), RefreshStatus(phase=RefreshPhase.SUCCEEDED)],
    ids=["taken-up", "over"],
)
def test_what_was_taken_up_is_not_published_again(status: RefreshStatus) -> None:
    first = patient()
    first.diagnose()
    second = elsewhere(first)
    for name, refresh in second.refreshes.items():
        second.refreshes[name] = replace(refresh, status=status)
    assert second.diagnose() is Reply.DUPLICATE
    assert not second.published


@pytest.mark.parametrize("phase", [RefreshPhase.PENDING, RefreshPhase.SUCCEEDED])
def test_two_events_astride_the_end_of_a_window_open_one(phase: RefreshPhase) -> None:
    first = patient(now=T0 - timedelta(seconds=1))
    first.diagnose()
    for name, refresh in first.refreshes.items():
        first.refreshes[name] = replace(refresh, status=RefreshStatus(phase=phase))
    second = elsewhere(first)
    second.later(2)
    second.diagnose()
    assert len(second.refreshes) == 1


def test_the_next_window_may_open_another() -> None:
    first = patient()
    first.diagnose()
    for name, refresh in first.refreshes.items():
        first.refreshes[name] = replace(refresh, status=RefreshStatus(phase=RefreshPhase.SUCCEEDED))
    second = elsewhere(first)
    second.later(3601)
    assert second.diagnose() is Reply.HANDLED
    assert len(second.refreshes) == 2


def test_a_refresh_that_still_runs_stands_whatever_the_window() -> None:
    first = patient()
    first.diagnose()
    for name, refresh in first.refreshes.items():
        running = RefreshStatus(phase=RefreshPhase.RUNNING, slots=(Slot(index=0),))
        first.refreshes[name] = replace(refresh, status=running)
    second = elsewhere(first)
    second.later(3601)
    assert second.diagnose() is Reply.DUPLICATE
    assert len(second.refreshes) == 1


# The outside fails


@pytest.mark.parametrize("call", ["pods.get", "nodes.get", "gke.cluster", "instances.get", "pods.using"])
def test_what_fails_for_the_moment_is_asked_again(call: str) -> None:
    world = patient(faults={call: Retryable("no answer")})
    with pytest.raises(Retryable):
        world.diagnose()
    world.faults.clear()
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


@pytest.mark.parametrize("call", ["pods.get", "nodes.get", "gke.cluster", "instances.get", "pods.using"])
def test_a_refusal_is_unknown_and_names_what_is_missing(call: str) -> None:
    world = patient(faults={call: Refused("needs compute.instances.get")})
    said = world.verdict()
    assert said["kind"] == "UNKNOWN"
    assert "compute.instances.get" in said["message"]


# Noise


@pytest.mark.parametrize(
    "event",
    [
        failure(namespace="repull"),
        failure(reason="Unhealthy"),
        failure(reason="BackOff", message="Back-off restarting failed container main in pod p1"),
        failure(message='Error: secret "key" not found'),
    ],
    ids=["a-probe", "another-reason", "a-crash-loop", "no-container"],
)
def test_noise_is_dropped_before_any_question(event: Any) -> None:
    world = World()
    with pytest.raises(NotOurs):
        world.diagnose(event)
    assert not world.asked


def test_a_probe_is_noise_wherever_it_is() -> None:
    world = World(pods=[make.failing("p1", message=DENIED, labels={"repull.dev/probe": "access"})])
    with pytest.raises(NotOurs):
        world.diagnose()


# What people see


def test_a_verdict_tells_everything() -> None:
    said = patient().verdict()
    assert [check["check"] for check in said["checks"]] == [
        "message", "pod", "identity", "registry", "supported", "machine", "scopes", "image", "access", "node", "time",
    ]  # fmt: skip
    assert {check["mark"] for check in said["checks"]} == {"✅"}
    assert all(check["evidence"] for check in said["checks"])
    assert said["account"] == ACCOUNT
    assert "n1" in said["advice"]


def test_the_advice_for_a_missing_grant_is_the_command_that_grants_it() -> None:
    said = World(access=AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")).verdict()
    assert (
        "gcloud artifacts repositories add-iam-policy-binding apps --project=acme-prod --location=us-central1 "
        f"--role=roles/artifactregistry.reader --member=serviceAccount:{ACCOUNT}"
    ) in said["advice"]


def test_an_image_that_is_no_reference_is_corrected_and_not_cured() -> None:
    world = World(pods=[make.failing("p1", message=DENIED, image="Not An Image")])
    assert world.kind(failure(message="Error: ErrImagePull")) is VerdictKind.NOT_A_CREDENTIAL
