"""infra/cluster/rbac.yaml and what ScaleWorkloads needs besides: a row for each verb of an account on a resource."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parents[3] / "infra" / "cluster"
_PLURALS = {"ClusterRole": "clusterroles", "Role": "roles"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """`namespace` is "" where it holds in the whole cluster; `role` is a name of `plural`."""

    account: str  # of a function, without its project
    plural: str
    role: str
    namespace: str
    group: str
    resource: str  # pods, or pods/eviction
    verb: str

    def __str__(self) -> str:
        return f"{self.account} may {self.verb} {self.resource}"


def documents() -> list[dict[str, Any]]:
    """What every installation grants."""
    return _read("rbac.yaml")


def scaling() -> list[dict[str, Any]]:
    """What is granted where somebody wants outages."""
    return _read("optional/scale-workloads.yaml")


def rows() -> tuple[Row, ...]:
    """Of both."""
    return tuple(rows_of([*documents(), *scaling()]))


def _read(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((_FOLDER / name).read_text()))


def rows_of(documents: Sequence[dict[str, Any]]) -> Iterator[Row]:
    accounts = {
        (document["roleRef"]["kind"], document["roleRef"]["name"]): subject["name"].partition("@")[0]
        for document in documents
        if "roleRef" in document
        for subject in document["subjects"]
    }
    for role in documents:
        for rule in role.get("rules", ()):
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    for verb in rule["verbs"]:
                        yield Row(
                            account=accounts[role["kind"], role["metadata"]["name"]],
                            plural=_PLURALS[role["kind"]],
                            role=role["metadata"]["name"],
                            namespace=role["metadata"].get("namespace", ""),
                            group=group,
                            resource=resource,
                            verb=verb,
                        )
