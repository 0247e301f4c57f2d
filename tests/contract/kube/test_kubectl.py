"""The real kubectl, pointed at the server with a kubeconfig as the demo prints one."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.kube import kubeconfig
from tests.contract.kube.server import Api, Object, Server, fresh, pod

pytestmark = pytest.mark.kubectl
Kubectl = Callable[..., str]
REPULL = {"group": "repull.dev", "version": "v1alpha1", "plural": "noderefreshes"}


@pytest.fixture
def command(server: Server, tmp_path: Path) -> list[str]:
    """That calls it, as this server's administrator."""
    if server.kubectl is None:
        pytest.skip("kubectl is not installed")
    config = kubeconfig.write(tmp_path / "kubeconfig", url=server.url, ca=server.ca, token=server.token)
    return [str(server.kubectl), "--kubeconfig", str(config), "--cache-dir", str(tmp_path / "cache")]


@pytest.fixture
def kubectl(command: list[str]) -> Kubectl:
    def run(*arguments: str) -> str:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture
def refresh(custom: Api) -> str:
    """A refresh that waits for its first step."""
    name = fresh("refresh")
    spec = {"cluster": "acme/us-central1/prod", "method": "Reset"}
    body = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, "spec": spec}
    custom.create_cluster_custom_object(body=body, **REPULL)
    return name


def _ready(core: Api, name: str) -> None:
    condition = {"type": "Ready", "status": "True"}
    core.patch_node_status(name, {"status": {"conditions": [condition]}})


def test_get_shows_nodes_pods_and_refreshes(  # noqa: PLR0917 - fixtures
    kubectl: Kubectl, core: Api, custom: Api, namespace: str, node: str, refresh: str
) -> None:
    kubectl("cordon", node)
    _ready(core, node)
    core.create_namespaced_pod(namespace, pod("ocr-worker", node=node))
    progress = {"status": {"phase": "Running", "total": 4, "renewed": 1}}
    custom.patch_cluster_custom_object_status(name=refresh, body=progress, **REPULL)
    shown = {tuple(line.split()[:4]) for line in kubectl("get", "nodes,pods,noderefreshes", "-A").splitlines()}
    assert (f"node/{node}", "Ready,SchedulingDisabled", "<none>") in {each[:3] for each in shown}
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
    kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=60s")
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


def test_events_are_sorted_by_their_time(kubectl: Kubectl, core: Api, namespace: str) -> None:
    """As the runbook looks at those of repull."""
    about = {"kind": "Pod", "name": "web", "namespace": namespace}
    for name, minute in (("late", 9), ("early", 1), ("middle", 5)):
        event = {"metadata": {"name": name}, "involvedObject": about, "reason": name, "type": "Normal", "message": ""}
        time, source = f"2026-11-24T12:{minute:02}:00Z", {"component": "repull"}
        stamped = {**event, "source": source, "firstTimestamp": time, "lastTimestamp": time, "count": 1}
        core.create_namespaced_event(namespace, stamped)
    chosen = ["-n", namespace, "--field-selector", "source=repull", "--no-headers", "--sort-by=.lastTimestamp"]
    assert [line.split()[2] for line in kubectl("get", "events", *chosen).splitlines()] == ["early", "middle", "late"]


def test_wait_for_a_condition(kubectl: Kubectl, core: Api, node: str) -> None:
    _ready(core, node)
    assert "condition met" in kubectl("wait", f"node/{node}", "--for=condition=Ready", "--timeout=60s")


