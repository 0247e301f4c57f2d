"""What a phase's step may answer: a closed set."""

from dataclasses import dataclass, field
from typing import Any

from functions.holding import Held
from functions.model.refresh import Outcome, Phase


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """Go on with `phase`, having written these fields of the slot. `deadline_seconds` limits the new phase.

    `away` are the nodes that were out of service when a cordon was decided: where there are others, it is decided anew.
    """

    phase: Phase
    deadline_seconds: float | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    away: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """The node is done: free the place. `stop` says why no further node may be taken; "" where the run goes on."""

    outcome: Outcome
    note: str
    stop: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class HandOver:
    """The invocation's time is up; another goes on with the same phase."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NothingLeft:
    """There is no further node for this slot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Concluded:
    """The whole refresh has ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenWay:
    """The node was given back for somebody else's work: free the place, and choose anew."""

    note: str


RELEASE_SECONDS = 300.0
"""How long it is tried to give a node back that may not be written: a right that is just being granted comes to it."""

Result = Next | Done | GivenWay | HandOver | NothingLeft | Concluded | Held


def roll_back(reason: str) -> Next:
    """Give the node back, and say why."""
    return Next(phase=Phase.ROLL_BACK, deadline_seconds=RELEASE_SECONDS, changes={"reason": reason})


def give_way(reason: str) -> Next:
    """The same for somebody else's work on the node: it is no failure, and what is chosen next may be this node."""
    return Next(phase=Phase.ROLL_BACK, deadline_seconds=RELEASE_SECONDS, changes={"reason": reason, "gives_way": True})
