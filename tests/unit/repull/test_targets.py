"""What a name on the command line stands for, by what is asked of the API."""

from typing import Any, cast

import pytest

from functions.adapters.kube_api import KubeApi
from functions.errors import BadInput, NotFound, Refused
from repull import targets


class Api:
    """Objects by kind and name, and the lists that were asked for."""

    def __init__(self, **objects: Any) -> None:
        self.objects = objects
        self.lists: list[dict[str, Any]] = []
        self.listed: dict[str, list[Any]] = {}

    def get(self, resource: Any, name: str, **_: str) -> Any:
        found = self.objects.get(resource.plural)
        if isinstance(found, Exception):
            raise found
        return found if found and found["metadata"]["name"] == name else None

    def select(self, resource: Any, read: Any, **query: str) -> list[Any]:
        self.lists.append({name: value for name, value in query.items() if value})
        found = map(read, self.listed.get(resource.plural, ()))
        return [each for each in found if each is not None]


def named(name: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "apps", "uid": "1", "creationTimestamp": "2026-11-24T10:00:00Z"}
    return {"metadata": metadata, "spec": spec}


def find(api: Api, name: str) -> targets.Target:
    return targets.find(cast("KubeApi", api), name, "apps")


def test_a_name_without_a_kind_is_a_pod_s_before_it_is_a_workload_s() -> None:
    selector = {"matchLabels": {"app": "web"}}

    assert find(Api(pods=named("web"), deployments=named("web", selector=selector)), "web").asked
    assert find(Api(deployments=named("web", selector=selector)), "web").title == "deployment apps/web"


@pytest.mark.parametrize("text", ["deployment/web", "deployments/web", "deploy/web", "Deployment/web"])
def test_kinds_are_written_as_kubectl_takes_them(text: str) -> None:
    api = Api(pods=named("web"), deployments=named("web", selector={"matchLabels": {"app": "web"}}))

    assert find(api, text).title == "deployment apps/web"


def test_a_workload_is_what_its_selector_selects() -> None:
    rows = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "track", "operator": "NotIn", "values": ["canary"]},
        {"key": "app", "operator": "Exists"},
        {"key": "old", "operator": "DoesNotExist"},
    ]
    api = Api(statefulsets=named("db", selector={"matchLabels": {"app": "db"}, "matchExpressions": rows}))
    find(api, "sts/db")

    assert api.lists == [{"namespace": "apps", "labelSelector": "app=db,tier in (a,b),track notin (canary),app,!old"}]


@pytest.mark.parametrize(
    "text, plural, label",
    [("job/web", "jobs", "batch.kubernetes.io/controller-uid"), ("rs/web", "replicasets", "pod-template-hash")],
)
def test_what_a_controller_has_made_is_selected_by_the_label_that_it_gave(text: str, plural: str, label: str) -> None:
    api = Api(**{plural: named("web", selector={"matchLabels": {label: "1"}})})
    assert find(api, text).title == f"{plural.removesuffix('s')} apps/web"
    assert api.lists == [{"namespace": "apps", "labelSelector": f"{label}=1"}]


@pytest.mark.parametrize("text", ["cronjob/nightly", "cj/nightly", "CronJobs/nightly"])
def test_a_cron_job_is_the_pods_of_its_jobs(text: str) -> None:
    api = Api(cronjobs=named("nightly"))
    for owner in ("1", "another"):
        job = named(f"of-{owner}", selector={"matchLabels": {"batch.kubernetes.io/controller-uid": owner}})
        made_by = {"kind": "CronJob", "name": "nightly", "uid": owner, "apiVersion": "batch/v1", "controller": True}
        job["metadata"]["ownerReferences"] = [made_by]
        api.listed.setdefault("jobs", []).append(job)

    assert find(api, text).title == "cronjob apps/nightly"
    selector = "batch.kubernetes.io/controller-uid=1"
    assert api.lists == [{"namespace": "apps"}, {"namespace": "apps", "labelSelector": selector}]


def test_a_node_is_what_is_bound_to_it_in_any_namespace() -> None:
    api = Api(nodes=named("n1"))

    assert find(api, "node/n1").title == "node n1"
    assert api.lists == [{"fieldSelector": "spec.nodeName=n1"}]


def test_whoever_says_to_be_a_probe_is_one_in_our_namespace_alone() -> None:
    def labelled(name: str, namespace: str, **labels: str) -> dict[str, Any]:
        found = named(name, nodeName="n1", containers=[{"name": "main", "image": "app:v1"}])
        found["metadata"] |= {"namespace": namespace, "labels": labels}
        waiting = {"waiting": {"reason": "ImagePullBackOff"}}
        found["status"] = {"containerStatuses": [{"name": "main", "image": "app:v1", "state": waiting}]}
        return found

    probe = {"repull.dev/probe": "access"}
    api = Api(nodes=named("n1"))
    api.listed["pods"] = [labelled("web", "apps", **probe), labelled("p", "repull", **probe), labelled("x", "repull")]

    assert [pod.key for pod in find(api, "node/n1").pods] == ["apps/web", "repull/x"]


def test_what_is_not_there_is_said() -> None:
    kinds = "no pod, deployment, statefulset, daemonset, job, replicaset or node web"
    with pytest.raises(NotFound, match=rf"{kinds} in namespace apps$"):
        find(Api(), "web")


def test_what_may_not_be_looked_at_is_not_said_to_be_absent() -> None:
    api = Api(nodes=Refused("get nodes web: 403"))
    others = "there is no pod, deployment, statefulset, daemonset, job or replicaset web in namespace apps; "
    unknown = "whether there is a node web can't be found out: get nodes web: 403"

    with pytest.raises(Refused, match=f"^{others}{unknown}$"):
        find(api, "web")
    with pytest.raises(Refused, match=f"^{unknown}$"):
        find(api, "node/web")


def test_a_namespace_that_is_not_there_is_no_empty_one() -> None:
    with pytest.raises(NotFound, match=r"^there is no namespace apps$"):
        targets.everything(cast("KubeApi", Api()), "apps")
    for api in (Api(namespaces=named("apps")), Api(namespaces=Refused("get namespaces apps: 403"))):
        assert targets.everything(cast("KubeApi", api), "apps").pods == ()


@pytest.mark.parametrize("text", ["service/web", "pod/", "/web", ""])
def test_other_kinds_are_not_understood(text: str) -> None:
    with pytest.raises(BadInput, match="KIND/NAME"):
        find(Api(), text)
