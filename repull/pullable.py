"""Is it the nodes that are at fault? Where their account may not read the image, the probe denies whatever they hold.

A failure that opens a refresh was diagnosed before; a start by hand is a person's word, so the same is asked here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.adapters.kube_nodes import POOL
from functions.adapters.kube_resources import NODES
from functions.errors import BadInput
from functions.messages.steps import MOST_NODES
from functions.model.google import NodePool
from functions.model.refresh import RefreshSpec
from functions.model.verdict import Verdict, VerdictKind
from functions.plan import PLANNED_NODES
from repull import imagecheck
from repull.survey import Report
from repull.wiring import Access

HOPEFUL = VerdictKind.NOT_TRIED
"""What a renewal may mend: nothing else speaks against a pull."""
OF_THE_IMAGE = (VerdictKind.IMAGE_MISSING, VerdictKind.OTHER_REGISTRY)
OF_THE_ACCOUNT = (VerdictKind.GRANT_MISSING, VerdictKind.DENIED_BY_POLICY)
IN_VAIN = (*OF_THE_IMAGE, *OF_THE_ACCOUNT, VerdictKind.SCOPES_MISSING)
"""What no renewal mends. An image for other platforms is probed as any other: only its repository matters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Names of nodes: those that a renewal may help, by their pools, those that would be renewed in vain, and the rest.

    Of the rest nobody could tell.
    """

    hopeful: Mapping[str, tuple[str, ...]]
    in_vain: tuple[str, ...]
    unjudged: tuple[str, ...]

    def named(self) -> list[str]:
        """Those that a renewal may help, as a message names them. Raises BadInput where they are too many for one."""
        names = sorted(name for names in self.hopeful.values() for name in names)
        if len(names) > MOST_NODES:
            pools = ", ".join(f"--pool {pool} ({len(names)})" for pool, names in sorted(self.hopeful.items()))
            raise BadInput(
                field="nodes",
                value=f"{len(names)} that a renewal may help, without {len(self.in_vain) + len(self.unjudged)} others",
                accepted=f"at most {MOST_NODES} at once, of these: {pools}; --selector parts a pool that has more",
            )
        return names


def judge(access: Access, spec: RefreshSpec) -> tuple[Report, ...]:
    """Of a node of each pool in scope, whether it could pull; () where there is no image to ask for."""
    if spec.image is None:
        return ()
    one_of_each = {pool: name for name, pool in _pools(access, spec.nodes).items()}.values() if spec.nodes else ("",)
    return tuple(report for name in one_of_each for report in imagecheck.check(access, spec.image, name))


def scope(access: Access, spec: RefreshSpec, reports: tuple[Report, ...]) -> Scope | None:
    """None where no report says that a node would be renewed in vain: what nobody could tell is no hindrance then."""
    if not any(each.kind in IN_VAIN for each in reports):
        return None
    everywhere = access.ports.gke.cluster(access.key).pools
    pools = _pools(access, spec.nodes)
    if not spec.nodes:
        known = {pool.name for pool in everywhere}
        pools = {name: pool for name, pool in pools.items() if pool in known}
    return share_out(pools, everywhere, tuple(each.verdict for each in reports))


def share_out(pools: Mapping[str, str], everywhere: tuple[NodePool, ...], verdicts: tuple[Verdict, ...]) -> Scope:
    """Of all nodes in scope, by the names of which `pools` has their pools.

    A pool has one account and one set of scopes, and the image is everybody's. What a pool's own node tells goes before
    what one of the same account does.
    """
    found = {each.subject.pool or pools.get(each.subject.node, ""): each.kind for each in verdicts}
    accounts = {each.subject.account for each in verdicts if each.kind in OF_THE_ACCOUNT}
    hopeful = {pool for pool, kind in found.items() if kind is HOPEFUL}
    vain = {pool for pool, kind in found.items() if kind in IN_VAIN}
    vain |= {pool.name for pool in everywhere if any(pool.runs_as(each) for each in accounts)} - hopeful
    if any(each.kind in OF_THE_IMAGE for each in verdicts):
        hopeful, vain = set(), set(pools.values())
    return Scope(
        hopeful={pool: names for pool in sorted(hopeful) if (names := _in({pool}, pools))},
        in_vain=_in(vain, pools),
        unjudged=_in(set(pools.values()) - hopeful - vain, pools),
    )


def _in(wanted: set[str], pools: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, pool in pools.items() if pool in wanted))


def _pools(access: Access, names: tuple[str, ...]) -> dict[str, str]:
    """By the names of nodes, or of all: their pools, "" for one that has none. A few are asked for one by one."""
    if 0 < len(names) <= PLANNED_NODES:
        found = (access.cluster.nodes.get(name) for name in names)
        return {node.name: node.pool for node in found if node}
    every = dict(access.kube.select(NODES, _pool))
    return {name: every[name] for name in names if name in every} if names else every


def _pool(node: Mapping[str, Any]) -> tuple[str, str]:
    metadata = node["metadata"]
    return str(metadata["name"]), str((metadata.get("labels") or {}).get(POOL, ""))
