"""What every method is."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.methods.circumstances import Row
from functions.model.google import Instance, Member
from functions.model.refresh import Phase
from functions.ports import Compute, Guard


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A row of METHODS."""

    noun: str  # for sentences: "the … of NODE was refused"
    refuses: tuple[Row, ...]
    looks_closer: bool  # whether the rows need the machine's disks and its group's policies, which cost two reads
    after_cordon: Phase = Phase.DRAIN
    outage: bool = False  # it takes workloads down altogether: one node at a time, and the rows look at what it would


@dataclass(frozen=True, kw_only=True, slots=True)
class Call(Way):
    """A way that asks Compute Engine to renew the machine: a row of CALLS."""

    did: str  # "… machine M"
    event: str  # the audit trail's name for it
    request: str  # what tells its request's id from that of another method for the same machine
    ask: Callable[[Compute, Instance, str, str, Guard], None]  # of machine, group's URL, request's id
    under_way: Callable[[Member, str], bool] | None  # whether the group shows it, for a machine of this id; if it does
    another_machine: bool  # it comes back as another instance, with another Node object
    moves_sizes: bool  # it changes the group's sizes for a while: they are noted before, and restored whatever happens
    then: Phase
