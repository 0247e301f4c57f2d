"""Choose: find the next node that can't pull, and seat it in this slot.

Candidates come from one bounded request; the healthy ones are counted as fresh on the way, their failing pods
retried. Repeating is harmless: a node counts in the same write that notes to mark it, and marking twice is
marking once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

from functions import eligibility, events, evictions, ownership, slots, verifiable
from functions.evictions import Fate
from functions.hold import Hold
from functions.model.cluster import Node, NodeChange
from functions.model.names import ImageRef
from functions.model.refresh import Mark, Outcome, Phase, RefreshStatus, Slot
from functions.model.verdict import Contrast
from functions.phases import batches, brakes, marks, probing, telling
from functions.phases.pods import Retries
from functions.phases.result import HandOver, Next, NothingLeft, Result
from functions.phases.scope import daemon_sets, failing_nodes, scope_pools
from functions.probe import Answer, ProbeAnswer, ProbeKind

Ends = tuple[tuple[str, Outcome, str], ...]


def step(hold: Hold) -> Result:
    """Pass over what needs nothing, until a node is denied, none is left, or the time is up."""
    telling.tell_again(hold)
    image = hold.refresh.spec.image
    lacking = verifiable.lacking(image)
    if lacking or image is None:  # one that was restored in the middle of its run
        hold.save(lambda status, _: slots.stop(status, lacking))
        return NothingLeft()
    return _search(hold, image)


def _search(hold: Hold, image: ImageRef) -> Result:
    first = iter(failing_nodes(hold))
    over: set[str] = set()
    while True:
        hold.breathe()
        flush_marks(hold)
        if hold.status.stopping:
            return NothingLeft()
        if not hold.has_time_for(hold.settings.probe_seconds):
            return HandOver()
        batch = _worth_asking(hold, _next_batch(hold, first, over))
        if not batch:
            return NothingLeft()
        hold.reread()  # a pause is written on it
        if held := brakes.look(hold):
            return held
        brakes.released(hold)
        ready, ends = _sort_out(hold, batch)
        answers = _ask(hold, image, ready)
        denied = tuple(node for node in ready if answers[node.name].answer is Answer.DENIED)
        ends += tuple((node.name, *_end(node, answers[node.name])) for node in ready if node not in denied)
        _open(hold, (name for name, answer in answers.items() if answer.answer is Answer.PASS))
        if ends:  # after the retries: nobody looks again at a node that is counted
            _count(hold, ends, stop=batches.blind(tuple(answers.values()), many=_many(hold)))
        if why := _taint(hold, denied):
            hold.save(partial(_stop, why=why), saying=partial(_say_unwritten, hold, (why,)))
        elif denied:
            return _seat(hold, denied)


def _next_batch(hold: Hold, first: Iterator[str], over: set[str]) -> tuple[Node, ...]:
    """The next few nodes in scope that nobody has dealt with: those known to fail first, each of them once.

    Slots that choose at the same time ask different nodes: of those that ask the same node all but one do it in vain.
    `over` are names that need no second look.
    """
    limit = batches.share(hold.settings.probes_at_once, slots.choosing(hold.status))
    begin = slots.turn(hold.status, hold.index) * limit
    return batches.in_turn(_candidates(hold, first, over, begin + limit), begin)[:limit]


def _candidates(hold: Hold, first: Iterator[str], over: set[str], limit: int) -> tuple[Node, ...]:
    taken = slots.occupied(hold.status, except_index=hold.index)
    if known := tuple(islice(_untouched(hold, first, taken, over), limit)):
        return known
    if hold.refresh.spec.nodes:
        return tuple(islice(_untouched(hold, iter(hold.refresh.spec.nodes), taken, over), limit))
    found = hold.cluster.nodes.candidates(pools=scope_pools(hold), not_marked=hold.name, limit=limit + len(taken))
    return tuple(node for node in found if node.name not in taken)[:limit]


def _worth_asking(hold: Hold, batch: tuple[Node, ...]) -> tuple[Node, ...]:
    """Those never asked, and of those that were denied before only one: it is asked again before it goes.

    That one comes first, or it might have been asked in vain. Which of them is the canary is a choice among all.
    """
    denied = tuple(node for node in batch if node.labels.get(ownership.STALE) == hold.name)
    others = denied[1:] if hold.status.canary_verified else ()
    return tuple(sorted((node for node in batch if node not in others), key=lambda node: node not in denied))


def _untouched(hold: Hold, names: Iterator[str], taken: frozenset[str], over: set[str]) -> Iterator[Node]:
    """Those of the names that exist, are in scope and don't carry our mark. Reads no further than it is asked."""
    for name in names:
        if name in taken or name in over:
            continue
        hold.breathe()  # there may be a thousand of them
        node = hold.cluster.nodes.get(name)
        if node and node.labels.get(ownership.REFRESH) != hold.name and _in_scope(hold, node):
            yield node
        else:
            over.add(name)