def test_wait_for_deletion(kubectl: Kubectl, core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    kubectl("delete", "pod", "web", "-n", namespace, "--timeout=60s")
    assert core.list_namespaced_pod(namespace).items == []


def test_get_watch_prints_a_row_for_each_change(command: list[str], core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("web"))
    watch = [*command, "get", "pods", "-n", namespace, "--watch"]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        rows = [watching.stdout.readline().split() for _ in ("heading", "now")]
        core.patch_namespaced_pod_status("web", namespace, {"status": {"phase": "Failed"}})
        rows.append(watching.stdout.readline().split())
        watching.kill()
    assert [row[:3:2] for row in rows] == [["NAME", "STATUS"], ["web", "Pending"], ["web", "Failed"]]


def test_explain_names_the_fields_of_a_refresh(kubectl: Kubectl, custom: Api) -> None:
    said = kubectl("explain", "noderefresh.spec")
    assert "KIND:       NodeRefresh" in said
    assert "maxUnavailable" in said
    assert "FIELD: method <string>" in kubectl("explain", "noderefresh.spec.method")


@pytest.mark.parametrize("condition, phase", [("Complete", "Succeeded"), ("Failed", "Failed"), ("Aborted", "Aborted")])
def test_wait_for_the_end_of_a_refresh(kubectl: Kubectl, custom: Api, refresh: str, condition: str, phase: str) -> None:
    since = "2026-11-24T12:00:00Z"
    ended: Object = {"type": condition, "status": "True", "reason": "Ended", "message": "", "lastTransitionTime": since}
    progress = {"status": {"phase": phase, "conditions": [ended]}}
    custom.patch_cluster_custom_object_status(name=refresh, body=progress, **REPULL)
    said = kubectl("wait", f"noderefresh/{refresh}", f"--for=condition={condition}", "--timeout=60s")
    assert said == f"noderefresh.repull.dev/{refresh} condition met\n"


def test_created_and_applied_from_a_file(kubectl: Kubectl, custom: Api, tmp_path: Path) -> None:
    name, file = fresh("by-file"), tmp_path / "refresh.yaml"
    spec = {"cluster": "acme/us-central1/prod", "method": "Reset"}
    body = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, "spec": spec}
    file.write_text(json.dumps(body))
    assert kubectl("create", "-f", str(file)) == f"noderefresh.repull.dev/{name} created\n"
    file.write_text(json.dumps({**body, "metadata": {"name": name, "labels": {"a": "b"}}}))
    kubectl("apply", "-f", str(file))
    assert custom.get_cluster_custom_object(name=name, **REPULL)["metadata"]["labels"] == {"a": "b"}


def test_unknown_field_in_a_file_is_named(kubectl: Kubectl, custom: Api, tmp_path: Path) -> None:
    """Its check is strict, for which a client of the API has to ask."""
    file = tmp_path / "refresh.yaml"
    spec = {"cluster": "acme/us-central1/prod", "method": "Reset", "nonsense": 1}
    body = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": "odd"}, "spec": spec}
    file.write_text(json.dumps(body))
    with pytest.raises(AssertionError, match=r'strict decoding error: unknown field "spec.nonsense"'):
        kubectl("create", "-f", str(file))


def test_a_built_in_kind_is_applied_from_a_file(kubectl: Kubectl, core: Api, namespace: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": namespace}}
    file.write_text(json.dumps({**body, "data": {"a": "1", "b": "2"}}))
    assert kubectl("apply", "-f", str(file)) == "configmap/c created\n"
    file.write_text(json.dumps({**body, "data": {"a": "3"}}))
    assert kubectl("apply", "-f", str(file)) == "configmap/c configured\n"
    assert core.read_namespaced_config_map("c", namespace).data == {"a": "3"}
    assert kubectl("apply", "-f", str(file)) == "configmap/c unchanged\n"


def test_an_unknown_field_of_a_built_in_kind_is_named(kubectl: Kubectl, namespace: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    metadata = {"name": "c", "namespace": namespace}
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "nonsense": 1}))
    with pytest.raises(AssertionError, match=r'strict decoding error: unknown field "nonsense"'):
        kubectl("apply", "-f", str(file))


@pytest.mark.parametrize(
    "field, shown",
    [
        ("deployment.spec.replicas", "FIELD: replicas <integer>"),
        ("pod.spec.containers", "FIELD: containers <[]Container>"),
        ("node.metadata.labels", "FIELD: labels <map[string]string>"),
        ("pdb.spec.selector", "FIELD: selector <LabelSelector>"),
    ],
)
def test_explain_names_the_types_of_built_in_fields(kubectl: Kubectl, field: str, shown: str) -> None:
    assert shown in kubectl("explain", field)
