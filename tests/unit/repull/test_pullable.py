"""Which nodes a start by hand leaves out, by what was found of one node of each pool."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from functions.errors import BadInput
from functions.messages.steps import MOST_NODES
from functions.model.google import DEFAULT, GkeCluster, NodePool
from functions.model.names import ClusterKey
from functions.model.refresh import RefreshSpec
from functions.model.verdict import Subject, Verdict, VerdictKind
from functions.plan import PLANNED_NODES
from repull.pullable import Scope, scope, share_out
from repull.survey import Report
from repull.wiring import Access

KEY = ClusterKey(project="acme-prod", location="us-central1", name="main")
OURS, THEIRS = "nodes@acme-prod.iam.gserviceaccount.com", "batch@acme-prod.iam.gserviceaccount.com"
COMPUTE, ANOTHER_S = "1-compute@developer.gserviceaccount.com", "2-compute@developer.gserviceaccount.com"
GOOD, MISSING, UNKNOWN = VerdictKind.NOT_TRIED, VerdictKind.GRANT_MISSING, VerdictKind.UNKNOWN


def verdict(kind: VerdictKind, pool: str, account: str = OURS) -> Verdict:
    """Of the node that is named after its pool. What settles it before the machine is known names no pool."""
    subject = Subject(cluster=KEY, namespace="", pod="", node=f"{pool}-1")
    if kind not in (UNKNOWN, VerdictKind.OTHER_REGISTRY):
        subject = replace(subject, pool=pool, account=account)
    return Verdict(kind=kind, subject=subject, advice="", checks=())


def shared(*verdicts: Verdict, **accounts: str) -> Scope:
    """The pools are those of `accounts`, each with one node."""
    pools = tuple(NodePool(name=name, service_account=account) for name, account in accounts.items())
    return share_out({f"{name}-1": name for name in accounts}, pools, verdicts)


@pytest.mark.parametrize("kind", [MISSING, VerdictKind.DENIED_BY_POLICY])
def test_what_is_wrong_with_an_account_is_wrong_in_each_of_its_pools(kind: VerdictKind) -> None:
    found = shared(verdict(kind, "a", THEIRS), verdict(UNKNOWN, "b"), verdict(GOOD, "c"), a=THEIRS, b=THEIRS, c=OURS)

    assert found == Scope(hopeful={"c": ("c-1",)}, in_vain=("a-1", "b-1"), unjudged=())


def test_scopes_are_those_of_the_pool_alone() -> None:
    found = shared(verdict(VerdictKind.SCOPES_MISSING, "a"), verdict(GOOD, "b"), a=OURS, b=OURS)

    assert found == Scope(hopeful={"b": ("b-1",)}, in_vain=("a-1",), unjudged=())


@pytest.mark.parametrize("kind", [VerdictKind.IMAGE_MISSING, VerdictKind.OTHER_REGISTRY])
def test_an_image_that_is_not_there_is_there_for_nobody(kind: VerdictKind) -> None:
    found = shared(verdict(kind, "a"), verdict(UNKNOWN, "b"), verdict(GOOD, "c"), a=OURS, b=THEIRS, c=OURS)

    assert found == Scope(hopeful={}, in_vain=("a-1", "b-1", "c-1"), unjudged=())


@pytest.mark.parametrize("kind", [UNKNOWN, VerdictKind.PLATFORM_MISMATCH, VerdictKind.UNSUPPORTED])
def test_where_some_are_hopeless_whom_nobody_could_judge_is_not_taken_for_well(kind: VerdictKind) -> None:
    """Least of all a pool of which no node was asked."""
    found = shared(verdict(MISSING, "a", THEIRS), verdict(kind, "b"), a=THEIRS, b=OURS, c=OURS)

    assert found == Scope(hopeful={}, in_vain=("a-1",), unjudged=("b-1", "c-1"))


def test_what_a_pool_s_own_node_tells_counts_before_an_account_that_may_be_another() -> None:
    """GKE says `default` of the Compute Engine account of whatever project."""
    found = shared(verdict(MISSING, "a", ANOTHER_S), verdict(GOOD, "b", COMPUTE), a=ANOTHER_S, b=DEFAULT, c=DEFAULT)

    assert found == Scope(hopeful={"b": ("b-1",)}, in_vain=("a-1", "c-1"), unjudged=())


def test_more_than_a_message_may_name_are_asked_for_by_their_pools() -> None:
    few = {"b": tuple(f"b-{number}" for number in range(MOST_NODES))}
    many = few | {"c": ("c-1", "c-2")}

    assert len(Scope(hopeful=few, in_vain=("a-1",), unjudged=()).named()) == MOST_NODES
    with pytest.raises(BadInput) as refused:
        Scope(hopeful=many, in_vain=("a-1",), unjudged=("d-1",)).named()
    said = (
        "nodes: '1002 that a renewal may help, without 2 others' is not accepted; use at most 1000 at once, of these: "
    )
    assert said + "--pool b (1000), --pool c (2); --selector parts a pool that has more" == str(refused.value)


def test_nodes_beyond_those_that_are_planned_belong_to_pools_as_well() -> None:
    """One list tells of all; nodes that nobody has named are left out of it."""
    labels = {f"a-{number}": "a" for number in range(PLANNED_NODES)} | {"b-1": "b", "c-1": "c"}
    nodes = [
        {"metadata": {"name": name, "labels": {"cloud.google.com/gke-nodepool": pool}}} for name, pool in labels.items()
    ]
    nodes.append({"metadata": {"name": "of-no-pool"}})
    pools = tuple(NodePool(name=name, service_account=THEIRS if name == "a" else OURS) for name in "abc")

    def select(_resource: object, read: Any) -> list[Any]:
        return [read(each) for each in nodes]

    access = SimpleNamespace(
        key=KEY,
        kube=SimpleNamespace(select=select),
        ports=SimpleNamespace(gke=SimpleNamespace(cluster=lambda _: GkeCluster(pools=pools))),
    )
    spec = RefreshSpec(cluster=KEY, nodes=(*(name for name in labels if name != "c-1"), "of-no-pool"))
    reports = tuple(Report(verdict=each, pods=[]) for each in (verdict(MISSING, "a", THEIRS), verdict(GOOD, "b")))

    found = scope(cast("Access", access), spec, reports)

    assert found is not None
    assert (found.hopeful, len(found.in_vain), found.unjudged) == ({"b": ("b-1",)}, PLANNED_NODES, ("of-no-pool",))
