"""Each account may do in the cluster what the adapters ask for, and nothing else."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions import adapters
from functions.adapters import kube_workloads

ROLES = {
    document["metadata"]["name"]: document
    for document in yaml.safe_load_all((Path(__file__).parents[2] / "infra/cluster/rbac.yaml").read_text())
    if document["kind"] == "ClusterRole"
}
WRITES = {"create", "update", "patch", "delete", "deletecollection"}

Row = tuple[str, str, str]


def rows(role: dict[str, Any]) -> Iterator[Row]:
    """API group, resource, verb: all that the role's rules allow."""
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    yield group, resource, verb


def granted() -> set[Row]:
    text = (Path(__file__).parents[2] / "infra/cluster/rbac.yaml").read_text()
    return {row for document in yaml.safe_load_all(text) if "rules" in document for row in rows(document)}


def asked_for() -> set[Row]:
    """What the adapters declare beside their calls; a Google permission is one word, a Kubernetes one a row."""
    modules = [
        import_module(f"{adapters.__name__}.{module.name}") for module in pkgutil.iter_modules(adapters.__path__)
    ]
    declared = [permission for module in modules for permission in getattr(module, "PERMISSIONS", ())]
    return {permission for permission in declared if isinstance(permission, tuple)}


def test_the_optional_role_grants_exactly_what_may_be_asked_for_besides() -> None:
    text = (Path(__file__).parents[2] / "infra/cluster/optional/pull-secrets.yaml").read_text()
    (role,) = (document for document in yaml.safe_load_all(text) if "rules" in document)

    assert role["kind"] == "Role"
    assert set(rows(role)) == set(kube_workloads.OPTIONAL_PERMISSIONS)


def test_the_roles_grant_exactly_what_the_adapters_ask_for() -> None:
    assert asked_for() == granted()


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
