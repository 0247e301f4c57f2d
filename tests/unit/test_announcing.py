"""What stands on the pod, for whoever looks at it with kubectl describe."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.kube_events import LONGEST
from functions.advice import advise
from functions.announcing import told
from functions.errors import Refused, Retryable
from functions.model.cluster import Pod
from functions.model.names import ClusterKey, ImageRef
from functions.model.verdict import Cause, CheckResult, CheckStatus, Subject, Verdict, VerdictKind
from functions.ports import Access, AccessAnswer
from functions.pullsecrets import SecretUse, Use
from functions.settings import Mode
from tests.unit import make
from tests.unit.diagnosing import DENIED, SETTINGS, World, failure
from tests.unit.make import ACCOUNT, IMAGE, T0

THROTTLED = failure(message=f'Failed to pull image "{IMAGE}": pull QPS exceeded')


def test_the_list_the_evidence_and_the_advice() -> None:
    world = World(access=AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS"))
    world.diagnose()
    ((pod, topic, message, warning),) = world.announced
    assert (pod, topic, warning) == ("prod-app/p1", "GRANT_MISSING", True)
    assert message.startswith("GRANT_MISSING: ✅ message, ✅ pod, ✅ identity, ")
    assert "❌ access: CANNOT_ACCESS. Grant roles/artifactregistry.reader" in message
    assert f"--member=serviceAccount:{ACCOUNT}" in message
    assert len(message) < LONGEST


PROJECT, ACCOUNT_NAME = "acme-production-europe-1234567", "gke-node-pool-account-for-apps"
IN_FULL = Subject(
    cluster=ClusterKey(project=PROJECT, location="northamerica-northeast1", name="main-production-cluster"),
    namespace="document-processing-production",
    pod="document-processing-worker-large-7d9c6b5f48-x2x5k",
    image=ImageRef.parse(f"northamerica-northeast1-docker.pkg.dev/{PROJECT}/container-images/team/worker:v2026.11.29"),
    node="gke-main-production-clus-apps-pool-large-1f0c83d2-x2x5",
    pool="apps-pool-large",
    account=f"{ACCOUNT_NAME}@{PROJECT}.iam.gserviceaccount.com",
    service_account="document-processing-worker",
)


@pytest.mark.parametrize("kind", VerdictKind)
def test_long_names_leave_the_command_whole(kind: VerdictKind) -> None:
    """Half a command is worse than none."""
    names = ("message", "pod", "identity", "registry", "supported", "machine", "scopes", "image")
    checks = [CheckResult(name=name, status=CheckStatus.PASS, evidence="fine") for name in names]
    checks.append(CheckResult(name="access", status=CheckStatus.FAIL, evidence="no " * 300))
    secret = SecretUse(name="registry-credentials", use=Use.SHOWN, evidence="", others=("ghcr.io",))
    advice = advise(kind, IN_FULL, Cause.NETWORK, retry_after=T0, secret=secret)
    message = told(Verdict(kind=kind, subject=IN_FULL, advice=advice, checks=tuple(checks)))
    assert message.endswith(advice)
    assert len(message) <= LONGEST
    assert message.count("no ") >= 30


def test_a_refresh_that_was_opened_is_no_warning() -> None:
    world = World(settings=replace(SETTINGS, propagation_seconds=0))
    world.diagnose()
    ((_, topic, message, warning),) = world.announced
    assert (topic, warning) == ("STALE_CREDENTIALS", False)
    assert "❌" not in message


def test_observe_mode_says_nothing_in_the_cluster() -> None:
    world = World(settings=replace(SETTINGS, mode=Mode.OBSERVE, propagation_seconds=0))
    for event in (failure(), THROTTLED):
        world.diagnose(event)
    assert len(world.verdicts) == 2
    assert not world.announced


@pytest.mark.parametrize("pods", [[], [make.pod("p1")]], ids=["gone", "recovered"])
def test_where_nothing_is_wrong_nothing_is_said(pods: list[Pod]) -> None:
    world = World(pods=pods)
    world.diagnose()
    assert not world.announced


def test_what_the_text_settled_costs_one_read() -> None:
    world = World()
    world.diagnose(THROTTLED)
    ((_, topic, message, _),) = world.announced
    assert topic == "NOT_A_CREDENTIAL"
    assert "❌ message: the event says rate_limited" in message
    assert world.asked == {"pods.get": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"pods": []},
        {"pods": [make.pod("p1")]},
        {"pods": [make.failing("p1", message=DENIED, uid="another")]},
        {"pods": [make.failing("p1", message=DENIED, deleting_since=T0)]},
        {"pods": [make.failing("p1", message=DENIED, image="docker.io/library/nginx:1")]},
        {"faults": {"pods.get": Retryable("no answer")}},
        {"faults": {"pods.get": Refused("forbidden")}},
    ],
    ids=["gone", "runs", "another-of-its-name", "going", "waits-for-another", "no-answer", "forbidden"],
)
def test_an_event_that_somebody_made_up_is_not_repeated(change: dict[str, Any]) -> None:
    world = World(**change)
    assert world.verdict(THROTTLED)["kind"] == "NOT_A_CREDENTIAL"
    assert not world.announced


def test_what_is_known_is_not_said_again() -> None:
    world = World(settings=replace(SETTINGS, propagation_seconds=0))
    for _ in range(3):
        world.diagnose()
        world.later(1)
    assert len(world.announced) == 1
    world.later(timedelta(seconds=SETTINGS.memory_seconds).total_seconds())
    world.diagnose()
    assert len(world.announced) == 2
