"""Is it the nodes that are at fault? Where their account may not read the image, the probe denies whatever they hold.

A failure that opens a refresh was diagnosed before; a start by hand is a person's word, so the same is asked here.
"""

from dataclasses import dataclass

from functions.adapters.kube_nodes import POOL
from functions.adapters.kube_resources import NODES
from functions.model.refresh import RefreshSpec
from functions.model.verdict import VerdictKind
from functions.plan import PLANNED_NODES
from repull import imagecheck
from repull.survey import Report
from repull.wiring import Access

IN_VAIN = (
    VerdictKind.GRANT_MISSING,
    VerdictKind.DENIED_BY_POLICY,
    VerdictKind.SCOPES_MISSING,
    VerdictKind.IMAGE_MISSING,
    VerdictKind.OTHER_REGISTRY,
)
"""What no renewal mends. An image for other platforms is probed as any other: only its repository matters."""


def doubts(access: Access, spec: RefreshSpec) -> tuple[Report, ...]:
    """Of a node of each pool in scope, what speaks against the image, or can't be told; () where nothing does."""
    if spec.image is None:
        return ()
    nodes = _one_of_each_pool(access, spec.nodes) if spec.nodes else ("",)
    found = (report for node in nodes for report in imagecheck.check(access, spec.image, node))
    return tuple(each for each in found if each.kind is not VerdictKind.NOT_TRIED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Names of nodes: those that would be renewed in vain, and the others."""

    in_vain: tuple[str, ...]
    others: tuple[str, ...]


def scope(access: Access, spec: RefreshSpec, doubts: tuple[Report, ...]) -> Scope | None:
    """None where no doubt says that a node would be renewed in vain.

    A doubt is about its node's whole pool, which has one account and one set of scopes; or about every node, where it
    came before anybody looked for the pool.
    """
    pools = {each.verdict.subject.pool for each in doubts if each.kind in IN_VAIN}
    if not pools:
        return None
    everywhere = {pool.name for pool in access.ports.gke.cluster(access.key).pools}
    nodes = frozenset(spec.nodes) or _names(access, everywhere)
    vain = nodes if "" in pools else nodes & _names(access, pools)
    return Scope(in_vain=tuple(sorted(vain)), others=tuple(sorted(nodes - vain)))


def _names(access: Access, pools: set[str]) -> frozenset[str]:
    selector = f"{POOL} in ({','.join(sorted(pools))})"
    return frozenset(access.kube.select(NODES, lambda node: str(node["metadata"]["name"]), labelSelector=selector))


def _one_of_each_pool(access: Access, names: tuple[str, ...]) -> tuple[str, ...]:
    nodes = (access.cluster.nodes.get(name) for name in names[:PLANNED_NODES])
    return tuple({node.pool: node.name for node in nodes if node}.values())
