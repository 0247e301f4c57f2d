"""The circuit breaker: would one more node be too many within an hour? Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.ports import Brakes, Renewal
from functions.settings import Settings

HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rush:
    """What the circuit breaker counts before one more node is cordoned."""

    renewals: tuple[Renewal, ...]  # within the hour; attempts count, whatever came of them
    under_way: tuple[str, ...]  # the pools of nodes that are cordoned and about to be renewed
    pool: str  # of the next node
    settings: Settings

    @property
    def taken(self) -> tuple[str, ...]:
        """The pool of each renewal."""
        return (*(each.pool for each in self.renewals), *self.under_way)

    @property
    def in_pool(self) -> int:
        """How many of them are in the next node's pool."""
        return self.taken.count(self.pool)

    @property
    def total_trips(self) -> bool:
        """Whether it is too much in whatever pool, so that its size does not matter."""
        return len(self.taken) >= self.settings.breaker_renewals

    @property
    def enough(self) -> int:
        """Nodes of which the percentage allows one more: how many more of them the pool has does not matter."""
        return -(-(self.in_pool + 1) * 100 // self.settings.breaker_percent)


def of_late(brakes: Brakes, now: datetime) -> tuple[Renewal, ...]:
    """Those within an hour that count for the breaker."""
    return tuple(each for each in counting(brakes, now) if now - HOUR < each.at)


def counting(brakes: Brakes, now: datetime) -> tuple[Renewal, ...]:
    """Those since the breaker tripped last. Has that yet to come, somebody has written it: then all of them count."""
    since = brakes.counted_from
    return tuple(each for each in brakes.renewals if since is None or since > now or each.at > since)


def trips(rush: Rush, *, pool_size: int) -> str:
    """Why one more node would be too many within an hour; "" where it would not.

    The size is exact, or `enough`, or more; it is not looked at where the total trips.
    """
    if rush.total_trips:
        return (
            f"renewals within an hour: {len(rush.taken)}, and REPULL_BREAKER_RENEWALS is "
            f"{rush.settings.breaker_renewals}"
        )
    allowed = max(1, pool_size * rush.settings.breaker_percent // 100)
    if rush.in_pool >= allowed:
        return (
            f"renewals within an hour in pool {rush.pool} of {pool_size} nodes: {rush.in_pool}, and "
            f"REPULL_BREAKER_PERCENT is {rush.settings.breaker_percent}"
        )
    return ""
