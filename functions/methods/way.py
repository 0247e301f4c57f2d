"""What every method is."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.methods.circumstances import Row
from functions.model.cluster import Instance, Member
from functions.model.refresh import Phase
from functions.ports import Compute


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A row of METHODS."""

    noun: str  # for sentences: "the … of NODE was refused"
    did: str  # "… machine M"
    event: str  # the audit trail's name for it
    request: str  # what tells its request's id from that of another method for the same machine
    refuses: tuple[Row, ...]
    looks_closer: bool  # whether the rows need the machine's disks and its group's policies, which cost two reads
    ask: Callable[[Compute, Instance, str, str], None]  # of machine, group's URL, request's id
    under_way: Callable[[Member, str], bool] | None  # whether the group shows it, for a machine of this id; if it does
    another_machine: bool  # it comes back as another instance, with another Node object
    moves_sizes: bool  # it changes the group's sizes for a while: they are noted before, and restored whatever happens
    then: Phase
