"""What goes when its owner, its node or its namespace is gone, and what does not."""

from typing import Any

from tests.contract.kube.controllers.stage import LABELS, Stage, names
from tests.contract.kube.server import Object

_KEEP = "example.com/keep"


def _set(stage: Stage, name: str = "owner", **metadata: Any) -> Object:
    """A ReplicaSet that makes nothing."""
    spec = {"replicas": 0, "selector": {"matchLabels": {"owned": "by-nobody"}}}
    template = {"metadata": {"labels": {"owned": "by-nobody"}}, "spec": {"containers": [{"name": "app", "image": "a"}]}}
    body = {"metadata": {"name": name, **metadata}, "spec": {**spec, "template": template}}
    return stage.create("replicasets", body)


def _of(obj: Object, **more: Any) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": obj["metadata"]["name"],
        "uid": obj["metadata"]["uid"],
        **more,
    }


def _owned(stage: Stage, name: str, *owners: Object, **metadata: Any) -> None:
    spec = {"containers": [{"name": "app", "image": "app:v1"}], "schedulerName": "nobody"}
    body = {"metadata": {"name": name, "labels": LABELS, "ownerReferences": list(owners), **metadata}, "spec": spec}
    stage.create("pods", body)


def test_what_an_owner_left_behind_goes(stage: Stage) -> None:
    _owned(stage, "web", _of(_set(stage)))
    stage.delete("replicasets", "owner", propagationPolicy="Background")
    assert stage.find("replicasets", "owner") is None
    stage.until(lambda: stage.find("pods", "web") is None)


def test_what_names_an_owner_that_never_was_goes(stage: Stage) -> None:
    stranger = {**_of(_set(stage)), "uid": "11111111-2222-3333-4444-555555555555"}
    _owned(stage, "web", stranger)
    stage.until(lambda: stage.find("pods", "web") is None)
    assert stage.find("replicasets", "owner")


def test_one_owner_is_enough_to_stay(stage: Stage) -> None:
    one, two = _set(stage, "one"), _set(stage, "two")
    _owned(stage, "web", _of(one), _of(two))
    _owned(stage, "alone", _of(one))
    stage.delete("replicasets", "one", propagationPolicy="Background")
    stage.until(lambda: names(stage.list("pods")) == {"web"})


def test_owner_in_the_foreground_waits_for_what_blocks_it(stage: Stage) -> None:
    _owned(stage, "web", _of(_set(stage), blockOwnerDeletion=True), finalizers=[_KEEP])
    stage.delete("replicasets", "owner", propagationPolicy="Foreground")
    stage.until(lambda: "deletionTimestamp" in stage.get("pods", "web")["metadata"])
    owner = stage.get("replicasets", "owner")["metadata"]
    assert (owner["finalizers"], "deletionTimestamp" in owner) == (["foregroundDeletion"], True)
    stage.patch("pods", "web", {"metadata": {"$deleteFromPrimitiveList/finalizers": [_KEEP]}})
    stage.until(lambda: stage.find("replicasets", "owner") is None)


def test_owner_in_the_foreground_waits_for_nothing_else(stage: Stage) -> None:
    _owned(stage, "web", _of(_set(stage)), finalizers=[_KEEP])
    stage.delete("replicasets", "owner", propagationPolicy="Foreground")
    stage.until(lambda: stage.find("replicasets", "owner") is None)
    stage.until(lambda: "deletionTimestamp" in stage.get("pods", "web")["metadata"])
    stage.patch("pods", "web", {"metadata": {"$deleteFromPrimitiveList/finalizers": [_KEEP]}})


def test_orphans_are_left_without_an_owner(stage: Stage) -> None:
    _owned(stage, "web", _of(_set(stage)))
    stage.delete("replicasets", "owner", propagationPolicy="Orphan")
    stage.until(lambda: stage.find("replicasets", "owner") is None)
    assert "ownerReferences" not in stage.get("pods", "web")["metadata"]


def test_terminating_pod_without_a_node_is_ended(stage: Stage) -> None:
    _owned(stage, "web", finalizers=[_KEEP])
    stage.delete("pods", "web")
    stage.until(lambda: stage.get("pods", "web")["status"]["phase"] == "Failed")
    stage.patch("pods", "web", {"metadata": {"$deleteFromPrimitiveList/finalizers": [_KEEP]}})
    assert stage.find("pods", "web") is None


def test_namespace_is_emptied_and_goes(stage: Stage) -> None:
    _owned(stage, "web")
    _set(stage)
    path = f"/api/v1/namespaces/{stage.namespace}"
    assert stage.raw.delete(path).json()["status"]["phase"] == "Terminating"
    stage.until(lambda: stage.raw.get(path).status_code == 404)
    assert not stage.list("pods")
    assert not stage.list("replicasets")
    stage.raw.post("/api/v1/namespaces", json={"metadata": {"name": stage.namespace}})  # for whoever clears up


def test_namespace_waits_for_what_is_kept(stage: Stage) -> None:
    _owned(stage, "web", finalizers=[_KEEP])
    path = f"/api/v1/namespaces/{stage.namespace}"
    stage.raw.delete(path)
    stage.until(lambda: "deletionTimestamp" in stage.get("pods", "web")["metadata"])
    assert stage.raw.get(path).json()["status"]["phase"] == "Terminating"
    stage.patch("pods", "web", {"metadata": {"$deleteFromPrimitiveList/finalizers": [_KEEP]}})
    stage.until(lambda: stage.raw.get(path).status_code == 404)
    stage.raw.post("/api/v1/namespaces", json={"metadata": {"name": stage.namespace}})


def test_default_service_account_comes_back(stage: Stage) -> None:
    before = stage.get("serviceaccounts", "default")["metadata"]["uid"]
    stage.delete("serviceaccounts", "default")
    stage.until(
        lambda: (stage.find("serviceaccounts", "default") or {"metadata": {"uid": before}})["metadata"]["uid"] != before
    )
