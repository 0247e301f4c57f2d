"""What every scenario is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sandbox.judge import Check
from sandbox.scenarios.stage import Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """`play` sets the scene, lets the product do its work, and answers what the judge found in the world."""

    name: str
    shows: str  # one line
    play: Callable[[Stage], Awaitable[tuple[Check, ...]]]
    settings: Mapping[str, str] = field(default_factory=dict)  # of the product, where the scenario needs others
