"""A namespace that enforces Pod Security, as the probes' own namespace does."""

from typing import Any

import pytest

from tests.contract.kube.conftest import NewNamespace
from tests.contract.kube.server import Api, Object, pod, refusal

CONTAINER = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
POD = {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}}


def _pod(container: Object, **spec: Any) -> Object:
    body = pod("probe", **spec)
    body["spec"]["containers"][0]["securityContext"] = container
    return body


def test_careful_pod_is_taken(core: Api, new_namespace: NewNamespace) -> None:
    core.create_namespaced_pod(new_namespace(enforce="restricted"), _pod(CONTAINER, securityContext=POD))


def test_careless_pod_is_refused_and_told_everything(core: Api, new_namespace: NewNamespace) -> None:
    status = refusal(core.create_namespaced_pod, new_namespace(enforce="restricted"), pod("probe"))
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == (
        'pods "probe" is forbidden: violates PodSecurity "restricted:latest": '
        'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), '
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), '
        'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), '
        'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
        '"Localhost")'
    )


@pytest.mark.parametrize(
    "level, container, spec, words",
    [
        ("restricted", CONTAINER, {"securityContext": {**POD, "runAsUser": 0}}, "runAsUser=0"),
        (
            "restricted",
            CONTAINER,
            {"securityContext": POD, "volumes": [{"name": "v", "nfs": {"path": "/", "server": "a"}}]},
            'uses restricted volume type "nfs"',
        ),
        ("baseline", {"privileged": True}, {}, "privileged"),
        ("baseline", {}, {"hostNetwork": True}, "host namespaces (hostNetwork=true)"),
        ("baseline", {}, {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, 'hostPath volumes (volume "v")'),
    ],
)
def test_each_rule_is_named(  # noqa: PLR0917 - four of them are the row
    core: Api, new_namespace: NewNamespace, level: str, container: Object, spec: Object, words: str
) -> None:
    status = refusal(core.create_namespaced_pod, new_namespace(enforce=level), _pod(container, **spec))
    assert (status["code"], words in status["message"]) == (403, True)


def test_baseline_takes_an_ordinary_pod(core: Api, new_namespace: NewNamespace) -> None:
    core.create_namespaced_pod(new_namespace(enforce="baseline"), pod("probe"))


def test_namespace_without_the_label_takes_anything(core: Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, _pod({}, hostNetwork=True))
