"""What must always hold, checked from the world alone: objects, the simulators' books, the queue, the log.

One row for each of the ten invariants. A row answers what is broken, one sentence each, naming the nodes. Some can be
judged at any moment, others only at rest: when every refresh is over and no message is left.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox import deployment, judge
from sandbox.objects.kinds import Object, name_of
from tests.proof.calls import (
    GENTLEST_FIRST,
    RENEWALS,
    cordons_for,
    machines_of,
    on_the_road,
    places_asked_for,
    renewals,
    writes_a_status,
    writes_that_it_stops,
)
from tests.proof.evidence import Evidence, members, replicas, status_of
from tests.proof.leftovers import ours_is_undone

OVER = frozenset({"Succeeded", "Failed", "Aborted"})
CONDITIONS = {"Succeeded": "Complete", "Failed": "Failed", "Aborted": "Aborted"}


def out_of_service(evidence: Evidence) -> Iterator[str]:
    """Invariant 1: never more than maxUnavailable nodes, by the books and the machines' own history."""
    allowed = max((*map(_places, evidence.refreshes), *places_asked_for(evidence.world)), default=1)
    check = judge.at_most(evidence.world, allowed)
    if not check.holds:
        yield f"more than {allowed} nodes out of service {check.why}"


def renewed_once(evidence: Evidence) -> Iterator[str]:
    """Invariant 2: a machine at most once by each method; a call that was repeated has the same request.

    Nor by a gentler method after a stronger one: it could cure nothing more.
    """
    yield from _gentler_afterwards(evidence)
    asked: dict[tuple[str, str], dict[int, set[str]]] = {}
    for call in renewals(evidence.world):
        if 400 <= call.status < 500:
            continue  # refused, so it was none; after any other error it may have been done
        for name in machines_of(call):
            before = sum(machine == name and at <= call.at for machine, at in evidence.replaced)
            requests = asked.setdefault((name, call.verb), {}).setdefault(before, set())
            requests.add(str(call.body.get("requestId")))
    for (name, verb), machines in asked.items():
        for requests in machines.values():
            if len(requests) > 1:
                yield f"{name}: {verb} was asked for {len(requests)} times"
    for machine in evidence.world.fleet:
        counts = (machine.reset_count, machine.recreate_count, machine.stop_count, machine.start_count)
        for verb, count in zip(RENEWALS, counts, strict=True):
            calls = sum(map(len, asked.get((machine.name, verb), {}).values()))
            if count > calls:
                yield f"{machine.name}: {count} times {verb}, asked for {calls} times"


def _gentler_afterwards(evidence: Evidence) -> Iterator[str]:
    strongest: dict[tuple[str, int], str] = {}  # machines, each by how many others were in its place before
    for call in sorted(renewals(evidence.world), key=lambda each: each.at):
        if call.verb not in GENTLEST_FIRST or call.status not in (0, 200):
            continue  # a start is the other half of a stop; and what was refused has cured nothing
        for name in machines_of(call):
            machine = name, sum(replaced == name and at <= call.at for replaced, at in evidence.replaced)
            before = strongest.setdefault(machine, call.verb)
            if GENTLEST_FIRST.index(call.verb) < GENTLEST_FIRST.index(before):
                yield f"{name}: {call.verb} was asked for after {before}"
            else:
                strongest[machine] = call.verb


def refreshes_end(evidence: Evidence) -> Iterator[str]:
    """Invariant 4: with exactly one condition True, the one of its phase; none before."""
    for refresh in evidence.refreshes:
        status = status_of(refresh)
        phase = status.get("phase") or "Pending"
        true = [each["type"] for each in status.get("conditions") or () if each["status"] == "True"]
        if phase in OVER and true != [CONDITIONS[phase]]:
            yield f"{name_of(refresh)} is {phase} with the conditions {', '.join(true) or 'none'}"
        if phase not in OVER and true:
            yield f"{name_of(refresh)} is {phase} and yet {', '.join(true)}"
        if phase not in OVER and evidence.at_rest:
            yield f"{name_of(refresh)} has not ended: {phase}, {_at_work(status)}"


