"""What must always hold, checked from the world alone: objects, the simulators' books, the queue, the log.

One row for each of the ten invariants. A row answers what is broken, one sentence each, naming the nodes. Some can be
judged at any moment, others only at rest: when every refresh is over and no message is left.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sandbox import deployment, judge
from sandbox.books import Call
from sandbox.objects.kinds import Object, name_of, uid_of
from sandbox.world import World

OVER = frozenset({"Succeeded", "Failed", "Aborted"})
CONDITIONS = {"Succeeded": "Complete", "Failed": "Failed", "Aborted": "Aborted"}
CORDONED_BY = "repull.dev/cordoned-by"
OF_A_CORDON = frozenset({CORDONED_BY, "repull.dev/before"})
_NOT_YET = frozenset({"Choose", "Preflight"})
RENEWALS = ("reset", "recreateInstances", "stopInstances", "startInstances")


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What was there before the product began: others' cordons, taints and labels, counts and sizes."""

    cordoned: frozenset[str]
    belongings: Mapping[str, frozenset[str]]  # by the node's uid
    replicas: Mapping[str, int]
    members: frozenset[str]
    cordoned_once: frozenset[str] = frozenset()  # by somebody else, who took it back meanwhile

    @classmethod
    def of(cls, world: World) -> "Before":
        nodes = world.view.list("nodes")
        return cls(
            cordoned=frozenset(name_of(node) for node in nodes if _cordoned(node)),
            belongings={uid_of(node): frozenset(_others(node)) for node in nodes},
            replicas=_replicas(world),
            members=_members(world),
        )

    def having(self, node: Object) -> "Before":
        """Somebody else has put something on the node, or taken it off."""
        return replace(self, belongings={**self.belongings, uid_of(node): frozenset(_others(node))})

    def cordoned_by_others(self, name: str) -> "Before":
        return replace(self, cordoned=self.cordoned | {name}, cordoned_once=self.cordoned_once | {name})

    def open(self, name: str) -> "Before":
        """Nobody else's cordon is on the node any more."""
        return replace(self, cordoned=self.cordoned - {name})


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that may be looked at."""

    world: World
    before: Before
    at_rest: bool = False
    may_write: bool = True  # not in observe mode and in a dry run
    given_up: tuple[bytes, ...] = ()  # messages that can never succeed, once for each time that they were delivered
    dead: Mapping[bytes, str] = field(default_factory=dict)  # the dead letters and their reasons
    twin: Any = None  # how the undisturbed run ended …
    ending: Any = None  # … and this one
    replaced: tuple[tuple[str, datetime], ...] = ()  # machines that somebody else has put another one in the place of

    @property
    def refreshes(self) -> list[Object]:
        return self.world.view.list("noderefreshes")

    @property
    def nodes(self) -> list[Object]:
        return self.world.view.list("nodes")

    @property
    def failed(self) -> bool:
        return any(_status(each).get("failed") for each in self.refreshes)


def out_of_service(evidence: Evidence) -> Iterator[str]:
    """Invariant 1: never more than maxUnavailable nodes, by the books and the machines' own history."""
    allowed = max((*map(_places, evidence.refreshes), *_asked_for(evidence)), default=1)
    check = judge.at_most(evidence.world, allowed)
    if not check.holds:
        yield f"more than {allowed} nodes out of service {check.why}"


def renewed_once(evidence: Evidence) -> Iterator[str]:
    """Invariant 2: a machine at most once by each method; a call that was repeated has the same request."""
    asked: dict[tuple[str, str], dict[int, set[str]]] = {}
    for call in _renewals(evidence):
        for name in _machines_of(call):
            others = sum(machine == name and at <= call.at for machine, at in evidence.replaced)
            requests = asked.setdefault((name, call.verb), {}).setdefault(others, set())
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


def ours_is_undone(evidence: Evidence) -> Iterator[str]:
    """Invariant 3: at rest nothing of ours is left but the cordon after an unproven renewal; others' things always."""
    renewed = {name for call in _renewals(evidence) for name in _machines_of(call)}
    for node in evidence.nodes:
        name = name_of(node)
        if missing := evidence.before.belongings.get(uid_of(node), frozenset()) - frozenset(_others(node)):
            yield f"{name} has lost what is not ours: {', '.join(sorted(missing))}"
        if not evidence.at_rest:
            continue
        if name in evidence.before.cordoned and not _cordoned(node):
            yield f"{name} has lost a cordon that is not ours"
        stays = evidence.failed and name in renewed and _labels(node).get(CORDONED_BY)
        if left := {each for each in _ours(node) if not stays or each not in OF_A_CORDON | {"taint repull.dev/stale"}}:
            yield f"{name} still carries {', '.join(sorted(left))}"
        if _cordoned(node) and name not in evidence.before.cordoned | evidence.before.cordoned_once and not stays:
            yield f"{name} is cordoned still"
    if evidence.at_rest:
        yield from (f"probe {name_of(pod)} is left" for pod in evidence.world.view.list("pods", "repull"))
        for lease in evidence.world.view.list("leases", "repull"):
            if holder := lease["spec"].get("holderIdentity"):
                yield f"the lease is still held by {holder}"


def refreshes_end(evidence: Evidence) -> Iterator[str]:
    """Invariant 4: with exactly one condition True, the one of its phase; none before."""
    for refresh in evidence.refreshes:
        status = _status(refresh)
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
    for refresh in evidence.refreshes:
        seated = Counter(slot["node"] for slot in _status(refresh).get("slots") or () if slot.get("node"))
        yield from (f"{node} is in {count} slots" for node, count in seated.items() if count > 1)
    if evidence.at_rest and evidence.twin is not None and evidence.ending != evidence.twin:
        yield f"it ended otherwise than undisturbed:\n  {evidence.ending}\n  {evidence.twin}"


