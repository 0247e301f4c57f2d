"""Controllers, service accounts, budgets, volumes."""

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.errors import Refused, Retryable
from functions.model.cluster import Attachment, Owner, PullSecret, ServiceAccount
from functions.model.placement import Requirement
from sandbox import deployment
from sandbox.kube.client import ApiError
from tests.contract.adapters.server import Server

TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "app", "image": "app:v1"}]}}
SELECTOR = {"matchLabels": {"app": "x"}}
OPTIONAL = Path(__file__).parents[3] / "infra/cluster/optional/pull-secrets.yaml"


def workload(name: str, **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "default", **metadata},
        "spec": {"selector": SELECTOR, "template": TEMPLATE, "replicas": 0},
    }


def daemon_set(name: str, **metadata: Any) -> dict[str, Any]:
    found = workload(name, **metadata)
    del found["spec"]["replicas"]
    return found


def test_whether_a_daemon_set_exists(server: Server) -> None:
    server.create("daemonsets", daemon_set("agent"))

    assert server.cluster.workloads.daemon_set_exists("default", "agent")
    assert not server.cluster.workloads.daemon_set_exists("default", "other")
    assert not server.cluster.workloads.daemon_set_exists("kube-system", "agent")


@pytest.mark.parametrize("status, error", [(403, Refused), (503, Retryable)])
def test_an_answer_that_does_not_come_says_nothing_of_a_daemon_set(
    server: Server, status: int, error: type[Exception]
) -> None:
    """Taken for gone, its pods would be taken for bare ones."""
    server.fault(verb="get", resource="daemonsets", name="agent", times=99, status=status)

    with pytest.raises(error):
        server.cluster.workloads.daemon_set_exists("default", "agent")


def test_the_deployment_behind_a_replica_set(server: Server) -> None:
    uid = server.create("deployments", workload("ocr"))["metadata"]["uid"]
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "ocr", "uid": uid, "controller": True}
    server.create("replicasets", workload("ocr-7d9", ownerReferences=[owner], labels=SELECTOR["matchLabels"]))
    server.create("replicasets", workload("alone"))
    workloads = server.cluster.workloads

    assert workloads.deployment_of("default", "ocr-7d9") == Owner(kind="Deployment", name="ocr", uid=uid)
    assert workloads.deployment_of("default", "alone") is None
    assert workloads.deployment_of("default", "gone") is None


@pytest.mark.parametrize(
    "plural, kind", [("deployments", "Deployment"), ("statefulsets", "StatefulSet"), ("daemonsets", "DaemonSet")]
)
def test_annotations_of_a_controller(server: Server, plural: str, kind: str) -> None:
    manifest = daemon_set if kind == "DaemonSet" else workload
    server.create(plural, manifest("ocr", annotations={"repull.dev/log-line": "listening"}))

    found = server.cluster.workloads.annotations("default", Owner(kind=kind, name="ocr", uid="u"))

    assert found["repull.dev/log-line"] == "listening"


@pytest.mark.parametrize("kind", ["Deployment", "Job", "SomethingOfTheirs"])
def test_annotations_of_what_is_not_there_or_not_read(server: Server, kind: str) -> None:
    assert server.cluster.workloads.annotations("default", Owner(kind=kind, name="ocr", uid="u")) == {}


@pytest.mark.parametrize("plural, kind", [("deployments", "Deployment"), ("statefulsets", "StatefulSet")])
def test_the_pods_of_a_controller_are_those_that_it_selects(server: Server, plural: str, kind: str) -> None:
    server.create(plural, workload("ocr"))
    server.pod("one", labels={"app": "x"})
    server.pod("stranger", labels={"app": "y"})

    found = server.cluster.workloads.pods("default", Owner(kind=kind, name="ocr", uid=""))

    assert [each.name for each in found] == ["one"]


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_the_pods_of_what_is_not_there_or_not_read_are_none(server: Server, kind: str) -> None:
    server.pod("one", labels={"app": "x"})

    assert server.cluster.workloads.pods("default", Owner(kind=kind, name="ocr", uid="")) == ()


def test_a_service_account_with_its_pull_secrets(server: Server) -> None:
    metadata = {"name": "ocr", "namespace": "default", "annotations": {"iam.gke.io/x": "y"}}
    server.create("serviceaccounts", {"metadata": metadata, "imagePullSecrets": [{"name": "pull"}]})

    workloads = server.diagnosed.workloads

    assert workloads.service_account("default", "ocr") == ServiceAccount(
        namespace="default", name="ocr", pull_secrets=("pull",), annotations={"iam.gke.io/x": "y"}
    )
    assert workloads.service_account("default", "nobody") is None


