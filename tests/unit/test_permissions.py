"""Each account may do in Google Cloud and in the cluster what the code asks for, and nothing else.

That the file's permissions are the roles' and reach the accounts is tests/infra/test_roles.py; that a verb of RBAC is
needed by the job that stands for it here is tests/contract/rbac/test_least_privilege.py, on a real API server.
"""

import copy
import json
import pkgutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions import adapters
from functions.adapters import kube_deployments, kube_workloads
from tests import permissions
from tests.contract.rbac import manifest
from tests.contract.rbac.jobs import JOBS

INFRA = Path(__file__).parents[2] / "infra"
GOOGLE: dict[str, dict[str, list[str]]] = {
    account: scopes
    for account, scopes in json.loads((INFRA / "terraform" / "permissions.json").read_text()).items()
    if account in permissions.ACCOUNTS
}
"""By account of a function and by where it is granted; what people need, tests/unit/test_terraform.py looks at."""
FOREIGN = ("compute.instances.delete", "container.clusters.update", "secretmanager.versions.access")
"""Permissions that nothing here asks for."""
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
ROLES = {
    document["metadata"]["name"]: document for document in manifest.documents() if document["kind"] == "ClusterRole"
}
WRITES = {"create", "update", "patch", "delete", "deletecollection"}

Row = tuple[str, str, str]
Documents = list[dict[str, Any]]


def modules() -> list[Any]:
    return [import_module(f"{adapters.__name__}.{module.name}") for module in pkgutil.iter_modules(adapters.__path__)]


def declared() -> set[Any]:
    """Beside the calls of all adapters; a Google permission is one word, a Kubernetes one a row."""
    return {permission for module in modules() for permission in getattr(module, "PERMISSIONS", ())}


def rows(role: dict[str, Any]) -> Iterator[Row]:
    """API group, resource, verb: all that the role's rules allow."""
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    yield group, resource, verb


def wrong_in_google(granted: Mapping[str, Mapping[str, Sequence[str]]]) -> set[str]:
    """What is missing and what is too much, as sentences."""
    found = set()
    for account in permissions.ACCOUNTS:
        has = Counter(permission for scope in granted[account].values() for permission in scope)
        needs = Counter(permissions.in_google(account))
        found |= {f"{account} lacks {permission}" for permission in needs - has}
        found |= {f"{account} has {permission} for nothing" for permission in has - needs}
    return found


def wrong_in_the_cluster(documents: Documents) -> set[str]:
    has = Counter((row.account, row.resource, row.verb) for row in manifest.rows_of(documents))
    needs = Counter(list(JOBS))
    return {
        *(f"{account} can not {verb} {resource}" for account, resource, verb in needs - has),
        *(f"{account} may {verb} {resource} for nothing" for account, resource, verb in has - needs),
    }


def test_the_custom_roles_grant_exactly_what_the_functions_ask_for() -> None:
    assert wrong_in_google(GOOGLE) == set()


def test_whatever_an_adapter_asks_google_for_some_account_asks_for() -> None:
    asked = set().union(*map(permissions.in_google, permissions.ACCOUNTS))
    assert {permission for permission in declared() if isinstance(permission, str)} == asked


GRANTS = [
    (account, scope, permission)
    for account, scopes in GOOGLE.items()
    for scope, listed in scopes.items()
    for permission in listed
]


@pytest.mark.parametrize("account, scope, permission", GRANTS)
def test_a_permission_that_is_taken_away_is_missed(account: str, scope: str, permission: str) -> None:
    granted = copy.deepcopy(GOOGLE)
    granted[account][scope].remove(permission)

    assert wrong_in_google(granted) == {f"{account} lacks {permission}"}


@pytest.mark.parametrize("account, scope", [(account, scope) for account in GOOGLE for scope in GOOGLE[account]])
def test_a_permission_that_no_call_of_the_account_needs_is_found(account: str, scope: str) -> None:
    """The other account's, too, and one that it has already elsewhere."""
    for permission in {*FOREIGN, *(permission for _, _, permission in GRANTS)} - set(GOOGLE[account][scope]):
        granted = copy.deepcopy(GOOGLE)
        granted[account][scope].append(permission)

        assert wrong_in_google(granted) == {f"{account} has {permission} for nothing"}


def test_the_diagnosis_can_not_touch_a_machine() -> None:
    held = {permission for listed in GOOGLE["diagnose"].values() for permission in listed}
    assert {permission for permission in held if permission.startswith("compute.")} == {"compute.instances.get"}


def test_rbac_grants_exactly_what_the_adapters_ask_for() -> None:
    granted = {row for document in manifest.documents() if "rules" in document for row in rows(document)}
    assert {permission for permission in declared() if isinstance(permission, tuple)} == granted


def test_each_account_may_do_in_the_cluster_what_its_jobs_need() -> None:
    assert wrong_in_the_cluster(manifest.documents()) == set()


