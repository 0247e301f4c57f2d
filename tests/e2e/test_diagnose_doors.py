"""`repull diagnose` by each of its doors: targets, formats, probes, waiting, and callers who may not ask everything."""

import json
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.scenarios.stage import Stage
from tests.e2e import tenpods, tokens
from tests.e2e.caller import Caller, caller, shown
from tests.e2e.standing import Standing, standing
from tests.e2e.tenpods import GOOD, IMAGE, LONE, NAMESPACE, NARROW, STALE

ALONE = "nobody-else-pulls"
SOLO = f"{deployment.REGISTRY_HOST}/{deployment.PROJECT}/solo/worker:v1"
POOR = f"poor@{deployment.PROJECT}.iam.gserviceaccount.com"


async def scene(stage: Stage) -> None:
    """The ten pods, and one on the stale node of whose repository nobody else can pull: there is no contrast."""
    await tenpods.scene(stage)
    world = stage.world
    world.catalog.push(SOLO)
    repository = f"projects/{deployment.PROJECT}/locations/{deployment.LOCATION}/repositories/solo"
    world.policies.grant(f"serviceAccount:{deployment.NODES}", deployment.READER, repository)
    await world.admin.create("pods", tenpods.pod(ALONE, STALE, SOLO))
    await stage.until(lambda: tenpods.fails(stage, ALONE), "one more pod without its image")


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(scene=scene) as found:
        yield found


def told(done: subprocess.CompletedProcess[str], load: Callable[[str], Any] = json.loads) -> list[dict[str, Any]]:
    assert done.stderr == "", shown(done)
    found: list[dict[str, Any]] = load(done.stdout)["diagnoses"]
    return found


def evidence(diagnosis: dict[str, Any], name: str) -> str:
    (found,) = (check["evidence"] for check in diagnosis["checks"] if check["check"] == name)
    return str(found)


def test_a_node_is_its_failing_pods(sre: Caller) -> None:
    found = told(sre.run("diagnose", f"node/{GOOD}", "-o", "yaml"), yaml.safe_load)

    assert {pod for each in found for pod in each["pods"]} == {
        f"{NAMESPACE}/{name}" for name in ("no-image", "no-project-grant", "no-tag", "wrong-platform")
    }


def test_an_image_is_asked_about_for_one_node_of_every_pool(sre: Caller) -> None:
    done = sre.run("diagnose", "--image", IMAGE, "-o", "json")
    kinds = {each["node"]: each["kind"] for each in told(done)}

    assert done.returncode == 3, shown(done)
    assert kinds.pop(LONE) == "GRANT_MISSING"
    assert kinds.pop(NARROW) == "SCOPES_MISSING"
    assert list(kinds.values()) == ["NOT_TRIED"]
    assert set(kinds) < {GOOD, STALE}


@pytest.mark.parametrize(
    "image, node, code, kind",
    [
        pytest.param(IMAGE, GOOD, 4, "NOT_TRIED", id="nothing-in-the-way"),
        pytest.param(IMAGE, STALE, 4, "NOT_TRIED", id="nothing-in-the-way-of-a-stale-node"),
        pytest.param(f"{IMAGE}9", GOOD, 3, "IMAGE_MISSING", id="no-such-tag"),
        pytest.param(f"{deployment.IMAGES}/arm:v1", GOOD, 3, "PLATFORM_MISMATCH", id="other-platform"),
        pytest.param("quay.io/some/thing:v1", GOOD, 3, "OTHER_REGISTRY", id="other-registry"),
    ],
)
def test_an_image_needs_no_failing_pod(sre: Caller, image: str, node: str, code: int, kind: str) -> None:
    done = sre.run("diagnose", "--image", image, "--node", node)

    assert (done.returncode, done.stderr, done.stdout.split()[1]) == (code, "", kind), shown(done)
    assert "pod /" not in done.stdout


def test_a_probe_is_asked_for_first(sre: Caller) -> None:
    before = len(sre.changes())
    done = sre.run("diagnose", "stale-node", "--probe", given="yes\n")

    assert done.returncode == 2, shown(done)
    assert "use --yes" in done.stderr
    assert len(sre.changes()) == before


