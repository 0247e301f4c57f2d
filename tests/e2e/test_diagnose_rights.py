"""`repull diagnose` with the tokens of people who may not do everything, as a real API server judges them.

What could not be asked is ❔ and names what is missing; the exit code says that too, and nothing crashes.
"""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.real.binaries import Binaries
from tests.e2e import tenpods
from tests.e2e.caller import caller, grant, shown
from tests.e2e.standing import Standing, standing
from tests.e2e.tenpods import GOOD, IMAGE

pytestmark = pytest.mark.ring2
READS = {
    "pods": ("get", "list"),
    "serviceaccounts": ("get",),
    "nodes": ("get", "list"),
    "secrets": ("get",),
}
"""All that the command's documentation asks for in the cluster."""
Rights = dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(ring=2, scene=tenpods.scene) as found:
        yield found


def may(here: Standing, name: str, rights: Rights) -> str:
    """The e-mail address of somebody who may do this in the cluster, and ask Google everything."""
    email = f"{name}@{deployment.PROJECT}.iam.gserviceaccount.com"
    rules = [{"apiGroups": [""], "resources": [each], "verbs": list(verbs)} for each, verbs in rights.items()]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}
    subprocess.run(
        [Binaries.path("kubectl"), f"--kubeconfig={here.world.cluster.kubeconfig}", "create", "--filename=-"],
        input=json.dumps(role | {"rules": rules}).encode(),
        check=True,
        capture_output=True,
        timeout=200,
    )
    grant(here, email, role=name)
    return email


@contextmanager
def pulling(here: Standing) -> Iterator[None]:
    """The registry keeps the nodes waiting, so that no probe is over before somebody watches it."""
    over = asyncio.Event()

    async def is_over() -> None:
        await over.wait()

    async def end() -> None:
        over.set()

    fault = Fault(api="registry", user=deployment.NODES, times=10_000, before=is_over)
    here.world.faults.add(fault)
    try:
        yield
    finally:
        fault.times = 0
        here.background.run(end())


def without(resource: str) -> Rights:
    return {name: verbs for name, verbs in READS.items() if name != resource}


def missing(resource: str, verb: str) -> str:
    return f'missing in RBAC: apiGroups: [""], resources: ["{resource}"], verbs: ["{verb}"]'


def test_what_the_documentation_asks_for_is_enough(here: Standing, tmp_path: Path) -> None:
    with caller(here, tmp_path, may(here, "reads", READS)) as reader:
        done = reader.run("diagnose", "-o", "json")
        there = reader.run("diagnose", "--image", IMAGE, "--node", GOOD)

    assert (done.returncode, there.returncode) == (3, 4), shown(done) + shown(there)
    assert "missing in RBAC" not in done.stdout
    assert {pod for each in json.loads(done.stdout)["diagnoses"] for pod in each["pods"]} == {
        f"{tenpods.NAMESPACE}/{name}" for name in tenpods.FAILING
    }


@pytest.mark.parametrize(
    "resource, pod, kind",
    [
        pytest.param("serviceaccounts", "stale-node", "UNKNOWN", id="serviceaccounts"),
        pytest.param("nodes", "stale-node", "UNKNOWN", id="nodes"),
        pytest.param("secrets", "expired-secret", "PULL_SECRET_IN_USE", id="secrets"),
    ],
)
def test_what_may_not_be_read_is_named(here: Standing, tmp_path: Path, resource: str, pod: str, kind: str) -> None:
    code, status = (4, "unknown") if kind == "UNKNOWN" else (3, "fail")
    with caller(here, tmp_path, may(here, f"no-{resource}", without(resource))) as poor:
        page, data = (poor.run("diagnose", pod, "-o", output) for output in ("text", "json"))

    assert (page.returncode, page.stderr, page.stdout.split()[1]) == (code, "", kind), shown(page)
    assert missing(resource, "get") in page.stdout, shown(page)
    (found,) = json.loads(data.stdout)["diagnoses"]
    assert (data.returncode, found["kind"]) == (code, kind), shown(data)
    (told,) = (each for each in found["checks"] if missing(resource, "get") in each["evidence"])
    assert told["status"] == status
    if kind == "UNKNOWN":  # that the image is there holds all the same
        assert ("image", "pass") in [(each["check"], each["status"]) for each in found["checks"]]


