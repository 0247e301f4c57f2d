"""The real kubectl, pointed at the sandbox with the kubeconfig that the demo prints."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.kube import kubeconfig
from tests.contract.kube.server import Api, Server, fresh, pod

_KUBECTL = shutil.which("kubectl")
pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(_KUBECTL is None, reason="kubectl is not installed"),
]
Kubectl = Callable[..., str]


@pytest.fixture(scope="session")
def kubectl(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    home = tmp_path_factory.mktemp("kubectl")
    config: Path = kubeconfig.write(home / "kubeconfig", url=server.url, ca=server.ca, token=server.token)

    def run(*arguments: str) -> str:
        command = [_KUBECTL or "", "--kubeconfig", str(config), "--cache-dir", str(home / "cache"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    return run


def _ready(core: Api, name: str) -> None:
    condition = {"type": "Ready", "status": "True"}
    core.patch_node_status(name, {"status": {"conditions": [condition], "nodeInfo": None}})


def test_get_shows_nodes_pods_and_refreshes(kubectl: Kubectl, core: Api, custom: Api, namespace: str) -> None:
    node, refresh = fresh("shown"), fresh("refresh")
    core.create_node({"metadata": {"name": node}, "spec": {"unschedulable": True}})
    _ready(core, node)
    core.create_namespaced_pod(namespace, pod("ocr-worker", node=node))
    spec = {"cluster": "acme/us-central1/prod", "method": "Reset"}
    body = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": refresh}, "spec": spec}
    address = {"group": "repull.dev", "version": "v1alpha1", "plural": "noderefreshes"}
    custom.create_cluster_custom_object(body=body, **address)
    progress = {"status": {"phase": "Running", "total": 4, "renewed": 1}}
    custom.patch_cluster_custom_object_status(name=refresh, body=progress, **address)
    shown = {tuple(line.split()[:4]) for line in kubectl("get", "nodes,pods,noderefreshes", "-A").splitlines()}
    assert (f"node/{node}", "Ready,SchedulingDisabled", "<none>", "0s") in {(*each[:3], "0s") for each in shown}
    assert (namespace, "pod/ocr-worker", "0/1", "Pending") in shown
    assert (f"noderefresh.repull.dev/{refresh}", "Running", "Reset", "4") in shown


def test_cordon_and_uncordon(kubectl: Kubectl, core: Api, node: str) -> None:
    kubectl("cordon", node)
    assert core.read_node(node).spec.unschedulable is True
    kubectl("uncordon", node)
    assert core.read_node(node).spec.unschedulable is None


def test_drain_evicts_and_waits(kubectl: Kubectl, core: Api, namespace: str, node: str) -> None:
    core.create_namespaced_pod(namespace, pod("web", node=node))
    core.patch_namespaced_pod_status("web", namespace, {"status": {"phase": "Succeeded"}})
    kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=20s")
    assert core.list_namespaced_pod(namespace).items == []
    assert core.read_node(node).spec.unschedulable is True


def test_describe_names_conditions_pods_and_events(kubectl: Kubectl, core: Api, namespace: str, node: str) -> None:
    _ready(core, node)
    core.create_namespaced_pod(namespace, pod("web", node=node))
    about = {"kind": "Node", "name": node, "uid": node}
    event = {"metadata": {"name": fresh("event")}, "involvedObject": about, "reason": "Rebooted", "type": "Warning"}
    times = {"firstTimestamp": "2026-11-24T12:00:00Z", "lastTimestamp": "2026-11-24T12:00:00Z", "count": 1}
    core.create_namespaced_event("default", {**event, **times, "message": "boot"})
    described = kubectl("describe", "node", node)
    assert "Rebooted" in described
    assert "Non-terminated Pods:          (1 in total)" in described


def test_wait_for_a_condition(kubectl: Kubectl, core: Api, node: str) -> None:
    _ready(core, node)
    assert "condition met" in kubectl("wait", f"node/{node}", "--for=condition=Ready", "--timeout=10s")


def test_wait_for_deletion(kubectl: Kubectl, core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    kubectl("delete", "pod", "web", "-n", namespace, "--timeout=10s")
    assert core.list_namespaced_pod(namespace).items == []


def test_logs(kubectl: Kubectl, core: Api, namespace: str, node: str) -> None:
    core.create_namespaced_pod(namespace, pod("web", node=node))
    status = {"name": "app", "image": "a", "imageID": "a", "ready": True, "restartCount": 0}
    running = {**status, "state": {"running": {"startedAt": "2026-11-24T12:00:00Z"}}}
    core.patch_namespaced_pod_status("web", namespace, {"status": {"containerStatuses": [running]}})
    assert "failed to try resolving symlinks" in kubectl("logs", "web", "-n", namespace)


def test_get_watch_prints_a_row_for_each_change(kubectl: Kubectl, core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    rows = kubectl("get", "pods", "-n", namespace, "--watch", "--request-timeout=2s").splitlines()
    assert [row.split()[0] for row in rows] == ["NAME", "web"]