def test_every_role_is_one_accounts_and_every_binding_is_of_a_role_here() -> None:
    """Who binds an account to cluster-admin, or everybody to a role of ours, is not seen in the rules."""
    documents = manifest.documents()
    roles = [
        (each["kind"], each["metadata"]["name"], each["metadata"].get("namespace"))
        for each in documents
        if "rules" in each
    ]
    bindings = [
        (each["roleRef"]["kind"], each["roleRef"]["name"], each["metadata"].get("namespace"))
        for each in documents
        if "roleRef" in each
    ]
    subjects = [(subject["kind"], subject["name"]) for each in documents for subject in each.get("subjects", ())]

    assert {each["kind"] for each in documents} == {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
    assert sorted(bindings, key=str) == sorted(roles, key=str)
    assert Counter(subjects) == {
        ("User", "repull-diagnose@PROJECT_ID.iam.gserviceaccount.com"): 1,
        ("User", "repull-refresh@PROJECT_ID.iam.gserviceaccount.com"): 2,
    }


RULES = [
    (document, rule)
    for document, each in enumerate(manifest.documents())
    for rule, _ in enumerate(each.get("rules", ()))
]


@pytest.mark.parametrize("document, rule", RULES)
def test_a_rule_that_is_taken_away_is_missed_whole_or_in_part(document: int, rule: int) -> None:
    whole = manifest.documents()
    taken = whole[document]["rules"].pop(rule)
    missed = {(resource, verb) for resource in taken["resources"] for verb in taken["verbs"]}
    assert len(wrong_in_the_cluster(whole)) == len(missed)

    for key in ("verbs", "resources"):
        for each in taken[key]:
            partly = manifest.documents()
            partly[document]["rules"][rule][key].remove(each)
            said = wrong_in_the_cluster(partly)
            assert said
            assert all(" can not " in sentence and each in sentence for sentence in said)


@pytest.mark.parametrize("document", sorted({document for document, _ in RULES}))
def test_a_verb_that_no_job_of_the_account_needs_is_found(document: int) -> None:
    """On whatever the other account has, on secrets, and where the account has it already for less than that."""
    documents = manifest.documents()
    granted = {row for each in documents if "rules" in each for row in rows(each)}
    resources = {(group, resource) for group, resource, _ in granted} | {("", "secrets"), ("", "nodes/proxy")}
    mine = set(rows(documents[document]))
    for group, resource in resources:
        for verb in VERBS:
            if (group, resource, verb) not in mine:
                rule = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                more = [*documents[:document], {**documents[document], "rules": [*documents[document]["rules"], rule]}]
                (said,) = wrong_in_the_cluster([*more, *documents[document + 1 :]])
                assert said.endswith(f" may {verb} {resource} for nothing")


OPTIONAL = [
    ("pull-secrets.yaml", "Role", "repull-diagnose", kube_workloads.OPTIONAL_PERMISSIONS),
    ("scale-workloads.yaml", "ClusterRole", "repull-refresh", kube_deployments.OPTIONAL_PERMISSIONS),
]


@pytest.mark.parametrize("name, kind, account, permissions", OPTIONAL, ids=[each[0] for each in OPTIONAL])
def test_an_optional_role_grants_one_account_exactly_what_may_be_asked_for_besides(
    name: str, kind: str, account: str, permissions: frozenset[Row]
) -> None:
    role, binding = yaml.safe_load_all((INFRA / "cluster" / "optional" / name).read_text())

    assert (role["kind"], set(rows(role))) == (kind, set(permissions))
    assert (binding["kind"], binding["roleRef"]["name"]) == (f"{kind}Binding", role["metadata"]["name"])
    assert [each["name"] for each in binding["subjects"]] == [f"{account}@PROJECT_ID.iam.gserviceaccount.com"]


def test_without_the_optional_role_no_deployment_can_be_changed() -> None:
    """Whoever may patch one may change what it runs, and so read its namespace's Secrets."""
    assert {verb for _, resource, verb in rows(ROLES["repull-refresh"]) if resource == "deployments"} == {"get", "list"}


def test_the_diagnosis_writes_nothing_but_a_refresh_and_what_it_says() -> None:
    writes = {row for row in rows(ROLES["repull-diagnose"]) if row[2] in WRITES}

    assert writes == {("repull.dev", "noderefreshes", "create"), ("", "events", "create"), ("", "events", "patch")}


@pytest.mark.parametrize("name", ROLES)
def test_no_role_reads_secrets_or_takes_everything(name: str) -> None:
    for group, resource, verb in rows(ROLES[name]):
        assert resource != "secrets"
        assert "*" not in (group, resource, verb)


def test_what_is_written_everywhere_is_short() -> None:
    """Probes, the lease and the memory are written in the namespace of repull alone."""
    writes = {row[:2] for row in rows(ROLES["repull-refresh"]) if row[2] in WRITES}

    assert writes == {
        ("", "nodes"),
        ("", "pods"),
        ("", "pods/eviction"),
        ("", "events"),
        ("repull.dev", "noderefreshes"),
        ("repull.dev", "noderefreshes/status"),
    }
