"""What the server makes of an object that says little: every field that it adds, and no other."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.contract.kube.server import Object, fresh

_LABELS = {"app": "web"}
_SELECTOR = {"matchLabels": _LABELS}
_VOLATILE = ("uid", "creationTimestamp", "managedFields", "resourceVersion", "name", "namespace")
_CONTAINER: Object = {"name": "app", "image": "registry.example/app:v1"}
_OUTSPOKEN: Object = {
    **_CONTAINER,
    "ports": [{"containerPort": 80}],
    "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
    "readinessProbe": {"httpGet": {"port": 80}},
}
_CONTAINER_ADDS: Object = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
}
_TOKEN_MOUNT = {
    "name": "kube-api-access",
    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
    "readOnly": True,
}
_NAMESPACE_FIELD = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
_TOKEN_SOURCES = [
    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": _NAMESPACE_FIELD}]}},
]
_SPEC_ADDS: Object = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_POD_ADDS: Object = {
    **_SPEC_ADDS,
    "enableServiceLinks": True,
    "priority": 0,
    "preemptionPolicy": "PreemptLowerPriority",
    "serviceAccount": "default",
    "serviceAccountName": "default",
    "tolerations": [
        {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for key in ("not-ready", "unreachable")
    ],
}
_TEMPLATE: Object = {"metadata": {"labels": _LABELS}, "spec": {"containers": [_OUTSPOKEN]}}
_TEMPLATE_ADDS: Object = {
    "spec": {
        **_SPEC_ADDS,
        "containers": [
            {
                **_CONTAINER_ADDS,
                "ports": [{"protocol": "TCP"}],
                "env": [{"valueFrom": {"fieldRef": {"apiVersion": "v1"}}}],
                "readinessProbe": {
                    "httpGet": {"path": "/", "scheme": "HTTP"},
                    "failureThreshold": 3,
                    "periodSeconds": 10,
                    "successThreshold": 1,
                    "timeoutSeconds": 1,
                },
            }
        ],
    },
}
_FIRST = {"generation": 1}
_PODS, _APPS = "/api/v1/namespaces/{}/pods", "/apis/apps/v1/namespaces/{}"


def _pod(spec: Object, adds: Object) -> tuple[str, Object, Object]:
    born = {"phase": "Pending", "qosClass": "BestEffort"}
    return _PODS, {"spec": {"containers": [_CONTAINER], **spec}}, {"metadata": _FIRST, "spec": adds, "status": born}


_WITH_TOKEN: Object = {
    "containers": [{**_CONTAINER_ADDS, "volumeMounts": [_TOKEN_MOUNT]}],
    "volumes": [{"name": "kube-api-access", "projected": {"defaultMode": 420, "sources": _TOKEN_SOURCES}}],
}
_WITHOUT_TOKEN: Object = {"containers": [_CONTAINER_ADDS]}
_ROWS = {
    "pod": _pod({}, {**_POD_ADDS, **_WITH_TOKEN}),
    "pod without a token": _pod({"automountServiceAccountToken": False}, {**_POD_ADDS, **_WITHOUT_TOKEN}),
    "pod that nothing may displace": _pod(
        {"automountServiceAccountToken": False, "priorityClassName": "system-node-critical"},
        {**_POD_ADDS, **_WITHOUT_TOKEN, "priority": 2_000_001_000},
    ),
    "pod that tolerates all": _pod(
        {"automountServiceAccountToken": False, "tolerations": [{"operator": "Exists"}]},
        {**{key: value for key, value in _POD_ADDS.items() if key != "tolerations"}, **_WITHOUT_TOKEN},
    ),
    "deployment": (
        f"{_APPS}/deployments",
        {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
        {
            "metadata": _FIRST,
            "spec": {
                "replicas": 1,
                "revisionHistoryLimit": 10,
                "progressDeadlineSeconds": 600,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
                "template": _TEMPLATE_ADDS,
            },
            "status": {},
        },
    ),
    "replica set": (
        f"{_APPS}/replicasets",
        {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
        {"metadata": _FIRST, "spec": {"replicas": 1, "template": _TEMPLATE_ADDS}, "status": {"replicas": 0}},
    ),
    "daemon set": (
        f"{_APPS}/daemonsets",
        {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
        {
            "metadata": {**_FIRST, "annotations": {"deprecated.daemonset.template.generation": "1"}},
            "spec": {
                "revisionHistoryLimit": 10,
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
                "template": _TEMPLATE_ADDS,
            },
            "status": dict.fromkeys(
                ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"), 0
            ),
        },
    ),
    "stateful set": (
        f"{_APPS}/statefulsets",
        {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
        {
            "metadata": _FIRST,
            "spec": {
                "replicas": 1,
                "serviceName": "",
                "podManagementPolicy": "OrderedReady",
                "revisionHistoryLimit": 10,
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                "template": _TEMPLATE_ADDS,
            },
            "status": {"replicas": 0, "availableReplicas": 0},
        },
    ),
    "budget": (
        "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
        {"spec": {"selector": _SELECTOR, "minAvailable": 1}},
        {
            "metadata": _FIRST,
            "status": dict.fromkeys(("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), 0),
        },
    ),
    "lease": (
        "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
        {"spec": {"holderIdentity": "me", "renewTime": "2026-11-24T12:00:00.123456Z"}},
        {},
    ),
    "config map": ("/api/v1/namespaces/{}/configmaps", {"data": {"a": "b"}}, {}),
    "secret": ("/api/v1/namespaces/{}/secrets", {"data": {"a": "Yg=="}}, {"type": "Opaque"}),
    "event": (
        "/api/v1/namespaces/default/events",
        {"involvedObject": {"kind": "Node", "name": "a"}, "reason": "Rebooted", "message": "boot"},
        {
            "source": {},
            "reportingComponent": "",
            "reportingInstance": "",
            **dict.fromkeys(("eventTime", "firstTimestamp", "lastTimestamp")),
        },
    ),
    "node": (
        "/api/v1/nodes",
        {"status": {"capacity": {"cpu": "2"}, "conditions": [{"type": "Ready", "status": "False"}]}},
        {
            "spec": {"taints": [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]},
            "status": {
                "allocatable": {"cpu": "2"},
                "conditions": [dict.fromkeys(("lastHeartbeatTime", "lastTransitionTime"))],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
                "nodeInfo": dict.fromkeys(
                    ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion",
                     "kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture"),
                    "",
                ),
            },
        },
    ),
}  # fmt: skip


def _with(given: Any, adds: Any) -> Any:
    """Both together; the entries of two lists are told apart by their places."""
    if isinstance(given, dict) and isinstance(adds, dict):
        return {**given, **{key: _with(given[key], value) if key in given else value for key, value in adds.items()}}
    if isinstance(given, list) and isinstance(adds, list):
        return [_with(one, other) for one, other in zip(given, adds, strict=True)]
    return adds


def _settled(stored: Object) -> Object:
    """Without what is another each time."""
    metadata = {key: value for key, value in stored["metadata"].items() if key not in _VOLATILE}
    return {key: value for key, value in stored.items() if key not in {"kind", "apiVersion"}} | {"metadata": metadata}


@pytest.mark.parametrize("path, given, adds", [pytest.param(*row, id=name) for name, row in _ROWS.items()])
def test_object_is_completed(raw: httpx.Client, namespace: str, path: str, given: Object, adds: Object) -> None:
    body = {**given, "metadata": {"name": fresh("born")}}
    answer = raw.post(path.format(namespace), params={"dryRun": "All"}, json=body)
    assert answer.status_code == 201, answer.text
    stored = json.loads(re.sub(r"kube-api-access-\w{5}", "kube-api-access", answer.text))
    assert _settled(stored) == _with({**given, "metadata": {}}, adds)


def test_priority_class_that_is_not_there_is_403(raw: httpx.Client, namespace: str) -> None:
    spec = {"containers": [_CONTAINER], "priorityClassName": "nope"}
    answer = raw.post(_PODS.format(namespace), json={"metadata": {"name": "web"}, "spec": spec})
    assert (answer.status_code, answer.json()["reason"]) == (403, "Forbidden")
    assert answer.json()["message"] == 'pods "web" is forbidden: no PriorityClass with name nope was found'


def test_priority_is_its_class_s_to_say(raw: httpx.Client, namespace: str) -> None:
    spec = {"containers": [_CONTAINER], "priority": 7}
    answer = raw.post(_PODS.format(namespace), json={"metadata": {"name": "web"}, "spec": spec})
    assert (answer.status_code, "the integer value of priority (7)" in answer.json()["message"]) == (403, True)
