"""The true answer about each of the ten pods, as a page, as an exit code and as JSON."""

import json
from dataclasses import dataclass

from sandbox import deployment
from tests.e2e import tenpods
from tests.e2e.caller import Caller, shown
from tests.e2e.tenpods import FAILING, GOOD, IMAGE, LONER, NAMESPACE, RUNNING, STALE, WORKLOAD

_GRANT = "gcloud artifacts repositories add-iam-policy-binding"


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """`check` is the one that settles it, and `status` its outcome; `words` must be on the page."""

    pod: str
    kind: str
    code: int
    cause: str
    check: str
    status: str = "fail"
    words: tuple[str, ...]


TRUTHS = (
    Truth(pod="all-well", kind="RECOVERED", code=0, cause="", check="pod", words=("worker: running",)),
    Truth(
        pod="no-project-grant",
        kind="GRANT_MISSING",
        code=3,
        cause="auth_denied",
        check="access",
        words=(f"{_GRANT} base --project=acme-shared", f"--member=serviceAccount:{deployment.NODES}"),
    ),
    Truth(
        pod="no-repository-grant",
        kind="GRANT_MISSING",
        code=3,
        cause="auth_denied",
        check="access",
        words=(f"{_GRANT} apps --project=acme-prod", f"--member=serviceAccount:{LONER}"),
    ),
    Truth(
        pod="workload-grant",
        kind="GRANT_MISSING",
        code=3,
        cause="auth_denied",
        check="access",
        words=(f"own account {WORKLOAD} may read the repository", f"--member=serviceAccount:{LONER}"),
    ),
    Truth(
        pod="no-image",
        kind="IMAGE_MISSING",
        code=3,
        cause="not_found",
        check="message",
        words=(f"Push {deployment.IMAGES}/nothing:v1",),
    ),
    Truth(
        pod="no-tag",
        kind="IMAGE_MISSING",
        code=3,
        cause="not_found",
        check="message",
        words=(f"Push {deployment.IMAGES}/worker:v9",),
    ),
    Truth(
        pod="wrong-platform",
        kind="PLATFORM_MISMATCH",
        code=3,
        cause="platform_mismatch",
        check="message",
        words=("docker buildx build --platform",),
    ),
    Truth(
        pod="expired-secret",
        kind="PULL_SECRET_IN_USE",
        code=3,
        cause="auth_denied",
        check="identity",
        words=(
            f"secret regcred has a credential for {deployment.REGISTRY_HOST}",
            f"kubectl delete secret regcred --namespace={NAMESPACE} && kubectl create secret docker-registry regcred ",
        ),
    ),
    Truth(
        pod="no-scopes",
        kind="SCOPES_MISSING",
        code=3,
        cause="auth_denied",
        check="scopes",
        words=(tenpods.LOGGING, "gcloud container node-pools create"),
    ),
    Truth(
        pod="stale-node",
        kind="STALE_CREDENTIALS",
        code=3,
        cause="auth_denied",
        check="time",
        status="pass",
        words=(
            f"pod {NAMESPACE}/all-well pulled {IMAGE} on {GOOD}",
            "publish node-refresh --project=acme-prod",
            f'"nodes":"{STALE}"',
        ),
    ),
)


def is_told(sre: Caller, truth: Truth) -> None:
    """On the page, by the exit code and in JSON, and nothing is changed for it."""
    before = len(sre.changes())
    page, data = (sre.run("diagnose", truth.pod, "-o", output) for output in ("text", "json"))

    for done in (page, data):
        assert (done.returncode, done.stderr) == (truth.code, ""), shown(done)
    assert page.stdout.split()[1] == truth.kind, shown(page)
    assert [each for each in truth.words if each not in page.stdout] == [], shown(page)
    (found,) = json.loads(data.stdout)["diagnoses"]
    node, image = (FAILING | RUNNING)[truth.pod]
    assert found["pods"] == [f"{NAMESPACE}/{truth.pod}"]
    assert (found["kind"], found["cause"], found["node"]) == (truth.kind, truth.cause, node), shown(data)
    assert found["image"] == ("" if truth.kind == "RECOVERED" else image)
    assert _outcomes(found["checks"])[-1] == (truth.check, truth.status), shown(data)
    assert {status for _, status in _outcomes(found["checks"])[:-1]} <= {"pass"}, shown(data)
    said = " ".join([*(each["evidence"] for each in found["checks"]), found["advice"]])
    assert [each for each in truth.words if each not in said] == [], shown(data)
    assert len(sre.changes()) == before


def all_are_told_at_once(sre: Caller) -> None:
    """One diagnosis for each cause."""
    done = sre.run("diagnose", "-o", "json")

    assert done.returncode == 3, shown(done)
    found = json.loads(done.stdout)["diagnoses"]
    told = {pod: each["kind"] for each in found for pod in each["pods"]}
    kinds = {f"{NAMESPACE}/{each.pod}": each.kind for each in TRUTHS if each.pod in FAILING}
    assert told == kinds
    together = [each["pods"] for each in found if len(each["pods"]) > 1]
    assert together == [[f"{NAMESPACE}/no-repository-grant", f"{NAMESPACE}/workload-grant"]]


def _outcomes(checks: list[dict[str, str]]) -> list[tuple[str, str]]:
    """But for what decides nothing."""
    return [(each["check"], each["status"]) for each in checks if each["status"] != "info"]