@pytest.mark.parametrize(
    "more, kind, code",
    [
        pytest.param((), "PROPAGATING", 4, id="at-once"),
        pytest.param(("--wait",), "STALE_CREDENTIALS", 3, id="waiting"),
    ],
)
def test_a_node_is_not_blamed_before_a_grant_has_had_its_time(
    sre: Caller, more: tuple[str, ...], kind: str, code: int
) -> None:
    here = sre.here
    here.world.fleet[STALE].make_stale()
    done = sre.run("diagnose", ALONE, *more, REPULL_PROPAGATION_SECONDS="4", REPULL_READ_AUDIT_LOG="off")

    assert (done.returncode, done.stdout.split()[1]) == (code, kind), shown(done)


@pytest.mark.parametrize(
    "seconds, kind, code, words",
    [
        pytest.param("600", "PROPAGATING", 4, "IAM may take 600 s to reach everywhere", id="perhaps-on-its-way"),
        pytest.param("0", "STALE_CREDENTIALS", 3, "by elimination, which is no proof: ", id="must-have-arrived"),
    ],
)
@pytest.mark.parametrize("what", [(ALONE,), ("--image", SOLO, "--node", STALE)], ids=["pod", "image"])
def test_a_denied_probe_leads_to_one_verdict_by_whichever_door(
    sre: Caller, what: tuple[str, ...], *, seconds: str, kind: str, code: int, words: str
) -> None:
    """Nobody else pulls from the repository, and the audit log is not read."""
    sre.here.world.fleet[STALE].make_stale()
    young = {"REPULL_READ_AUDIT_LOG": "off", "REPULL_PROPAGATION_SECONDS": seconds}
    done = sre.run("diagnose", *what, "--probe", "--yes", **young)

    assert (done.returncode, done.stderr, done.stdout.split()[1]) == (code, "", kind), shown(done)
    assert words in done.stdout


def test_who_may_not_ask_google_is_told_which_permission_is_missing(here: Standing, tmp_path: Path) -> None:
    with caller(here, tmp_path, POOR) as poor:
        done = poor.run("diagnose", "stale-node")

    assert (done.returncode, done.stdout.split()[1]) == (4, "UNKNOWN"), shown(done)
    assert "your own account needs container.clusters.get" in done.stdout


def test_what_gives_no_answer_is_named_and_the_image_is_looked_for_all_the_same(sre: Caller) -> None:
    """GKE is down: of a pod and of an image, whose pools the nodes name then."""
    down = sre.here.world.faults.add(Fault(api="container", user=sre.email, status=503, times=999))
    try:
        pod = told(sre.run("diagnose", "stale-node", "-o", "json"))
        missing, there = (told(sre.run("diagnose", "--image", image, "-o", "json")) for image in (f"{IMAGE}9", IMAGE))
    finally:
        sre.here.world.faults.clear()

    assert down.seen
    assert {each["kind"] for each in missing} == {"IMAGE_MISSING"}
    assert {each["node"] for each in there} > {LONE, NARROW}
    for each in (*pod, *there):
        last = [(check["check"], check["status"]) for check in each["checks"]][-2:]
        assert (each["kind"], last) == ("UNKNOWN", [("image", "pass"), ("answer", "unknown")])
        assert "/clusters/" in evidence(each, "answer")


def test_without_credentials_for_google_the_cluster_is_asked_all_the_same(sre: Caller) -> None:
    nowhere = {"NO_GCE_CHECK": "true"}
    settled, unsettled = sre.run("diagnose", "no-tag", **nowhere), sre.run("diagnose", "stale-node", **nowhere)

    assert (settled.returncode, settled.stdout.split()[1]) == (3, "IMAGE_MISSING"), shown(settled)
    assert (unsettled.returncode, unsettled.stdout.split()[1]) == (4, "UNKNOWN"), shown(unsettled)
    assert "gcloud auth application-default login" in unsettled.stdout


def test_credentials_for_google_that_can_not_be_read_are_named(sre: Caller, tmp_path: Path) -> None:
    """And what cannot be found out is no command to copy."""
    there = tmp_path / "key.json"
    there.write_text("{")
    done = sre.run("diagnose", "stale-node", GOOGLE_APPLICATION_CREDENTIALS=str(there))

    assert (done.returncode, done.stdout.split()[1]) == (4, "UNKNOWN"), shown(done)
    assert f"login (File {there} is not a valid json file.)" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("   → Look at the check that stays unknown")