@pytest.fixture
def pull_secret(server: Server) -> Iterator[dict[str, str]]:
    """The data of the secret `key`, which the optional role lets the diagnosis read; ring 1 knows no roles."""
    data = {".dockerconfigjson": base64.b64encode(b'{"auths": {}}').decode()}
    secret = {"kind": "Secret", "metadata": {"name": "key"}, "type": "kubernetes.io/dockerconfigjson", "data": data}
    roles = yaml.safe_load_all(OPTIONAL.read_text().replace("PROJECT_ID", deployment.PROJECT))
    with ExitStack() as stack:
        for each in (secret, *roles):
            plural, name = f"{each['kind'].lower()}s", each["metadata"]["name"]
            try:
                server.create(plural, each, "default")
            except ApiError as error:
                if error.status != 501:
                    raise
            else:
                stack.callback(server.delete, plural, name, "default")
        yield data


def test_a_pull_secret_where_the_optional_role_lets_it_be_read(server: Server, pull_secret: dict[str, str]) -> None:
    def read(name: str) -> PullSecret | None:
        return server.diagnosed.workloads.pull_secret("default", name)

    server.await_true(lambda: allowed(read))
    assert read("key") == PullSecret(name="key", type="kubernetes.io/dockerconfigjson", data=pull_secret)
    assert read("none") is None


def allowed(read: Callable[[str], PullSecret | None]) -> bool:
    """A real server's authorizer learns of a role a moment later."""
    try:
        read("key")
    except Refused:
        return False
    return True


def test_budgets_with_every_kind_of_selector(server: Server) -> None:
    for number in range(3):
        server.pod(f"x{number}", labels={"app": "budgeted", "tier": "cache"})  # which no other test's controllers make
    expression = {"key": "tier", "operator": "NotIn", "values": ["web", "db"]}
    server.budget(
        "both", least=2, allowed=1, selector={"matchLabels": {"app": "budgeted"}, "matchExpressions": [expression]}
    )
    server.budget("all", least=3, allowed=0, selector={}, unhealthyPodEvictionPolicy="AlwaysAllow")
    server.budget("none", least=1, allowed=0)

    everything, both = server.cluster.workloads.budgets("default")

    assert (everything.name, everything.selector, everything.always_evict_unhealthy) == ("all", (), True)
    assert both.selector == (
        Requirement(key="app", operator="In", values=("budgeted",)),
        Requirement(key="tier", operator="NotIn", values=("web", "db")),
    )
    assert (both.disruptions_allowed, both.current_healthy, both.desired_healthy, both.expected_pods) == (1, 3, 2, 3)
    assert not both.always_evict_unhealthy
    assert server.cluster.workloads.budgets("kube-system") == ()


def test_volumes_attached_to_the_node(server: Server) -> None:
    inline = {
        "accessModes": ["ReadWriteOnce"],
        "csi": {"driver": "pd.csi.storage.gke.io", "volumeHandle": "disk"},
    }
    by_volume, by_pod = {"persistentVolumeName": "pvc-1"}, {"inlineVolumeSpec": inline}
    for name, node, source in (("v1", "a", by_volume), ("v2", "b", by_volume), ("v3", "a", by_pod)):
        spec = {"attacher": "pd.csi.storage.gke.io", "nodeName": node, "source": source}
        server.create("volumeattachments", {"metadata": {"name": name}, "spec": spec})

    attached = server.cluster.workloads.attached_volumes("a")

    assert attached == (Attachment(name="v1", volume="pvc-1"), Attachment(name="v3"))
    assert server.cluster.workloads.attached_volumes("c") == ()


def test_the_volume_of_a_claim(server: Server) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}
    for name, bound in (("bound", {"volumeName": "pvc-1"}), ("unbound", {})):
        claim = {"metadata": {"name": name, "namespace": "default"}, "spec": {**spec, **bound}}
        server.create("persistentvolumeclaims", claim)

    names = ("bound", "unbound", "none")
    assert [server.cluster.workloads.volume_of("default", name) for name in names] == ["pvc-1", "", ""]
    assert server.cluster.workloads.volume_of("kube-system", "bound") == ""
