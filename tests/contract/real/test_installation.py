"""`make install` and `make uninstall` at a real control plane: what is applied is the base, and nothing of it stays."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions import ownership
from functions.adapters.tokens import Tokens
from functions.errors import Conflict
from functions.model.cluster import Node, NodeChange
from functions.model.names import ClusterKey
from functions.model.refresh import Outcome
from functions.ports import Cluster, Stop
from functions.replicas import REPLICAS, SCALED_BY
from sandbox import deployment
from sandbox.kube import KubeClient
from tests.contract.adapters.product import Issued, adapters, email
from tests.contract.rbac.stage import spec
from tests.ringtwo import RingTwo, opened
from tools.kustomize import BASE, Installation, write

# Each starts kubectl a dozen times, and nothing in it is about how long that takes.
pytestmark = [pytest.mark.ring2, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[3]
OPTIONAL = tuple(sorted((BASE / "optional").glob("*.yaml")))
OURS = "crd,ns,clusterrole,clusterrolebinding,role,rolebinding,serviceaccount"
REFRESH = "manual-0123456789"
FOREIGN = {"key": "team", "value": "a", "effect": "NoSchedule"}
STOPPED = Stop(
    instance="42",
    provider_id="gce://acme-prod/us-central1-a/off",
    group="https://compute.googleapis.com/compute/v1/projects/acme-prod/zones/us-central1-a/instanceGroupManagers/a",
    refresh=REFRESH,
    at=datetime(2026, 11, 29, tzinfo=UTC),
    target_size=3,
    target_stopped_size=0,
)


Change = Callable[[Node], NodeChange | None]


def cordon(*, before: bool) -> Change:
    return lambda node: ownership.cordon(node, REFRESH, cordoned_before=before, now=STOPPED.at)


def stale(node: Node) -> NodeChange | None:
    return ownership.taint_stale(node, REFRESH, any_passed=True)


def failed(_: Node) -> NodeChange:
    return ownership.mark(REFRESH, Outcome.FAILED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Somewhere:
    """A real control plane, an administrator's shell, and the adapters of the refresh function's account."""

    ring: RingTwo
    admin: KubeClient
    cluster: Cluster

    def make(self, module: str, *options: str) -> subprocess.CompletedProcess[str]:
        """As the target of that name does."""
        environ = {**os.environ, "KUBECONFIG": str(self.ring.plane.kubeconfig)}
        environ["PATH"] += f"{os.pathsep}{self.ring.kubectl.parent}"
        command = [sys.executable, "-m", f"tools.{module}", deployment.CLUSTER_KEY, *options]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)

    def kubectl(self, *arguments: str) -> str:
        command = [str(self.ring.kubectl), f"--kubeconfig={self.ring.plane.kubeconfig}", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def node(self, name: str, *changes: Change, **spec: Any) -> None:
        """A node on which the refresh function has written, in between others who write on it."""
        self.ring.background.run(self.admin.create("nodes", {"metadata": {"name": name}, "spec": spec}))
        for change in changes:
            while not self._changed(name, change):
                pass

    def _changed(self, name: str, change: Change) -> bool:
        """Whether it could be written; False where somebody wrote first."""
        found = self.found(name)
        wanted = change(found)
        assert wanted
        try:
            self.cluster.nodes.change(found, wanted)
        except Conflict:
            return False
        return True

    def scaled_to_zero(self, name: str, *, had: int) -> None:
        """A Deployment as an outage leaves it."""
        noted = {"labels": {SCALED_BY: REFRESH}, "annotations": {REPLICAS: str(had)}}
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app", "image": "app:v1"}]}}
        spec = {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template}
        made = {"metadata": {"name": name, "namespace": "default", **noted}, "spec": spec}
        self.ring.background.run(self.admin.create("deployments", made))

    def node_object(self, name: str) -> Any:
        return self.ring.background.run(self.admin.get("nodes", name))

    def found(self, name: str) -> Node:
        found = self.cluster.nodes.get(name)
        assert found
        return found

    def ours(self) -> list[str]:
        """What is there that bears our name."""
        everything = self.kubectl("get", OURS, "--all-namespaces", "--output=name").split()
        return [name for name in everything if "repull" in name or name.endswith("/probe")]


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Somewhere]:
    with opened(tmp_path_factory.mktemp("installation")) as ring:
        plane = ring.plane
        admin = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token)
        api, cluster = adapters(
            url=plane.url, ca=plane.ca, tokens=Tokens(Issued(ring.identities, email("repull-refresh")))
        )
        yield Somewhere(ring=ring, admin=admin, cluster=cluster)
        api.close()
        ring.background.run(admin.close())


@pytest.fixture
def installed(somewhere: Somewhere) -> Somewhere:
    """Installed, and with nothing from another test."""
    done = somewhere.make("install")
    assert (done.returncode, done.stderr) == (0, "")
    for leftover in (
        *((kind, "--all") for kind in ("noderefreshes", "nodes", "deployments")),
        ("configmap", "stopped", "--namespace=repull"),
    ):
        somewhere.kubectl("delete", "--ignore-not-found", *leftover)
    return somewhere


def test_what_is_applied_is_the_base_with_the_accounts_and_the_topic_put_in(
    somewhere: Somewhere, tmp_path: Path
) -> None:
    overlay = write(
        tmp_path / "overlay", Installation.of(deployment.PROJECT, cluster=ClusterKey.parse(deployment.CLUSTER_KEY))
    )

    base = somewhere.kubectl("kustomize", str(BASE))

    assert "PROJECT_ID" in base
    named = base.replace("PROJECT_ID/LOCATION/CLUSTER", deployment.CLUSTER_KEY).replace(
        "PROJECT_ID", deployment.PROJECT
    )
    assert somewhere.kubectl("kustomize", str(overlay)) == named


def test_an_installation_is_changed_in_place_and_nobody_else_is_let_in(installed: Somewhere) -> None:
    before = installed.ours()
    other = "sre-bot@tools.iam.gserviceaccount.com"
    may = ("auth", "can-i", "--list", f"--as={other}")
    assert "nodes" not in installed.kubectl(*may)

    assert installed.make("install", f"--refresh={other}").returncode == 0

    assert installed.ours() == before != []
    assert "nodes" in installed.kubectl(*may)
    assert "nodes" not in installed.kubectl("auth", "can-i", "--list", f"--as={email('repull-refresh')}")


def test_a_context_of_another_cluster_is_refused(somewhere: Somewhere) -> None:
    done = somewhere.make("install", "--context=gke_other_us-central1_main")

    assert done.returncode == 1
    assert "gke_other_us-central1_main" in done.stderr


def test_nothing_is_taken_away_while_something_is_under_way(installed: Somewhere) -> None:
    installed.cluster.refreshes.create(REFRESH, spec())
    installed.cluster.stops.note(STOPPED)
    installed.node("cordoned", cordon(before=False))
    installed.scaled_to_zero("web", had=3)

    done = installed.make("uninstall")

    assert done.returncode == 1
    assert f"refresh {REFRESH} is not over" in done.stderr
    assert "machine gce://acme-prod/us-central1-a/off was stopped" in done.stderr
    assert f"Deployment default/web was scaled to zero by {REFRESH}" in done.stderr
    assert "kubectl scale deployment web --namespace=default --replicas=3" in done.stderr
    assert f"node cordoned is cordoned by {REFRESH}" in done.stderr
    assert done.stdout == ""
    assert installed.found("cordoned").unschedulable


def test_nothing_of_ours_is_left_and_nothing_else_is_touched(installed: Somewhere) -> None:
    for file in OPTIONAL:
        namespace = ("--namespace=default",) if file.stem == "pull-secrets" else ()
        installed.kubectl("apply", *namespace, f"--filename={file}")
    installed.node("cordoned", cordon(before=False), stale, failed, taints=[FOREIGN])
    installed.node("cordoned-before", cordon(before=True), unschedulable=True)
    installed.node("excluded", lambda _: NodeChange(labels={ownership.EXCLUDE: "true"}), unschedulable=True)

    done = installed.make("uninstall", "--uncordon")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 nodes are as repull had found them.")
    assert installed.ours() == []
    nodes = {name: installed.node_object(name) for name in ("cordoned", "cordoned-before", "excluded")}
    assert {name: bool(each["spec"].get("unschedulable")) for name, each in nodes.items()} == {
        "cordoned": False,
        "cordoned-before": True,
        "excluded": True,
    }
    assert [name for name, each in nodes.items() if ownership.PREFIX in json.dumps(each["metadata"])] == ["excluded"]
    assert ownership.SCALE_DOWN_DISABLED not in json.dumps(nodes["cordoned"])
    assert [taint for taint in nodes["cordoned"]["spec"]["taints"] if not taint["key"].startswith("node.")] == [FOREIGN]

    assert installed.make("uninstall").returncode == 0  # of what is gone already
