"""Drain: evict what `kubectl drain` would evict, until nothing evictable is left.

Every round lists the node's pods again, so pods that land late are seen. A budget that says wait is asked again
with jitter; the whole takes at most `drain_seconds`, then the node is rolled back and the refusals are named.
Evictions go on only while the pods that replace the evicted ones come up elsewhere.
"""

import random
from datetime import datetime

from functions import events, evictions, ownership, pulls, replacements
from functions.evictions import Fate, PodPlan
from functions.hold import Hold
from functions.model.cluster import Node, Pod
from functions.model.refresh import Outcome, Phase
from functions.phases.preflight import evictable_now
from functions.phases.result import Done, HandOver, Next, Result, roll_back
from functions.ports import Eviction
from functions.replacements import Progress

AT_ONCE = 5
"""Evictions asked for in one round, so that a node's pods don't all leave before the first has a replacement."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0


class Drain:
    """The memory of one invocation's drain. The next one lists and asks again, and takes what it finds for old."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        self.blocked: dict[str, str] = {}  # pod uid -> what the API said
        self.not_before: dict[str, datetime] = {}  # pod uid -> when to ask again
        self.evicted: dict[str, Pod] = {}  # pod uid -> as it was when it was evicted
        self.met: set[str] = set()  # uids of the controllers whose pods are known
        self.known: set[str] = set()  # uids of the pods that these had before our first eviction
        self.replaced: frozenset[str] = frozenset()  # uids of the controllers of which no replacement is awaited
        self.waiting = ""  # the replacement that is waited for

    def meet(self, pods: tuple[Pod, ...]) -> None:
        """Before the first of them is evicted: remember what their controllers have, to tell what they make since."""
        strangers = {pod.owner.uid: pod for pod in pods if pod.owner and pod.owner.uid not in self.met}
        if strangers:
            self.known |= {each.uid for each in self.hold.cluster.pods.siblings(strangers.values())}
            self.met |= strangers.keys()

    def evict(self, pod: Pod) -> None:
        """Ask once, remember the answer."""
        hold = self.hold
        hold.guard()
        answer = hold.cluster.pods.evict(pod)
        match answer.eviction:
            case Eviction.EVICTED | Eviction.GONE:
                self.blocked.pop(pod.uid, None)
                if answer.eviction is Eviction.EVICTED:
                    self.evicted[pod.uid] = pod
                    self.replaced -= {pod.owner.uid if pod.owner else ""}
                    hold.record(events.EVICTED, f"evicted {pod.key}", pod=pod.key)
            case Eviction.BLOCKED | Eviction.NAMESPACE_TERMINATING | Eviction.MISCONFIGURED:
                if pod.uid not in self.blocked:
                    hold.record(
                        events.EVICTION_BLOCKED,
                        f"{pod.key} can't be evicted yet: {answer.message}",
                        pod=pod.key,
                        answer=answer.eviction,
                    )
                self.blocked[pod.uid] = f"{pod.key}: {answer.message}"
                wait = hold.settings.evict_retry_seconds * random.uniform(0.7, 1.3)  # noqa: S311 - jitter needs no secrecy
                self.not_before[pod.uid] = hold.deadline(wait)

    def due(self, pods: tuple[Pod, ...]) -> tuple[Pod, ...]:
        return next_to_ask(pods, not_before=self.not_before, now=self.hold.now())

    def progress(self) -> tuple[Progress, str]:
        """How the replacements of the evicted pods fare. A controller that has all of them is looked at no more."""
        hold = self.hold
        evicted = tuple(pod for pod in self.evicted.values() if pod.owner and pod.owner.uid not in self.replaced)
        present = hold.cluster.pods.siblings(evicted)
        new = replacements.of(evicted, present, known=frozenset(self.known), node=hold.slot.node)
        self.replaced |= replacements.complete(evicted, new)
        repository = hold.refresh.spec.repository
        hosts = {pod.node for pod in new if pulls.fails(pod, repository)}
        passed = frozenset(
            name for name in hosts if (node := hold.cluster.nodes.get(name)) and ownership.passed(node, hold.name)
        )
        progress, why = replacements.judge(evicted, new, passed=passed, repository=repository)
        self.waiting = why
        return progress, why


def next_to_ask(pods: tuple[Pod, ...], *, not_before: dict[str, datetime], now: datetime) -> tuple[Pod, ...]:
    """The few to evict in this round: those that were never asked first, so that those refused keep nobody waiting."""
    due = [pod for pod in pods if not_before.get(pod.uid, now) <= now]
    return tuple(sorted(due, key=lambda pod: (pod.uid in not_before, not_before.get(pod.uid, now))))[:AT_ONCE]


def step(hold: Hold) -> Result:
    """On to the re-check; roll back where it can't end, or a person or a stop asks for it."""
    drain = Drain(hold)
    pause = FIRST_PAUSE
    while True:
        node = hold.cluster.nodes.get(hold.slot.node)
        if node is None or node.uid != hold.slot.node_uid:
            return Done(outcome=Outcome.PASSED_OVER, note=f"node {hold.slot.node}: gone or re-created during its drain")
        if reason := _taken_back(hold, node):
            return roll_back(reason)
        pods = hold.cluster.pods.on_node(hold.slot.node)
        plans = evictions.plan(pods, evictable_now(hold, pods))
        if result := _end(hold, drain, node, plans):
            return result
        to_evict = tuple(each.pod for each in evictions.with_fate(plans, Fate.EVICT))
        progress, why = drain.progress() if drain.evicted and to_evict else (Progress.GO_ON, "")
        if progress is Progress.ROLL_BACK:
            return roll_back(why)
        due = drain.due(to_evict) if progress is Progress.GO_ON else ()
        drain.meet(to_evict)
        for pod in due:
            drain.evict(pod)
        hold.cluster.pods.await_change(hold.slot.node, seconds=min(pause, hold.seconds_left(hold.slot.deadline)))
        pause = FIRST_PAUSE if due else min(pause * 1.5, LONGEST_PAUSE)
        hold.breathe()


def _taken_back(hold: Hold, node: Node) -> str:
    """Why the node is no longer ours to drain; "" where it is."""
    if not ownership.ours(node, hold.name) or not node.unschedulable:
        return f"somebody took back the cordon of {node.name} during the drain"
    return hold.status.stopping if hold.status.aborting else ""


def _end(hold: Hold, drain: Drain, node: Node, plans: tuple[PodPlan, ...]) -> Result | None:
    """How the drain ends as things are; None while it goes on."""
    if refused := evictions.with_fate(plans, Fate.REFUSE):
        return roll_back("; ".join(each.reason for each in refused))
    before = ownership.before(node)
    if before and before.at and (defying := evictions.defying_cordon(plans, cordoned_at=before.at)):
        names = ", ".join(pod.key for pod in defying)
        return roll_back(
            f"pods are put on {node.name} although it is cordoned, and would be as often as they are evicted: {names}; "
            f"let them tolerate less, or give the node the label {ownership.EXCLUDE}"
        )
    left = (*evictions.with_fate(plans, Fate.EVICT), *evictions.with_fate(plans, Fate.AWAIT))
    if not left:
        return Next(phase=Phase.RECHECK, changes={"deadline": hold.slot.deadline})
    if hold.slot.deadline and hold.now() >= hold.slot.deadline:
        why = "; ".join(drain.blocked.values()) or drain.waiting or ", ".join(each.pod.key for each in left)
        return roll_back(f"the drain of {hold.slot.node} did not end within {hold.settings.drain_seconds:.0f} s: {why}")
    return HandOver() if hold.spent else None
