"""Manifests of ordinary workloads, as a team would write them. Pure."""

from sandbox.objects.kinds import Object

_CONTAINER = "worker"
READY_LOG = "repull.dev/ready-log"


def namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def deployment(name: str, *, in_namespace: str, image: str, replicas: int, promise: str = "") -> Object:
    """`promise` is a line of every pod's log, by which the product knows that it is at work."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": in_namespace, "labels": {"app": name}, **_promising(promise)},
        "spec": {"replicas": replicas, **_selected(name, image)},
    }


def new_image(image: str) -> Object:
    """The strategic merge patch that makes a workload run it."""
    return {"spec": {"template": {"spec": {"containers": [{"name": _CONTAINER, "image": image}]}}}}


def daemon_set(name: str, *, in_namespace: str, image: str, promise: str = "") -> Object:
    """`promise` as a Deployment's."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": in_namespace, "labels": {"app": name}, **_promising(promise)},
        "spec": _selected(name, image),
    }


def budget(name: str, *, in_namespace: str, app: str, min_available: int) -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": in_namespace},
        "spec": {"minAvailable": min_available, "selector": {"matchLabels": {"app": app}}},
    }


def autoscaler(name: str, *, in_namespace: str, of: str) -> Object:
    """Of between one and three pods; nothing in the sandbox scales by it."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": in_namespace},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": of},
            "minReplicas": 1,
            "maxReplicas": 3,
        },
    }


def _promising(line: str) -> Object:
    return {"annotations": {READY_LOG: line}} if line else {}


def _selected(name: str, image: str) -> Object:
    container = {
        "name": _CONTAINER,
        "image": image,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    }
    return {
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"terminationGracePeriodSeconds": 30, "containers": [container]},
        },
    }