def _in_scope(hold: Hold, node: Node) -> bool:
    chosen = hold.refresh.spec.nodes
    return node.name in chosen if chosen else node.pool in scope_pools(hold)


def _sort_out(hold: Hold, batch: tuple[Node, ...]) -> tuple[tuple[Node, ...], Ends]:
    """Nodes worth probing, and those that end here."""
    ready, ends = [], []
    for node in batch:
        if reason := eligibility.passed_over(node, hold.refresh):
            new = eligibility.newcomer(node, hold.refresh)
            ends.append((node.name, Outcome.NEW if new else Outcome.PASSED_OVER, reason))
        elif why := eligibility.unaskable(node):
            ends.append((node.name, Outcome.REFUSED, why))
        else:
            ready.append(node)
    return tuple(ready), tuple(ends)


def _ask(hold: Hold, image: ImageRef, nodes: tuple[Node, ...]) -> dict[str, ProbeAnswer]:
    if hold.forced:
        return {
            node.name: ProbeAnswer(answer=Answer.DENIED, evidence="forced: renewed whether or not it can pull")
            for node in nodes
        }
    return probing.run(hold, ProbeKind.ACCESS, image, (node.name for node in nodes))


def _end(node: Node, answer: ProbeAnswer) -> tuple[Outcome, str]:
    if answer.answer is Answer.PASS:
        return Outcome.FRESH, ""
    return Outcome.REFUSED, f"node {node.name}: the probe can't tell: {answer.evidence}"


def _open(hold: Hold, names: Iterable[str]) -> None:
    """Nodes that can pull take pods, and those that fail there are retried."""
    for name in names:
        hold.breathe()  # who loses the hold here has asked all of them in vain
        if why := marks.write(hold, name, partial(marks.untaint, hold)):  # it is tried again at the end
            said = f"node {name} keeps its taint {ownership.STALE} until the run ends: {why}"
            hold.record(events.NOT_MARKED, said, warning=True, node=name)
        Retries(hold).retry(name, hold.cluster.pods.on_node(name))


def _many(hold: Hold) -> int:
    """How many nodes that can't be asked are no accident: as many as one slot asks at a time, or all there are."""
    return max(2, min(hold.settings.probes_at_once, hold.status.total or 0))


def _count(hold: Hold, ends: Ends, *, stop: str) -> None:
    counted: Ends = ()

    def finish(status: RefreshStatus, slot: Slot) -> RefreshStatus:
        nonlocal counted
        counted = tuple(end for end in ends if is_free(hold, status, end[0]))
        return slots.finish_unseated(slots.stop(status, stop), slot, counted)

    def say(_: RefreshStatus) -> None:
        for name, outcome, note in counted:
            if outcome is Outcome.FRESH:
                hold.record(events.FRESH, f"{name} can pull: nothing to renew", node=name)
            else:
                hold.record(events.PASSED_OVER, note, warning=outcome is Outcome.REFUSED, node=name, outcome=outcome)

    hold.save(finish, saying=say)


