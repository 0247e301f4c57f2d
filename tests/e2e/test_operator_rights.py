"""The operators' commands with the role of infra/cluster/optional/operator.yaml, as a real API server judges it."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

from sandbox import deployment
from sandbox.google.inventory import Autoscaled
from sandbox.objects.kinds import Object
from sandbox.real.binaries import Binaries
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.attached_volume import attachment
from sandbox.scenarios.stage import Stage
from tests.e2e import smallest
from tests.e2e.caller import ROOT, UNHURRIED, Caller, caller, grant, shown
from tests.e2e.standing import Standing, standing

pytestmark = pytest.mark.ring2
EMAIL = f"repull-operator@{deployment.PROJECT}.iam.gserviceaccount.com"
MANIFEST = (ROOT / "infra/cluster/optional/operator.yaml").read_text().replace("PROJECT_ID", deployment.PROJECT)
ROLE = "repull-operator"
PLAN = ("start", smallest.OTHER, "--image", smallest.IMAGE, "--dry-run")
OUTAGE = (*PLAN, "--method", "ScaleWorkloads", "--accept-outage")
BROKEN = "broken-worker"
CLAIM, VOLUME = "agent-data", "pvc-of-the-agent"


async def scene(stage: Stage) -> None:
    """Both nodes can pull, and a DaemonSet with a claim is on one of them; of one Deployment the tag is missing."""
    (cluster,) = stage.world.inventory.clusters
    cluster.autoscaled[runbook.POOL] = Autoscaled(unneeded_seconds=1e9)
    await smallest.everything_runs(stage)
    agent = workloads.daemon_set(runbook.AGENT, in_namespace=runbook.NAMESPACE, image=smallest.IMAGE)
    agent["spec"]["template"]["spec"] |= {
        "nodeName": smallest.OTHER,  # no scheduler, which would wait for the claim
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": CLAIM}}],
    }
    await stage.world.admin.create("daemonsets", agent)
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "volumeName": VOLUME}
    claim = {"metadata": {"name": CLAIM}, "spec": spec}
    await stage.world.admin.create("persistentvolumeclaims", claim, runbook.NAMESPACE)
    missing = runbook.image(smallest.WORKER, "no-such-tag")
    broken = workloads.deployment(BROKEN, in_namespace=runbook.NAMESPACE, image=missing, replicas=1)
    broken["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": smallest.OTHER}
    await stage.world.admin.create("deployments", broken)
    await stage.until(
        lambda: len(stage.world.view.list("pods", runbook.NAMESPACE)) == smallest.REPLICAS + 2, "their pods"
    )
    await stage.until(lambda: any(map(_fails, stage.world.view.list("pods", runbook.NAMESPACE))), "a failing pull")


def _fails(pod: Object) -> bool:
    states = (each["state"] for each in pod.get("status", {}).get("containerStatuses", ()))
    return any(state.get("waiting", {}).get("reason") in ("ErrImagePull", "ImagePullBackOff") for state in states)


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(ring=2, scene=scene) as found:
        yield found


@pytest.fixture(scope="module")
def operator(here: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    grant(here, EMAIL, role=ROLE)
    project = f"projects/{deployment.PROJECT}"
    here.world.policies.grant(f"serviceAccount:{EMAIL}", "roles/logging.viewer", project)
    kubectl = [str(Binaries.path("kubectl")), f"--kubeconfig={here.world.cluster.kubeconfig}", "apply", "--filename=-"]
    subprocess.run(kubectl, input=MANIFEST.encode(), check=True, capture_output=True, timeout=200)
    with caller(here, tmp_path_factory.mktemp("operator"), EMAIL) as found:
        yield found


@pytest.mark.timeout(600)
def test_every_command_works_with_exactly_what_the_role_grants(here: Standing, operator: Caller) -> None:
    """Each row is used by what is done here, so none could be left out; and nothing else is asked for."""
    (planned,) = json.loads(ran(operator, *OUTAGE, "-o", "json"))["nodes"]
    assert planned["scales"] == [f"prod-app/{BROKEN}"], planned
    assert f"volume {VOLUME} stays attached" in refused_for_its_volume(here, operator)
    started = ran(operator, "start", smallest.OTHER, "--image", smallest.IMAGE, "--yes", "-o", "json", *UNHURRIED)
    name = json.loads(started)["refresh"]
    ran(operator, "status", name, "--watch", "--timeout", "180s")
    ran(operator, "status")
    ran(operator, "pause", "--reason", "the launch is on")
    by_hand(here, "held")
    ran(operator, "pause", "held")
    ran(operator, "resume", "held")  # the cluster is paused still
    watch = operator.command("status", "held", "--watch", "--timeout", "180s")
    with subprocess.Popen(watch, cwd=ROOT, env=operator.environ, stdout=subprocess.PIPE) as watching:
        here.until(lambda: ("noderefreshes", "watch") in asked(operator), "a watch")
        ran(operator, "abort", *UNHURRIED)
        assert watching.wait(180) == 3
    ran(operator, "resume")
    ran(operator, "audit", name)

    assert asked(operator) == granted()
    assert [call for call in operator.calls() if call.status == 403] == []


@pytest.mark.parametrize("resource", ["daemonsets", "deployments", "replicasets", "horizontalpodautoscalers"])
def test_without_a_row_the_plan_names_what_is_missing(here: Standing, operator: Caller, resource: str) -> None:
    """The API server takes a moment to notice that a role has changed."""
    group, verb = ("autoscaling", "list") if resource == "horizontalpodautoscalers" else ("apps", "get")
    with without(here, resource):
        poor = becomes(operator, 1)
    becomes(operator, 0)

    assert poor.stdout == "", shown(poor)
    said = f'missing in RBAC: apiGroups: ["{group}"], resources: ["{resource}"], verbs: ["{verb}"]'
    assert said in poor.stderr, shown(poor)


def refused_for_its_volume(here: Standing, operator: Caller) -> str:
    """What the plan says while the DaemonSet's volume is attached, as the function would."""
    run, admin = here.background.run, here.world.admin
    run(admin.create("volumeattachments", attachment(VOLUME, node=smallest.OTHER)))
    try:
        (planned,) = json.loads(ran(operator, *PLAN, "-o", "json"))["nodes"]
    finally:
        run(admin.delete("volumeattachments", VOLUME))
    return " ".join(planned["refusals"])


