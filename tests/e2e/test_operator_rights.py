"""The operators' commands with the role of infra/cluster/optional/operator.yaml, as a real API server judges it."""

import json
import subprocess
from collections.abc import Iterator

import pytest
import yaml

from sandbox import deployment
from sandbox.real.binaries import Binaries
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.stage import Stage
from tests.e2e import smallest
from tests.e2e.caller import ROOT, Caller, caller, grant, shown
from tests.e2e.standing import Standing, standing

pytestmark = pytest.mark.ring2
EMAIL = f"repull-operator@{deployment.PROJECT}.iam.gserviceaccount.com"
MANIFEST = (ROOT / "infra/cluster/optional/operator.yaml").read_text().replace("PROJECT_ID", deployment.PROJECT)


async def scene(stage: Stage) -> None:
    """Both nodes can pull, and a DaemonSet is on them."""
    await smallest.everything_runs(stage)
    agent = workloads.daemon_set(runbook.AGENT, in_namespace=runbook.NAMESPACE, image=smallest.IMAGE)
    await stage.world.admin.create("daemonsets", agent)
    await stage.until(
        lambda: len(stage.world.view.list("pods", runbook.NAMESPACE)) == smallest.REPLICAS + 2, "its pods"
    )


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(ring=2, scene=scene) as found:
        yield found


@pytest.fixture(scope="module")
def operator(here: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    grant(here, EMAIL, role="repull-operator")
    project = f"projects/{deployment.PROJECT}"
    here.world.policies.grant(f"serviceAccount:{EMAIL}", "roles/logging.viewer", project)
    kubectl = [str(Binaries.path("kubectl")), f"--kubeconfig={here.world.cluster.kubeconfig}", "apply", "--filename=-"]
    subprocess.run(kubectl, input=MANIFEST.encode(), check=True, capture_output=True, timeout=60)
    with caller(here, tmp_path_factory.mktemp("operator"), EMAIL) as found:
        yield found


@pytest.mark.timeout(300)
def test_every_command_works_with_exactly_what_the_role_grants(here: Standing, operator: Caller) -> None:
    """Each row is used by what is done here, so none could be left out; and nothing else is asked for."""
    name = json.loads(ran(operator, "start", smallest.OTHER, "--image", smallest.IMAGE, "--yes", "-o", "json"))[
        "refresh"
    ]
    ran(operator, "status", name, "--watch", "--timeout", "90s")
    ran(operator, "status")
    ran(operator, "pause", "--reason", "the launch is on")
    by_hand(here, "held")
    ran(operator, "pause", "held")
    ran(operator, "resume", "held")  # the cluster is paused still
    watch = operator.command("status", "held", "--watch", "--timeout", "90s")
    with subprocess.Popen(watch, cwd=ROOT, env=operator.environ, stdout=subprocess.PIPE) as watching:
        here.until(lambda: ("noderefreshes", "watch") in asked(operator), "a watch")
        ran(operator, "abort")
        assert watching.wait(90) == 3
    ran(operator, "resume")
    ran(operator, "audit", name)

    assert asked(operator) == granted()
    assert [call for call in operator.calls() if call.status == 403] == []


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