def is_free(hold: Hold, status: RefreshStatus, name: str) -> bool:
    """Whether no other slot has taken or ended the node since we looked.

    Asked inside a compare-and-set: a node that another slot ended stands in the status until it carries its mark.
    """
    node = hold.cluster.nodes.get(name)
    marked = node is not None and node.labels.get(ownership.REFRESH) == hold.name
    return not marked and name not in slots.occupied(status, except_index=hold.index)


def _taint(hold: Hold, denied: tuple[Node, ...]) -> str:
    """Close denied nodes to new pods, a bounded number, so that pods don't move from one stale node to the next.

    Taints that were set before any node had passed are made strict once one has. Answers which node may not be closed,
    and why; "" where all are.
    """
    if hold.forced:
        return ""
    limit = hold.settings.stale_taints
    names = tuple(node.name for node in denied)
    closed = {node.name: node for node in hold.cluster.nodes.carrying(ownership.STALE, hold.name, limit=limit)}

    def close(node: Node) -> NodeChange | None:
        if node.name not in names and node.labels.get(ownership.STALE) != hold.name:
            return None  # another slot has found since that it can pull
        change = ownership.taint_stale(node, hold.name, any_passed=hold.status.any_passed)
        if change:
            effect = change.taints[-1].effect if change.taints else ""
            said = f"keeps new pods off {node.name}, which can't pull: taint {ownership.STALE}, {effect}"
            hold.record(events.TAINTED, said, node=node.name)
        return change

    for name in tuple(dict.fromkeys((*closed, *names)))[:limit]:
        if why := marks.write(hold, name, close, seen=closed.get(name)):
            return f"node {name} can't be closed to new pods by the taint {ownership.STALE}: {why}"
    return ""


def _seat(hold: Hold, denied: tuple[Node, ...]) -> Result:
    chosen = denied[0]
    if hold.refresh.spec.contrast is Contrast.ELIMINATION and not hold.status.canary_verified:
        chosen = min(denied, key=lambda node: _disturbs(hold, node))
    seat = {
        "node": chosen.name,
        "node_uid": chosen.uid,
        "provider_id": chosen.provider_id,
        "boot_id_before": chosen.boot_id,
        "taints_before": ownership.startup_taints(chosen),
    }
    return Next(phase=Phase.PREFLIGHT, changes=seat)


def _disturbs(hold: Hold, node: Node) -> int:
    """How many ready pods a drain of the node would move."""
    found = hold.cluster.pods.on_node(node.name)
    facts = evictions.Facts(
        consents=evictions.Consents(bare_pods=True, local_storage=True),
        daemon_sets=daemon_sets(hold, found),
        now=hold.now(),
    )
    return sum(each.pod.ready for each in evictions.with_fate(evictions.plan(found, facts), Fate.EVICT))


def flush_marks(hold: Hold) -> None:
    """Write the counted outcomes on their nodes. A node that is gone has nothing left to mark.

    One that may not be marked would be chosen again and again, so no further node is taken.
    """
    if not hold.slot.marks:
        return
    refused = tuple(filter(None, (_mark(hold, mark) for mark in hold.slot.marks)))

    def settle(status: RefreshStatus, slot: Slot) -> RefreshStatus:
        return _stop(status, replace(slot, marks=()), why=next(iter(refused), ""))

    hold.save(settle, saying=partial(_say_unwritten, hold, refused))


def _say_unwritten(hold: Hold, refused: tuple[str, ...], _: RefreshStatus) -> None:
    for why in refused:
        hold.record(events.NOT_MARKED, why, warning=True)


def _mark(hold: Hold, mark: Mark) -> str:
    """Why its node can't be marked; "" where it is, or is gone."""

    def decide(node: Node) -> NodeChange | None:
        return None if node.labels.get(ownership.REFRESH) == hold.name else ownership.mark(hold.name, mark.outcome)

    why = marks.write(hold, mark.node, decide)
    return why and f"node {mark.node} ended as {mark.outcome} and can't be marked so: {why}"


def _stop(status: RefreshStatus, slot: Slot, *, why: str) -> RefreshStatus:
    return slots.stop(slots.put(status, slot), why)
