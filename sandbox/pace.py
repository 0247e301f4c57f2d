"""How fast simulated time runs. The wall clock is real; only durations shrink."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """`speed` simulated seconds pass in one real second."""

    speed: float = 1.0

    def real(self, simulated_seconds: float) -> float:
        """Real seconds that `simulated_seconds` take."""
        return simulated_seconds / self.speed
