"""What a phase's step may answer: a closed set."""

from dataclasses import dataclass, field
from typing import Any

from functions.holding import Held
from functions.model.refresh import Outcome, Phase


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """Go on with `phase`, having written these fields of the slot. `deadline_seconds` limits the new phase."""

    phase: Phase
    deadline_seconds: float | None = None
    changes: dict[str, Any] = field(default_factory=dict)


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


Result = Next | Done | HandOver | NothingLeft | Concluded | Held


def roll_back(reason: str) -> Next:
    """Give the node back, and say why."""
    return Next(phase=Phase.ROLL_BACK, changes={"reason": reason})
