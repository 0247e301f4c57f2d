"""Tables, as the real server lays them out for kubectl."""

import json

import httpx
import pytest

from tests.contract.kube.server import Api, Object, fresh, pod

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
MACHINE = "~Internal-IP ~External-IP ~OS-Image ~Kernel-Version ~Container-Runtime"
WORKLOAD = "~Containers ~Images ~Selector"


def _table(raw: httpx.Client, path: str) -> list[Object]:
    table = raw.get(path, headers={"accept": TABLE}).json()
    assert table["kind"] == "Table"
    names = [each["name"] for each in table["columnDefinitions"]]
    return [dict(zip(names, row["cells"], strict=True)) for row in table["rows"]]


@pytest.mark.parametrize(
    "path, columns",
    [
        ("/api/v1/nodes", f"Name Status Roles Age Version {MACHINE}"),
        ("/api/v1/pods", "Name Ready Status Restarts Age ~IP ~Node ~Nominated_Node ~Readiness_Gates"),
        ("/api/v1/events", "Last_Seen Type Reason Object ~Subobject ~Source Message ~First_Seen ~Count ~Name"),
        ("/apis/apps/v1/deployments", f"Name Ready Up-to-date Available Age {WORKLOAD}"),
        ("/apis/apps/v1/replicasets", f"Name Desired Current Ready Age {WORKLOAD}"),
        ("/apis/apps/v1/statefulsets", "Name Ready Age ~Containers ~Images"),
        ("/apis/apps/v1/daemonsets", f"Name Desired Current Ready Up-to-date Available Node_Selector Age {WORKLOAD}"),
        ("/apis/batch/v1/jobs", f"Name Status Completions Duration Age {WORKLOAD}"),
        ("/apis/policy/v1/poddisruptionbudgets", "Name Min_Available Max_Unavailable Allowed_Disruptions Age"),
        ("/apis/coordination.k8s.io/v1/leases", "Name Holder Age"),
        ("/apis/storage.k8s.io/v1/volumeattachments", "Name Attacher PV Node Attached Age"),
        ("/apis/rbac.authorization.k8s.io/v1/roles", "Name Created_At"),
        ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "Name Role Age ~Users ~Groups ~ServiceAccounts"),
    ],
)  # fmt: skip
def test_columns(raw: httpx.Client, path: str, columns: str) -> None:
    """`~` marks those of `-o wide`."""
    found = raw.get(path, headers={"accept": TABLE}).json()["columnDefinitions"]
    shown = ["~" * each["priority"] + each["name"].replace(" ", "_") for each in found]
    assert " ".join(shown) == columns


@pytest.mark.parametrize(
    "state, phase, status",
    [
        ({"waiting": {"reason": "ErrImagePull"}}, "Pending", "ErrImagePull"),
        ({"waiting": {"reason": "ImagePullBackOff"}}, "Running", "ImagePullBackOff"),
        ({"terminated": {"exitCode": 3}}, "Failed", "ExitCode:3"),
        ({"terminated": {"exitCode": 0, "signal": 9}}, "Failed", "Signal:9"),
        ({"terminated": {"exitCode": 128, "reason": "StartError"}}, "Failed", "StartError"),
        ({"terminated": {"exitCode": 0, "reason": "Completed"}}, "Succeeded", "Completed"),
        ({"running": {}}, "Running", "Running"),
    ],
)
def test_status_of_a_pod_is_what_people_know(  # noqa: PLR0917 - three of them are the row
    raw: httpx.Client, core: Api, namespace: str, node: str, state: Object, phase: str, status: str
) -> None:
    core.create_namespaced_pod(namespace, pod("web", node=node))
    container = {"name": "app", "image": "a", "imageID": "", "ready": False, "restartCount": 2, "state": state}
    core.patch_namespaced_pod_status("web", namespace, {"status": {"phase": phase, "containerStatuses": [container]}})
    row = _table(raw, f"/api/v1/namespaces/{namespace}/pods")[0]
    assert (row["Name"], row["Ready"], row["Status"], row["Restarts"]) == ("web", "0/1", status, "2")
    assert row["Node"] == node


