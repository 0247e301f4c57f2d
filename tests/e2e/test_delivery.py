"""What `make package` packs is all that the functions need, and the smoke test tells a good installation from a bad."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import deployment
from sandbox.functions import Function
from sandbox.google.hierarchy import ORGANIZATION
from sandbox.logagent import LogAgent
from sandbox.scenarios import runbook
from tests.e2e.caller import ROOT, Caller, caller
from tests.e2e.standing import Standing, as_json
from tests.e2e.test_bad_pull_events import good
from tools.deployed import LOCK, unpacked
from tools.elsewhere import environment

OPERATOR = f"repull-operator@{deployment.PROJECT}.iam.gserviceaccount.com"
# What is installed is kept, but somebody must be the first.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The interpreter with the requirements and no more, and main.py with the archive's files around it."""
    main, _ = unpacked(tmp_path_factory.mktemp("archive"))
    return str(environment(LOCK) / "python"), main


@pytest.fixture
def diagnose(packed: tuple[str, Path], here: Standing) -> Iterator[Function]:
    yield from deployed(packed, here, here.world.diagnose)


@pytest.fixture
def refresh(packed: tuple[str, Path], here: Standing) -> Iterator[Function]:
    yield from deployed(packed, here, here.world.refresh)


def deployed(packed: tuple[str, Path], here: Standing, like: Function) -> Iterator[Function]:
    """The same function with the same settings, but from the archive."""
    python, main = packed
    agent = LogAgent(here.world.logs, project=deployment.PROJECT, location=deployment.LOCATION)
    function = Function(
        target=like.target, environ=like.environ, on_line=agent.follow(like.target), source=main, python=python
    )
    try:
        here.background.run(function.start(), within=180)
        yield function
    finally:
        here.background.run(function.stop())


def test_a_pull_event_is_diagnosed(here: Standing, diagnose: Function) -> None:
    """The pod is read again: the clients of the cluster and of Kubernetes Engine are there."""
    answer = here.push(diagnose, as_json(good(here)))

    assert answer.status == 200
    assert answer.said("repull.verdict").startswith("RECOVERED")


def test_an_unreadable_event_is_kept(here: Standing, diagnose: Function) -> None:
    """Pub/Sub's client is there."""
    answer = here.push(diagnose, b"{not json")

    assert answer.status == 200
    assert [each.data for each in answer.dead] == [b"{not json"]


def test_a_start_is_planned(here: Standing, refresh: Function) -> None:
    image = runbook.image("ocr-worker", "v1")
    start = {"action": "start", "dryRun": True, "nodes": runbook.A1, "image": image, "reason": "test"}

    answer = here.push(refresh, as_json(start))

    assert answer.status == 200
    assert runbook.A1 in answer.said("repull.plan")


@pytest.fixture
def stranger(here: Standing, tmp_path: Path) -> Iterator[Caller]:
    with caller(here, tmp_path, email=f"somebody@{deployment.PROJECT}.iam.gserviceaccount.com") as found:
        yield found


@pytest.fixture
def deployer(here: Standing, tmp_path: Path) -> Iterator[Caller]:
    """The account that deploys: it may read the log, and publish as the operator."""
    with caller(here, tmp_path, email=f"repull-deploy@{deployment.PROJECT}.iam.gserviceaccount.com") as found:
        for role in ("roles/logging.viewer", "roles/iam.serviceAccountTokenCreator"):
            here.world.policies.grant(f"serviceAccount:{found.email}", role, ORGANIZATION)
        yield found


def smoke(deployer: Caller, home: Path, *clusters: str, within: int) -> subprocess.CompletedProcess[str]:
    outputs = home / "outputs.json"
    said = {"clusters": clusters, "step_topic": deployment.topic(deployment.STEPS_TOPIC), "operator": OPERATOR}
    outputs.write_text(json.dumps({name: {"sensitive": False, "value": value} for name, value in said.items()}))
    command = [sys.executable, "-m", "tools.smoke", str(outputs), f"--within={within}"]
    return subprocess.run(command, cwd=ROOT, env=deployer.environ, capture_output=True, text=True, check=False)


def test_a_plan_comes_back_through_the_audit_trail_and_nothing_is_changed(
    here: Standing, deployer: Caller, tmp_path: Path
) -> None:
    before, planned, minted = here.written(), here.steps("start"), minted_for(here, deployer)

    done = smoke(deployer, tmp_path, deployment.CLUSTER_KEY, within=300)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        f"{deployment.CLUSTER_KEY}: planned {len(runbook.NODES)} of {len(runbook.NODES)} nodes"
    )
    assert here.written() == before
    (dry_run,) = here.steps("start")[len(planned) :]
    assert dry_run["dryRun"] is True
    assert minted_for(here, deployer)[len(minted) :] == [OPERATOR]


def minted_for(here: Standing, deployer: Caller) -> list[str]:
    """Whose tokens they had made, in other tests too."""
    return [call.name for call in here.world.books if (call.user, call.api) == (deployer.email, "iamcredentials")]


def test_a_cluster_that_is_not_served_fails_the_smoke_test_by_name(deployer: Caller, tmp_path: Path) -> None:
    done = smoke(deployer, tmp_path, "acme-prod/us-central1/staging", within=1)

    assert done.returncode == 1
    assert "acme-prod/us-central1/staging: no plan in the audit trail within 1 s" in done.stderr
    assert "gcloud logging read --project=acme-prod" in done.stderr


def test_whoever_may_not_publish_is_told_the_permission(stranger: Caller, tmp_path: Path) -> None:
    done = smoke(stranger, tmp_path, deployment.CLUSTER_KEY, within=1)

    assert done.returncode == 1
    assert "iam.serviceAccounts.getAccessToken" in done.stderr
