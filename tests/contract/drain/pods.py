"""Pods of every kind that a drain tells apart, and of kinds that it must not tell apart."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Object = dict[str, Any]


class Owner(StrEnum):
    """Who manages the pod, as its ownerReferences say it."""

    NOBODY = "nobody"
    NO_CONTROLLER = "no-controller"  # owned, so that it goes with its owner, but managed by nobody
    REPLICA_SET = "replica-set"
    STATEFUL_SET = "stateful-set"
    JOB = "job"
    REPLICATION_CONTROLLER = "replication-controller"
    DAEMON_SET = "daemon-set"
    DAEMON_SET_GONE = "daemon-set-gone"
    DAEMON_SET_ORPHAN = "daemon-set-orphan"  # deleted with --cascade=orphan, so its pod has no owner any more
    OTHER_DAEMON_SET = "other-daemon-set"  # a DaemonSet of another API group, as OpenKruise has one
    CUSTOM = "custom"
    NODE = "node"  # a static pod: what the API has is the kubelet's mirror of it


KINDS = {
    Owner.NO_CONTROLLER: ("v1", "ConfigMap"),
    Owner.REPLICA_SET: ("apps/v1", "ReplicaSet"),
    Owner.STATEFUL_SET: ("apps/v1", "StatefulSet"),
    Owner.JOB: ("batch/v1", "Job"),
    Owner.REPLICATION_CONTROLLER: ("v1", "ReplicationController"),
    Owner.DAEMON_SET: ("apps/v1", "DaemonSet"),
    Owner.DAEMON_SET_GONE: ("apps/v1", "DaemonSet"),
    Owner.OTHER_DAEMON_SET: ("apps.kruise.io/v1alpha1", "DaemonSet"),
    Owner.CUSTOM: ("acme.example/v1", "Fleet"),
    Owner.NODE: ("v1", "Node"),
}

MIRROR = "kubernetes.io/config.mirror"


class Volume(StrEnum):
    EMPTY_DIR = "empty-dir"
    MEMORY = "memory"
    HOST_PATH = "host-path"
    CONFIG_MAP = "config-map"


SOURCES: dict[Volume, Object] = {
    Volume.EMPTY_DIR: {"emptyDir": {}},
    Volume.MEMORY: {"emptyDir": {"medium": "Memory"}},
    Volume.HOST_PATH: {"hostPath": {"path": "/var/data"}},
    Volume.CONFIG_MAP: {"configMap": {"name": "settings", "optional": True}},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a pod is made of, whoever owns it."""

    volumes: frozenset[Volume] = frozenset()
    init_container: bool = False

    def spec(self) -> Object:
        """The pod's spec; where it runs is not said."""
        container = {"name": "app", "image": "registry.example/app:1"}
        volumes = sorted(self.volumes)
        spec: Object = {
            "containers": [container | {"volumeMounts": [{"name": each, "mountPath": f"/{each}"} for each in volumes]}],
            "volumes": [{"name": each} | SOURCES[each] for each in volumes],
            "automountServiceAccountToken": False,
        }
        if self.init_container:
            spec["initContainers"] = [container | {"name": "init"}]
        return spec


OWNERLESS = (Owner.NOBODY, Owner.DAEMON_SET_ORPHAN)


def reference(owner: Owner, *, name: str, uid: str) -> Object:
    """An ownerReference."""
    api_version, kind = KINDS[owner]
    controller = {} if owner is Owner.NO_CONTROLLER else {"controller": True}
    return {"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, **controller}


def ephemeral_container() -> Object:
    """What `kubectl debug` adds to a running pod."""
    return {"name": "debugger", "image": "registry.example/debug:1"}