def no_cordon_after_a_failure(evidence: Evidence) -> Iterator[str]:
    """Invariant 6: by the books, no further node is cordoned for a refresh once it has written that it stops.

    That is with a node's failure, or with an abort. Further are those that were in none of its slots, or not chosen
    for good, at that moment.
    """
    under_way: dict[str, frozenset[str]] = {}
    for call in evidence.world.books:
        if _writes_that_it_stops(call):
            under_way.setdefault(call.name, _on_the_road(call.body["status"]))
        for refresh in _cordons_for(call):
            if call.name not in under_way.get(refresh, {call.name}):
                yield f"{call.name} was taken out of service after another node had failed, or an abort"


def counts_are_restored(evidence: Evidence) -> Iterator[str]:
    """Invariant 7: replicas and instance groups are as before; what the autoscaler removed it did not need."""
    if not evidence.at_rest:
        return
    now = _replicas(evidence.world)
    for name, count in evidence.before.replicas.items():
        if now.get(name, 0) != count:
            yield f"{name} has {now.get(name, 0)} replicas, not {count}"
    yield from (f"{machine} is stopped still" for machine in sorted(evidence.world.inventory.stopped))
    if lost := evidence.before.members - _members(evidence.world) - evidence.world.fleet.removed.keys():
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
    listed = evidence.before.members | _members(evidence.world)
    for call in _renewals(evidence):
        for name in _machines_of(call):
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


def _renewals(evidence: Evidence) -> list[Call]:
    """A call whose answer got lost (status 0) was made all the same; one that was refused was asked for, too."""
    return [call for verb in RENEWALS for call in evidence.world.books.calls(api="compute", verb=verb)]


def _machines_of(call: Call) -> tuple[str, ...]:
    if call.verb == "reset":
        return (call.name,)
    return tuple(str(url).rpartition("/")[2] for url in call.body.get("instances") or ())


def _status(refresh: Object) -> dict[str, Any]:
    found: dict[str, Any] = refresh.get("status") or {}
    return found


def _places(refresh: Object) -> int:
    asked = str(refresh["spec"].get("maxUnavailable") or "1")
    if asked.endswith("%"):
        return max(1, int(_status(refresh).get("total") or 0) * int(asked[:-1]) // 100)
    return int(asked)


def _at_work(status: Mapping[str, Any]) -> str:
    slots = [f"{slot.get('node') or 'no node'} in {slot.get('phase')}" for slot in status.get("slots") or ()]
    return ", ".join(slots) or "no slot"


def _asked_for(evidence: Evidence) -> Iterator[int]:
    """The places of refreshes that are perhaps no more, as far as they were asked for as a number."""
    for call in evidence.world.books.calls(verb="create", resource="noderefreshes", user=deployment.REFRESH):
        asked = str((call.body.get("spec") or {}).get("maxUnavailable") or "1")
        yield int(asked) if asked.isdecimal() else 1


def _cordons_for(call: Call) -> Iterator[str]:
    """The refresh for which this call cordons a node."""
    if (call.verb, call.resource, call.user) == ("patch", "nodes", deployment.REFRESH) and call.status < 300:
        labels = (call.body.get("metadata") or {}).get("labels") or {}
        if labels.get(CORDONED_BY) and (call.body.get("spec") or {}).get("unschedulable"):
            yield labels[CORDONED_BY]


def _on_the_road(status: Mapping[str, Any]) -> frozenset[str]:
    slots = status.get("slots") or ()
    return frozenset(slot["node"] for slot in slots if slot.get("node") and slot.get("phase") not in _NOT_YET)


def _writes_that_it_stops(call: Call) -> bool:
    written = call.user == deployment.REFRESH and call.resource == "noderefreshes/status" and call.status == 200
    status = call.body.get("status") or {}
    return written and bool(status.get("failed") or status.get("stopping"))


def _cordoned(node: Object) -> bool:
    return bool(node["spec"].get("unschedulable"))


def _labels(node: Object) -> dict[str, str]:
    found: dict[str, str] = node["metadata"].get("labels") or {}
    return found


def _ours(node: Object) -> Iterator[str]:
    for part in ("labels", "annotations"):
        yield from (key for key in node["metadata"].get(part) or {} if _is_ours(key))
    yield from (f"taint {each['key']}" for each in node["spec"].get("taints") or () if _is_ours(each["key"]))


def _others(node: Object) -> Iterator[str]:
    yield from (f"label {key}" for key in _labels(node) if not _is_ours(key) and "external-load" not in key)
    for taint in node["spec"].get("taints") or ():
        if not _is_ours(taint["key"]) and not taint["key"].startswith("node.kubernetes.io/"):
            yield f"taint {taint['key']}"


def _is_ours(key: str) -> bool:
    return key.startswith("repull.dev/") and key != "repull.dev/exclude"


def _replicas(world: World) -> dict[str, int]:
    return {
        f"{each['metadata']['namespace']}/{name_of(each)}": int(each["spec"].get("replicas", 1))
        for each in world.view.list("deployments")
    }


def _members(world: World) -> frozenset[str]:
    return frozenset(
        machine.name
        for cluster in world.inventory.clusters
        if cluster.path in _CONFIGURED
        for group in cluster.groups()
        for machine in group.machines
    )


_CONFIGURED = (f"projects/{deployment.PROJECT}/locations/{deployment.LOCATION}/clusters/{deployment.CLUSTER}",)
