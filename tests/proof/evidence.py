"""What the rows of the invariants may look at: the world as it is, and what it was like before the product began."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sandbox import deployment
from sandbox.objects.kinds import Object, name_of, uid_of
from sandbox.world import World
from tests.proof.marks import cordoned, on_loan, others, ours

_CONFIGURED = f"projects/{deployment.PROJECT}/locations/{deployment.LOCATION}/clusters/{deployment.CLUSTER}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What was there before the product began: others' cordons, taints and labels, counts and sizes."""

    cordoned: frozenset[str]
    belongings: Mapping[str, frozenset[str]]  # by the node's uid
    lent: Mapping[str, frozenset[str]]  # what a cordon borrows, by the node's uid
    replicas: Mapping[str, int]
    members: frozenset[str]
    ours: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of an earlier refresh, by the node's uid
    cordoned_once: frozenset[str] = frozenset()  # by somebody else, who took it back meanwhile

    @classmethod
    def of(cls, world: World) -> "Before":
        nodes = world.view.list("nodes")
        return cls(
            cordoned=frozenset(name_of(node) for node in nodes if cordoned(node)),
            belongings={uid_of(node): frozenset(others(node)) for node in nodes},
            lent={uid_of(node): on_loan(node) for node in nodes},
            replicas=replicas(world),
            members=members(world),
            ours={uid_of(node): frozenset(ours(node)) for node in nodes},
        )

    def having(self, node: Object) -> "Before":
        """Somebody else has put something on the node, or taken it off."""
        return replace(self, belongings={**self.belongings, uid_of(node): frozenset(others(node))})

    def lending(self, node: Object) -> "Before":
        """Somebody else has put there, or taken off, what a cordon borrows. There is no cordon of ours on it."""
        return replace(self, lent={**self.lent, uid_of(node): on_loan(node)})

    def cordoned_by_others(self, name: str) -> "Before":
        return replace(self, cordoned=self.cordoned | {name}, cordoned_once=self.cordoned_once | {name})

    def open(self, name: str) -> "Before":
        """Nobody else's cordon is on the node any more."""
        return replace(self, cordoned=self.cordoned - {name})


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that may be looked at."""

    world: World
    before: Before
    at_rest: bool = False
    may_write: bool = True  # not in observe mode and in a dry run
    given_up: tuple[bytes, ...] = ()  # messages that can never succeed, once for each time that they were delivered
    dead: Mapping[bytes, str] = field(default_factory=dict)  # the dead letters and their reasons
    twin: Any = None  # how the undisturbed run ended …
    ending: Any = None  # … and this one
    replaced: tuple[tuple[str, datetime], ...] = ()  # machines that somebody else has put another one in the place of

    @property
    def refreshes(self) -> list[Object]:
        return self.world.view.list("noderefreshes")

    @property
    def nodes(self) -> list[Object]:
        return self.world.view.list("nodes")

    @property
    def failures(self) -> dict[str, int]:
        """How many nodes have failed, by the name of their refresh."""
        return {name_of(each): int(status_of(each).get("failed") or 0) for each in self.refreshes}


def status_of(refresh: Object) -> dict[str, Any]:
    found: dict[str, Any] = refresh.get("status") or {}
    return found


def replicas(world: World) -> dict[str, int]:
    """What each Deployment asks for, by namespace/name."""
    return {
        f"{each['metadata']['namespace']}/{name_of(each)}": int(each["spec"].get("replicas", 1))
        for each in world.view.list("deployments")
    }


def members(world: World) -> frozenset[str]:
    """The machines in the configured cluster's own instance groups."""
    return frozenset(
        machine.name
        for cluster in world.inventory.clusters
        if cluster.path == _CONFIGURED
        for group in cluster.groups()
        for machine in group.machines
    )
