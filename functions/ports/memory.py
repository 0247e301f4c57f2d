"""What is remembered in the cluster beyond a refresh: renewals of late, the brakes, machines that were stopped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.model.refresh import Method


@dataclass(frozen=True, kw_only=True, slots=True)
class Renewal:
    """One renewal, remembered for the cooldown and the circuit breaker."""

    instance: str
    cause: str
    at: datetime
    refresh: str
    method: Method = Method.RESET
    became: str = ""  # the id of the machine that took its place; "" where it is the same, or that is not known yet
    pool: str = ""  # the node pool; "" where an earlier version remembered it


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A person wants no further node of the cluster to be taken."""

    by: str = ""
    why: str = ""
    at: datetime | None = None  # since when; None where that was not written down


@dataclass(frozen=True, kw_only=True, slots=True)
class Brakes:
    """What people and the circuit breaker have to say about every refresh of the cluster."""

    pause: Pause | None = None
    tripped: str | None = None  # why the breaker is open; None where it is not
    renewals: tuple[Renewal, ...] = ()  # all that are remembered
    counted_from: datetime | None = None  # when the breaker tripped last; None where it never has
    unreadable: str = ""  # what somebody has spoilt of it, and what to do; "" where all can be read


class Memory(Protocol):
    def renewals(self) -> tuple[Renewal, ...]:
        """Those of late, oldest first; () where none was ever remembered."""

    def remember(self, renewal: Renewal) -> None:
        """Add it, and forget the oldest beyond a bounded number. Retries lost races itself.

        Of the same instance, at the same time, there is one: the last that was said.
        """

    def forget(self, renewal: Renewal) -> None:
        """Take it back: it never began. Not there is an answer."""

    def brakes(self) -> Brakes:
        """What stands in the way of every refresh, in one read. What is spoilt is told, and hides nothing else."""

    def trip(self, why: str, at: datetime) -> None:
        """Open the breaker until a person closes it; open already is fine. Renewals so far don't count again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A machine that its group was asked to stop, and that must run again: outlives its refresh and its Node."""

    instance: str
    provider_id: str
    group: str  # URL of the instance group manager
    refresh: str
    at: datetime
    target_size: int  # of the group, before
    target_stopped_size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """What is noted about machines that were stopped."""

    stops: tuple[Stop, ...] = ()
    unreadable: tuple[str, ...] = ()  # of each note that somebody has spoilt: what to do about its machine


class Stops(Protocol):
    def all(self) -> Noted:
        """Those that nobody has started yet, as far as is known. One bad note hides no other."""

    def note(self, stop: Stop) -> None:
        """Before the group is asked. Of one machine there is one: the first that was noted stays."""

    def clear(self, instance: str) -> None:
        """It runs again, or there is nothing left to start. Not there is an answer."""