def same_end(evidence: Evidence) -> Iterator[str]:
    """Invariant 5: the end is that of the undisturbed run; one node is never in two slots."""
    written = (call.body.get("status") or {} for call in evidence.world.books if writes_a_status(call))
    for status in (*map(status_of, evidence.refreshes), *written):
        seated = Counter(slot["node"] for slot in status.get("slots") or () if slot.get("node"))
        if crowded := [f"{node} is in {count} slots" for node, count in seated.items() if count > 1]:
            yield from crowded
            break
    if evidence.at_rest and evidence.twin is not None and evidence.ending != evidence.twin:
        yield f"it ended otherwise than undisturbed:\n  {evidence.ending}\n  {evidence.twin}"


def no_cordon_after_a_failure(evidence: Evidence) -> Iterator[str]:
    """Invariant 6: by the books, no further node is cordoned for a refresh once it has written that it stops.

    That is with a node's failure, or with an abort. Further are those that were in none of its slots, or not chosen
    for good, at that moment.
    """
    under_way: dict[str, frozenset[str]] = {}
    for call in evidence.world.books:
        if writes_that_it_stops(call):
            under_way.setdefault(call.name, on_the_road(call.body["status"]))
        for refresh in cordons_for(call):
            if call.name not in under_way.get(refresh, {call.name}):
                yield f"{call.name} was taken out of service after another node had failed, or an abort"


def counts_are_restored(evidence: Evidence) -> Iterator[str]:
    """Invariant 7: replicas and instance groups are as before; what the autoscaler removed it did not need.

    No note is left of a machine that was stopped: should it ever be off again, the sweep would start it.
    """
    if not evidence.at_rest:
        return
    for found in evidence.world.view.list("configmaps", "repull"):
        if name_of(found) == "stopped":
            yield from (f"machine {each} is noted as stopped still" for each in found.get("data") or ())
    now = replicas(evidence.world)
    for name, count in evidence.before.replicas.items():
        if now.get(name, 0) != count:
            yield f"{name} has {now.get(name, 0)} replicas, not {count}"
    yield from (f"{machine} is stopped still" for machine in sorted(evidence.world.inventory.stopped))
    if lost := evidence.before.members - members(evidence.world) - evidence.world.fleet.removed.keys():
        yield f"not in their groups any more: {', '.join(sorted(lost))}"


def observing_writes_nothing(evidence: Evidence) -> Iterator[str]:
    """Invariant 8: nothing was even asked to change, Events neither."""
    if not evidence.may_write:
        yield from (f"{call.verb} {call.resource} {call.name}" for call in judge.writes(evidence.world))
        for call in evidence.world.books.calls(resource="events", user=deployment.REFRESH):
            yield f"{call.verb} events"


def bad_input_is_kept(evidence: Evidence) -> Iterator[str]:
    """Invariant 9: with its reason, and never asked for again."""
    for message, times in Counter(evidence.given_up).items():
        if not evidence.dead.get(message):
            yield f"{message!r} is not in the dead letters, or without its reason"
        if times > 1:
            yield f"{message!r} was delivered {times} times"


def only_our_machines(evidence: Evidence) -> Iterator[str]:
    """Invariant 10: every machine that was to be renewed is a member of the configured cluster's own groups."""
    listed = evidence.before.members | members(evidence.world)
    for call in renewals(evidence.world):
        for name in machines_of(call):
            if name not in listed:
                yield f"{name} is no machine of this cluster's instance groups, and {call.verb} was asked for"


INVARIANTS: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    out_of_service,
    renewed_once,
    ours_is_undone,
    refreshes_end,
    same_end,
    no_cordon_after_a_failure,
    counts_are_restored,
    observing_writes_nothing,
    bad_input_is_kept,
    only_our_machines,
)


def broken(evidence: Evidence) -> tuple[str, ...]:
    """Every way in which the world is not as it must be; () where it is."""
    return tuple(
        f"invariant {number}: {said}" for number, holds in enumerate(INVARIANTS, start=1) for said in holds(evidence)
    )


def _places(refresh: Object) -> int:
    asked = str(refresh["spec"].get("maxUnavailable") or "1")
    if asked.endswith("%"):
        return max(1, int(status_of(refresh).get("total") or 0) * int(asked[:-1]) // 100)
    return int(asked)


def _at_work(status: Mapping[str, Any]) -> str:
    slots = [f"{slot.get('node') or 'no node'} in {slot.get('phase')}" for slot in status.get("slots") or ()]
    return ", ".join(slots) or "no slot"
