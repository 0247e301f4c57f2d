"""What an account may do, by the server's own word: ring 1 reviews as RBAC does, and holds everybody to it.

The answers, and the refusals, are those of a real API server.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from functions.errors import Refused, Retryable
from functions.model.workload import Deployment, Scaling
from sandbox import manifests
from sandbox.kube.client import ApiError
from tests.contract.adapters.product import EMAIL, email
from tests.contract.adapters.server import Server

GRANT = "kubectl apply -f infra/cluster/optional/scale-workloads.yaml"
BINDING = {
    "metadata": {"name": "scale-here", "namespace": "default"},
    "roleRef": {"kind": "ClusterRole", "name": "by-hand", "apiGroup": "rbac.authorization.k8s.io"},
    "subjects": [{"kind": "User", "name": EMAIL}],
}


def deployment(name: str = "ocr", namespace: str = "default") -> Deployment:
    return Deployment(namespace=namespace, name=name, uid="u", resource_version="1")


def may_scale(server: Server, *where: str) -> Callable[[], bool]:
    return lambda: server.cluster.rights.may_scale(deployment(*where))


@contextmanager
def taken_away(server: Server) -> Iterator[None]:
    """What optional/scale-workloads.yaml grants, until the end. A real server takes a moment to notice."""
    run, may = server.ring.background.run, may_scale(server)
    try:
        run(manifests.take_away(server.admin, manifests.SCALING))
        server.await_true(lambda: not may())
        yield
    finally:
        run(manifests.add(server.admin, manifests.SCALING))
        server.await_true(may)


@contextmanager
def bound(server: Server, *names: str) -> Iterator[None]:
    """The right to patch Deployments (of these names) in the namespace `default` alone."""
    rule = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}
    named = {"resourceNames": list(names)} if names else {}
    try:
        server.create("clusterroles", {"metadata": {"name": "by-hand"}, "rules": [rule | named]})
        server.create("rolebindings", BINDING)
        yield
    finally:
        with suppress(ApiError):  # it may never have been made
            server.delete("rolebindings", "scale-here", "default")
        with suppress(ApiError):
            server.delete("clusterroles", "by-hand")


def test_the_optional_manifest_is_what_lets_the_refresh_scale(server: Server) -> None:
    assert may_scale(server)()

    with taken_away(server):
        with pytest.raises(Refused) as refused:
            server.cluster.deployments.change(deployment(), Scaling(replicas=0))
        said = f'deployments.apps "ocr" is forbidden: User "{EMAIL}" cannot patch resource "deployments" in API group'
        assert f'{said} "apps" in the namespace "default"; missing in RBAC: ' in str(refused.value)
        assert GRANT in str(refused.value)
        assert server.cluster.deployments.get("default", "ocr") is None  # to read them is granted all the same


def test_a_grant_for_one_namespace_is_seen_to_end_there(server: Server) -> None:
    with taken_away(server), bound(server):
        server.await_true(may_scale(server))

        assert not may_scale(server, "ocr", "other")()


def test_a_grant_for_one_deployment_is_seen_to_end_there(server: Server) -> None:
    with taken_away(server), bound(server, "web"):
        server.await_true(may_scale(server, "web"))

        assert not may_scale(server)()


def test_asking_is_everybodys_right_and_changes_nothing(server: Server) -> None:
    """No role of ours grants it; and the diagnosis may scale nothing."""
    assert not server.diagnosed.rights.may_scale(deployment())

    (call,) = server.books.calls(api="kubernetes")
    assert (call.verb, call.resource, call.status) == ("create", "selfsubjectaccessreviews", 201)


FAILED = "webhook authorizer: context deadline exceeded"


@pytest.mark.parametrize(
    "status, may",
    [
        ({"allowed": True, "evaluationError": FAILED}, True),  # another authorizer has said yes
        ({"allowed": False, "denied": True, "evaluationError": FAILED}, False),
        ({"allowed": False, "reason": 'RBAC: clusterrole.rbac.authorization.k8s.io "by-hand" not found'}, False),
    ],
)
def test_an_answer_counts_though_something_failed_on_the_way(
    server: Server, *, status: dict[str, Any], may: bool
) -> None:
    server.listener.review = status

    assert may_scale(server)() is may


def test_an_authorizer_that_fails_has_said_nothing(server: Server) -> None:
    """Only a plane whose authorizer is a webhook gives this answer."""
    server.listener.review = {"allowed": False, "evaluationError": FAILED}

    with pytest.raises(Retryable, match=f"Deployment default/ocr may be patched was not decided: {FAILED}"):
        may_scale(server)()


def test_a_role_that_is_not_there_is_a_plain_no(server: Server) -> None:
    with taken_away(server), bound(server):
        server.await_true(may_scale(server))
        server.delete("clusterroles", "by-hand")
        try:
            server.await_true(lambda: not may_scale(server)())
        finally:
            server.create("clusterroles", {"metadata": {"name": "by-hand"}, "rules": []})


QUESTIONS: list[tuple[str, str, str, str, str, bool]] = [
    ("repull-refresh", "patch", "", "nodes", "", True),
    ("repull-refresh", "create", "", "pods/eviction", "default", True),
    ("repull-refresh", "create", "", "pods/exec", "default", False),
    ("repull-refresh", "create", "", "pods", "default", False),
    ("repull-refresh", "create", "", "pods", "repull", True),
    ("repull-refresh", "update", "", "configmaps", "repull", True),
    ("repull-refresh", "update", "", "configmaps", "", False),
    ("repull-refresh", "list", "apps", "deployments", "", True),
    ("repull-refresh", "list", "extensions", "deployments", "", False),
    ("repull-refresh", "delete", "", "nodes", "", False),
    ("repull-diagnose", "get", "", "nodes", "", True),
    ("repull-diagnose", "patch", "", "nodes", "", False),
]


@pytest.mark.parametrize("account, verb, group, resource, namespace, allowed", QUESTIONS)
def test_a_review_answers_as_rbac_rules(
    server: Server, *, account: str, verb: str, group: str, resource: str, namespace: str, allowed: bool
) -> None:
    plural, _, part = resource.partition("/")
    about = {"verb": verb, "group": group, "resource": plural, "subresource": part, "namespace": namespace}
    given = {key: value for key, value in about.items() if value}

    answer = as_account(server, account, "create", "selfsubjectaccessreviews", review(given))

    assert answer["kind"] == "SelfSubjectAccessReview"
    assert answer["spec"] == {"resourceAttributes": given}
    assert answer["status"]["allowed"] is allowed


def test_who_may_not_is_refused_in_the_same_words(server: Server) -> None:
    with pytest.raises(ApiError) as refused:
        as_account(server, "repull-diagnose", "list", "deployments", "default")

    user = email("repull-diagnose")
    assert (refused.value.status, refused.value.reason) == (403, "Forbidden")
    assert refused.value.message == (
        f'deployments.apps is forbidden: User "{user}" cannot list resource "deployments" in API group "apps" in the '
        'namespace "default"'
    )
    with pytest.raises(ApiError) as at_all:
        as_account(server, "repull-diagnose", "delete", "nodes", "n1")
    assert at_all.value.message == (
        f'nodes "n1" is forbidden: User "{user}" cannot delete resource "nodes" in API group "" at the cluster scope'
    )


def granted(server: Server, account: str, **attributes: str) -> Callable[[], bool]:
    def may() -> bool:
        answer = as_account(server, account, "create", "selfsubjectaccessreviews", review(attributes))
        return answer["status"]["allowed"] is True

    return may


def test_who_loses_the_last_binding_may_do_nothing(server: Server) -> None:
    may = granted(server, "visitor", verb="get", resource="nodes")
    binding = {
        "metadata": {"name": "visitor"},
        "roleRef": {"kind": "ClusterRole", "name": "repull-diagnose", "apiGroup": "rbac.authorization.k8s.io"},
        "subjects": [{"kind": "User", "name": email("visitor")}],
    }
    server.create("clusterrolebindings", binding)
    try:
        server.await_true(may)
    finally:
        server.delete("clusterrolebindings", "visitor")

    server.await_true(lambda: not may())


def test_pull_secrets_are_the_diagnosiss_to_read_until_that_is_taken_away(server: Server) -> None:
    run, place = server.ring.background.run, "with-secrets"
    may = granted(server, "repull-diagnose", verb="get", resource="secrets", namespace=place)
    server.create("namespaces", {"metadata": {"name": place}})
    run(manifests.add(server.admin, manifests.PULL_SECRETS, place))
    server.await_true(may)

    run(manifests.take_away(server.admin, manifests.PULL_SECRETS, place))

    server.await_true(lambda: not may())


def review(attributes: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": {"resourceAttributes": attributes},
    }


def as_account(server: Server, account: str, verb: str, *arguments: Any) -> Any:
    """What the server answers a function's account that asks it this."""

    async def ask() -> Any:
        client = server.ring.endpoint.connect(server.ring.identities.issue(email(account)))
        try:
            return await getattr(client, verb)(*arguments)
        finally:
            await client.close()

    return server.ring.background.run(ask())