def becomes(operator: Caller, code: int) -> subprocess.CompletedProcess[str]:
    """The first answer of the plan with this exit code."""
    end = time.monotonic() + 200
    while (done := operator.run(*OUTAGE)).returncode != code:
        assert time.monotonic() < end, shown(done)
    return done


@contextmanager
def without(here: Standing, resource: str) -> Iterator[None]:
    """The operators' role lacks this resource and nothing else, until the end."""
    run, admin = here.background.run, here.world.admin
    rules = run(admin.get("clusterroles", ROLE))["rules"]
    left = [{**rule, "resources": [each for each in rule["resources"] if each != resource]} for rule in rules]
    run(admin.patch("clusterroles", ROLE, {"rules": [rule for rule in left if rule["resources"]]}))
    try:
        yield
    finally:
        run(admin.patch("clusterroles", ROLE, {"rules": rules}))


def ran(operator: Caller, *arguments: str, code: int = 0) -> str:
    """What it printed."""
    done = operator.run(*arguments)
    assert done.returncode == code, shown(done)
    return done.stdout


def asked(operator: Caller) -> set[tuple[str, str]]:
    return {(call.resource, call.verb) for call in operator.calls() if call.api == "kubernetes"}


def granted() -> set[tuple[str, str]]:
    rules = [rule for document in yaml.safe_load_all(MANIFEST) for rule in document.get("rules", ())]
    return {(resource, verb) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]}


def by_hand(here: Standing, name: str) -> None:
    """A refresh of which nobody has told the function."""
    spec = {"cluster": deployment.CLUSTER_KEY, "image": smallest.IMAGE, "method": "Reset", "maxUnavailable": "1"}
    made = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, "spec": spec}
    here.background.run(here.world.admin.create("noderefreshes", made))