@pytest.mark.parametrize("what, verb", [(("stale-node",), "get"), ((), "list")], ids=["a-pod", "a-namespace"])
def test_whoever_may_not_even_see_pods_is_told_so(
    here: Standing, tmp_path: Path, what: tuple[str, ...], verb: str
) -> None:
    with caller(here, tmp_path, may(here, f"no-pods-{verb}", {})) as nobody:
        done = nobody.run("diagnose", *what)

    assert (done.returncode, done.stdout) == (1, ""), shown(done)
    assert missing("pods", verb) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "verbs, verb, left",
    [
        pytest.param((), "create", False, id="create"),
        pytest.param(("create", "delete"), "watch", False, id="watch"),
        pytest.param(("create", "watch"), "delete", True, id="delete"),
    ],
)
def test_a_probe_that_may_not_be_made_leaves_the_diagnosis_as_it_is(
    here: Standing, tmp_path: Path, verbs: tuple[str, ...], verb: str, *, left: bool
) -> None:
    rights = READS | {"pods": (*READS["pods"], *verbs)}
    unanswered = pulling(here) if verb == "watch" else nullcontext()  # who has the answer at once need not watch
    with caller(here, tmp_path, may(here, f"probes-but-no-{verb}", rights)) as prober, unanswered:
        done = prober.run("diagnose", "--image", IMAGE, "--node", GOOD, "--probe", "--yes")
        made = [call.name for call in prober.changes() if call.verb == "create" and call.status == 201]

    assert (done.returncode, done.stderr, done.stdout.split()[1]) == (4, "", "UNKNOWN"), shown(done)
    (line, *_) = (line for line in done.stdout.splitlines() if " probe " in line)
    assert line.split()[0] == "❔", shown(done)
    assert missing("pods", verb) in line
    assert [f"kubectl delete pod {name} --namespace=repull" in line for name in made if left] == [True] * left
    there = {each["metadata"]["name"] for each in here.world.view.list("pods", "repull")}
    assert there.intersection(made) == set(made if left else ())


def test_a_token_that_has_expired_is_said(here: Standing, tmp_path: Path) -> None:
    with caller(here, tmp_path, may(here, "late", READS)) as late:
        config = json.loads(Path(late.environ["KUBECONFIG"]).read_text())
        config["users"][0]["user"] = {"token": "ya29.of-yesterday"}
        Path(late.environ["KUBECONFIG"]).write_text(json.dumps(config))
        done = late.run("diagnose")

    assert (done.returncode, done.stdout) == (1, ""), shown(done)
    assert "list pods: 401 Unauthorized; the cluster does not know whose token this is" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "content, words",
    [
        pytest.param(None, "there is no kubeconfig", id="missing"),
        pytest.param("{", "can't be read", id="broken"),
        pytest.param("[]", "can't be read", id="another-file"),
        pytest.param('{"apiVersion": "v1", "kind": "Config"}', "no context that is current", id="empty"),
    ],
)
def test_a_kubeconfig_that_is_of_no_use_is_said(
    here: Standing, tmp_path: Path, content: str | None, words: str
) -> None:
    with caller(here, tmp_path) as lost:
        config = Path(lost.environ["KUBECONFIG"])
        config.unlink()
        if content is not None:
            config.write_text(content)
        done = lost.run("diagnose")

    assert (done.returncode, done.stdout) == (1, ""), shown(done)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_without_credentials_for_google_the_cluster_is_asked_all_the_same(here: Standing, tmp_path: Path) -> None:
    with caller(here, tmp_path, may(here, "no-adc", READS)) as local:
        settled, unsettled = (
            local.run("diagnose", pod, NO_GCE_CHECK="true", GCE_METADATA_HOST="") for pod in ("no-tag", "stale-node")
        )

    assert (settled.returncode, settled.stdout.split()[1]) == (3, "IMAGE_MISSING"), shown(settled)
    assert (unsettled.returncode, unsettled.stdout.split()[1]) == (4, "UNKNOWN"), shown(unsettled)
    assert "gcloud auth application-default login" in unsettled.stdout