def test_pod_that_is_going_is_terminating(raw: httpx.Client, core: Api, namespace: str, node: str) -> None:
    core.create_namespaced_pod(namespace, pod("web", node=node))
    core.delete_namespaced_pod("web", namespace)
    assert _table(raw, f"/api/v1/namespaces/{namespace}/pods")[0]["Status"] == "Terminating"


def test_init_container_that_can_not_pull_shows_through(
    raw: httpx.Client, core: Api, namespace: str, node: str
) -> None:
    init = {"name": "setup", "image": "registry.example/setup:v1"}
    core.create_namespaced_pod(namespace, pod("web", node=node, initContainers=[init]))
    waiting = {"name": "setup", "image": "a", "imageID": "", "ready": False, "restartCount": 0}
    status = {"initContainerStatuses": [{**waiting, "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
    core.patch_namespaced_pod_status("web", namespace, {"status": status})
    assert _table(raw, f"/api/v1/namespaces/{namespace}/pods")[0]["Status"] == "Init:ImagePullBackOff"


def test_node_shows_its_cordon(raw: httpx.Client, core: Api, node: str) -> None:
    core.patch_node(node, {"spec": {"unschedulable": True}})
    core.patch_node_status(node, {"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    row = next(each for each in _table(raw, "/api/v1/nodes") if each["Name"] == node)
    assert row["Status"] == "Ready,SchedulingDisabled"


@pytest.mark.parametrize("asked, beside", [("", "Partial"), ("Metadata", "Partial"), ("Object", "Pod"), ("None", None)])
def test_beside_its_cells_a_row_has_as_much_of_the_object_as_was_asked_for(
    raw: httpx.Client, core: Api, namespace: str, asked: str, beside: str | None
) -> None:
    """Whoever sorts by a field asks for the whole of it, as kubectl does."""
    core.create_namespaced_pod(namespace, pod("web"))
    path, options = f"/api/v1/namespaces/{namespace}/pods", {"includeObject": asked} if asked else {}
    watch = {"watch": "1", "timeoutSeconds": "60"}
    listed = raw.get(path, headers={"accept": TABLE}, params=options).json()
    alone = raw.get(f"{path}/web", headers={"accept": TABLE}, params=options).json()
    with raw.stream("GET", path, headers={"accept": TABLE}, params={**options, **watch}) as answer:
        first = next(answer.iter_lines())
    whole = core.read_namespaced_pod("web", namespace, _preload_content=False).json()
    partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": whole["metadata"]}

    expected = {"Partial": partial, "Pod": whole, None: None}[beside]
    for table in (listed, alone, json.loads(first)["object"]):
        assert [row["object"] for row in table["rows"]] == [expected]


@pytest.mark.parametrize("watch", [{}, {"watch": "1", "timeoutSeconds": "1"}], ids=["list", "watch"])
def test_what_nobody_knows_can_not_stand_beside_the_cells(raw: httpx.Client, watch: dict[str, str]) -> None:
    found = raw.get("/api/v1/pods", headers={"accept": TABLE}, params={"includeObject": "all", **watch})

    assert found.status_code == 400
    assert found.json()["message"] == (
        'Unable to convert to Table as requested: includeObject: Invalid value: "all": '
        "must be 'Metadata', 'Object', 'None', or empty"
    )


def test_refresh_has_the_columns_of_its_definition(raw: httpx.Client, custom: Api) -> None:
    name = fresh("table-refresh")
    spec = {"cluster": "acme/us-central1/prod", "method": "Reset"}
    body = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, "spec": spec}
    path = "/apis/repull.dev/v1alpha1/noderefreshes"
    assert raw.post(path, json=body).status_code == 201
    row = next(each for each in _table(raw, path) if each["Name"] == name)
    assert (row["Method"], row["Phase"], row["Age"][-1]) == ("Reset", None, "s")