def test_credentials_for_google_that_are_good_no_more_are_named(sre: Caller, tmp_path: Path) -> None:
    """As a token server refuses them whose sign-in was revoked."""
    with tokens.refused() as url:
        there = tmp_path / "revoked.json"
        there.write_text(json.dumps(tokens.signed_in(url)))
        done = sre.run("diagnose", "stale-node", GOOGLE_APPLICATION_CREDENTIALS=str(there))

    assert (done.returncode, done.stdout.split()[1]) == (4, "UNKNOWN"), shown(done)
    said = " ".join(done.stdout.split())
    assert "no token to ask with: your application default credentials give no token" in said
    assert "make new ones with gcloud auth application-default login (" in said
    assert tokens.REASON in said


@pytest.mark.parametrize("arguments", [["no-tag"], ["-o", "json"]], ids=["little", "more-than-a-buffer-holds"])
def test_a_reader_who_has_enough_is_no_failure(sre: Caller, arguments: list[str]) -> None:
    """The exit code stays the diagnosis' own."""
    shell = ["bash", "-o", "pipefail", "-c", f"{shlex.join(sre.command('diagnose', *arguments))} | true"]
    done = subprocess.run(shell, env=sre.environ, capture_output=True, encoding="utf-8", timeout=200, check=False)

    assert (done.returncode, done.stderr) == (3, ""), shown(done)


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        pytest.param(["nonesuch"], 1, "there is no pod, deployment", id="not-there"),
        pytest.param(["deployment", "nonesuch"], 1, "there is no deployment nonesuch", id="kind-and-name"),
        pytest.param(["pod", "a", "b"], 2, "WHAT is one thing", id="several"),
        pytest.param(["no-tag", "--image", IMAGE], 2, "--image goes without a name", id="a-pod-and-an-image"),
        pytest.param(["--image", IMAGE, "--node", "nonesuch"], 1, "there is no node nonesuch", id="no-node"),
        pytest.param(["-n", "nonesuch"], 1, "there is no namespace nonesuch", id="no-namespace"),
        pytest.param(["-n", ".."], 2, "'..' is not accepted", id="no-namespaces-name"),
        pytest.param(["--image", IMAGE, "--node", "../x"], 2, "'../x' is not accepted", id="no-nodes-name"),
        pytest.param([""], 2, "KIND/NAME", id="no-name"),
        pytest.param(["service/web"], 2, "KIND/NAME", id="no-kind-of-ours"),
        pytest.param(["--image", "Not an image"], 2, "HOST/PATH", id="no-image"),
        pytest.param(["--wait", "--image", IMAGE], 2, "--wait goes without --image", id="waiting-for-an-image"),
        pytest.param(["--node", "n1"], 2, "--node goes with --image", id="node-alone"),
        pytest.param(["--cluster", "main"], 2, "project/location/name", id="no-cluster"),
        pytest.param(["--context", "other"], 1, "no context other", id="no-context"),
        pytest.param(["--cluster", "a/b/c"], 1, "get-credentials c --location=b --project=a", id="other-cluster"),
    ],
)
def test_what_cannot_be_done_is_said(sre: Caller, arguments: list[str], code: int, words: str) -> None:
    done = sre.run("diagnose", *arguments)

    assert (done.returncode, done.stdout) == (code, ""), shown(done)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_where_nothing_fails_nothing_is_wrong(sre: Caller) -> None:
    done = sre.run("diagnose", "-n", "default")

    assert (done.returncode, done.stdout) == (0, "Nothing in namespace default waits for an image.\n"), shown(done)


def test_a_node_that_has_just_pulled_is_blamed_no_more(sre: Caller) -> None:
    """Its credential is renewed while somebody looks: the probe is the later word."""

    async def renew() -> None:
        sre.here.world.fleet[STALE].renew_token()

    sre.here.world.faults.add(Fault(api="kubernetes", user=sre.email, verb="create", resource="pods", before=renew))
    try:
        done = sre.run("diagnose", "stale-node", "--probe", "--yes")
    finally:
        sre.here.background.run(tenpods.ail_again(sre.here.stage, {ALONE: (STALE, SOLO)}))

    assert (done.returncode, done.stdout.split()[1]) == (0, "RECOVERED"), shown(done)
