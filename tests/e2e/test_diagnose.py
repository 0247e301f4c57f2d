"""`repull diagnose` tells the truth, with the real kubeconfig of a real control plane, about ten pods at once."""

import json
from collections.abc import Iterator

import pytest

from sandbox import deployment
from tests.e2e import tenpods
from tests.e2e.caller import Caller, caller, grant, shown
from tests.e2e.standing import standing
from tests.e2e.tenpods import IMAGE, LONER, WORKLOAD
from tests.rings import rings

GRANT = "gcloud artifacts repositories add-iam-policy-binding"


@pytest.fixture(scope="module", params=rings(1, 2))
def sre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with standing(ring=request.param, scene=tenpods.scene) as here:
        grant(here)
        with caller(here, tmp_path_factory.mktemp("home")) as found:
            yield found


@pytest.mark.parametrize(
    "pod, kind, code, words",
    [
        pytest.param("all-well", "RECOVERED", 0, ["worker: running"], id="all-well"),
        pytest.param(
            "no-project-grant",
            "GRANT_MISSING",
            3,
            [f"{GRANT} base --project=acme-shared", f"--member=serviceAccount:{deployment.NODES}"],
            id="missing-grant-at-project",
        ),
        pytest.param(
            "no-repository-grant",
            "GRANT_MISSING",
            3,
            [f"{GRANT} apps --project=acme-prod", f"--member=serviceAccount:{LONER}"],
            id="missing-grant-at-repository",
        ),
        pytest.param(
            "workload-grant",
            "GRANT_MISSING",
            3,
            [f"own account {WORKLOAD} may read the repository", f"--member=serviceAccount:{LONER}"],
            id="grant-only-to-the-workloads-account",
        ),
        pytest.param("no-image", "IMAGE_MISSING", 3, [f"Push {deployment.IMAGES}/nothing:v1"], id="missing-image"),
        pytest.param("no-tag", "IMAGE_MISSING", 3, [f"Push {deployment.IMAGES}/worker:v9"], id="missing-tag"),
        pytest.param("wrong-platform", "PLATFORM_MISMATCH", 3, ["docker buildx build --platform"], id="wrong-platform"),
        pytest.param(
            "expired-secret",
            "PULL_SECRET_IN_USE",
            3,
            [f"secret regcred has a credential for {deployment.REGISTRY_HOST}", "Renew the credential"],
            id="pull-secret-expired",
        ),
        pytest.param(
            "no-scopes", "SCOPES_MISSING", 3, [tenpods.LOGGING, "gcloud container node-pools create"], id="scopes"
        ),
        pytest.param(
            "stale-node",
            "STALE_CREDENTIALS",
            3,
            [f"pod prod-app/all-well pulled {IMAGE} on {tenpods.GOOD}"],
            id="stale-node",
        ),
    ],
)
def test_it_tells_the_truth(sre: Caller, pod: str, kind: str, code: int, words: list[str]) -> None:
    done = sre.run("diagnose", pod)

    assert (done.returncode, done.stderr) == (code, ""), shown(done)
    assert done.stdout.split()[1] == kind, shown(done)
    assert [each for each in words if each not in done.stdout] == [], shown(done)
    assert sre.changes() == []


def test_all_of_them_at_once_are_a_diagnosis_for_each_cause(sre: Caller) -> None:
    done = sre.run("diagnose", "-o", "json")

    assert done.returncode == 3, shown(done)
    found = json.loads(done.stdout)["diagnoses"]
    told = {pod: each["kind"] for each in found for pod in each["pods"]}
    assert set(told) == {f"prod-app/{name}" for name in tenpods.FAILING}
    assert [each["pods"] for each in found if len(each["pods"]) > 1] == [
        ["prod-app/no-repository-grant", "prod-app/workload-grant"]
    ]
