"""Machines that were stopped and that no refresh will start any more: the sweep does, so that groups keep their sizes.

The refresh was deleted, or it ended, or gave the node up, before the machine was off or could be started.
"""

from enum import StrEnum
from uuid import uuid4

from functions import events
from functions.errors import Refused, Retryable
from functions.methods.stop_start import is_off, is_stopping
from functions.model.google import Instance, Member
from functions.model.names import InstanceRef
from functions.model.refresh import Refresh
from functions.ports import Cluster, RefreshPorts, Stop


class Move(StrEnum):
    """What is to be done about a machine that was to be stopped."""

    WAIT = "it is not off yet"
    START = "start it"
    DONE = "it runs"
    LOST = "it is gone, or another machine by now"


def move(stop: Stop, found: Member | None) -> Move:
    """By what its group lists now. Pure."""
    if found is None or found.id != stop.instance:
        return Move.LOST
    if is_off(found):
        return Move.START
    return Move.WAIT if is_stopping(found) else Move.DONE


def settle(cluster: Cluster, ports: RefreshPorts) -> tuple[str, ...]:
    """Look at every machine whose stop is noted. One that can't be started is said, and tried again next time.

    Answers what could not be looked at, after all the others were. Raises Refused or Retryable where the notes can't
    be had at all.
    """
    noted = cluster.stops.all()
    failures = list(noted.unreadable)
    for stop in noted.stops:
        try:
            refresh = cluster.refreshes.get(stop.refresh)
            if not _starts_it(refresh, stop):
                _settle(stop, cluster, ports)
        except (Refused, Retryable) as error:
            failures.append(f"machine {stop.instance}, which {stop.refresh} had stopped: {error}")
    return tuple(failures)


def _starts_it(refresh: Refresh | None, stop: Stop) -> bool:
    """Whether its refresh will. One that was opened again under the name of a deleted one knows of no such machine."""
    if refresh is None or refresh.status.phase.over:
        return False
    return any(slot.instance_id == stop.instance for slot in refresh.status.slots)


def _settle(stop: Stop, cluster: Cluster, ports: RefreshPorts) -> None:
    ref = InstanceRef.from_provider_id(stop.provider_id)
    found = ports.groups.members(stop.group).get(ref) if ref else None
    wanted = move(stop, found)
    said = f"machine {ref}, which {stop.refresh} had stopped: {wanted}"
    if wanted is Move.START and not _is_of(cluster, ports, stop.group):
        kept = f"{said}, but group {stop.group} is none of this cluster's: look who has written the note"
        _tell(cluster, ports, stop, events.SWEPT, kept)
        return
    if wanted is Move.START and ref:
        _tell(cluster, ports, stop, events.START, said)  # first: a death after the call would leave only "it runs"
        try:
            ports.compute().start(Instance(ref=ref, id=stop.instance, status=""), stop.group, str(uuid4()))
        except Refused as refusal:
            _tell(cluster, ports, stop, events.SWEPT, f"{said}, which was refused: {refusal}")
            return
    else:
        _tell(cluster, ports, stop, events.SWEPT, _with_sizes(said, stop) if wanted is Move.LOST else said)
    if wanted is not Move.WAIT:
        cluster.stops.clear(stop.instance)


def _is_of(cluster: Cluster, ports: RefreshPorts, group: str) -> bool:
    """Others may write the ConfigMap that holds the note: it is no warrant for machines of somebody else's."""
    return any(group in pool.group_urls for pool in ports.gke.cluster(cluster.key).pools)


def _with_sizes(said: str, stop: Stop) -> str:
    return (
        f"{said}; group {stop.group} had targetSize {stop.target_size} and targetStoppedSize "
        f"{stop.target_stopped_size} before: look whether it has them still"
    )


def _tell(cluster: Cluster, ports: RefreshPorts, stop: Stop, event: str, said: str) -> None:
    ports.audit.record(
        event, said, warning=True, cluster=str(cluster.key), refresh=stop.refresh, instance=stop.instance
    )
