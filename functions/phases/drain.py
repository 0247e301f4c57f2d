"""Drain: evict what `kubectl drain` would evict, until nothing evictable is left.

The node and its pods are kept in view by watches, so pods that land late are seen. A budget that says wait is asked
again with jitter; the whole takes at most `drain_seconds`, then the node is rolled back and the refusals are named.
Evictions go on only while the pods that replace the evicted ones come up elsewhere.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime

from functions import events, evictions, ownership, pulls, replacements
from functions.evictions import Fate, PodPlan, daemon_set_of
from functions.hold import Hold
from functions.model.cluster import Node, Pod
from functions.model.refresh import Outcome, Phase
from functions.phases.result import Done, HandOver, Next, Result, roll_back
from functions.phases.scope import consents, daemon_sets
from functions.ports import Eviction, EvictionAnswer, View
from functions.replacements import Progress

AT_FIRST = 5
"""Evictions of the first round. After a round whose pods are all replaced, the next may be twice as large.

As the ReplicaSet controller's slowStartBatch makes pods: if something is wrong, few have to suffer.
"""
OF_ONE_CONTROLLER = 5
"""Of these at most, so that a workload's pods don't all leave before the first has a replacement."""

SIDE_BY_SIDE = 10
"""Requests at a time, fewer than the transport keeps connections."""

LONGEST_WAIT = 0.5
"""Seconds without a change until the clock is looked at: a pod may have been going for too long."""


class Drain:
    """The memory of one invocation's drain. The next one lists and asks again, and takes what it finds for old."""

    def __init__(self, hold: Hold, view: View) -> None:
        self.hold = hold
        self.view = view
        self.blocked: dict[str, str] = {}  # pod uid -> what the API said
        self.not_before: dict[str, datetime] = {}  # pod uid -> when to ask again
        self.evicted: dict[str, Pod] = {}  # pod uid -> as it was when it was evicted
        self.last_eviction = hold.now()
        self.leaving: set[str] = set()  # uids of the pods that were evicted or gone: they may be in view for a moment
        self.met: set[str] = set()  # uids of the controllers whose pods are known
        self.known: set[str] = set()  # uids of the pods that these had before our first eviction
        self.replaced: frozenset[str] = frozenset()  # uids of the controllers of which no replacement is awaited
        self.unproven: set[str] = set()  # uids of the controllers whose replacements prove that more may be asked
        self.at_once = AT_FIRST
        self.waiting = ""  # the replacement that is waited for
        self.asked_for: set[str] = set()  # DaemonSets, as namespace/name
        self.daemon_sets: frozenset[str] = frozenset()  # those of them that exist

    def facts(self, pods: tuple[Pod, ...]) -> evictions.Facts:
        """What the rules need. About a DaemonSet is asked once: one that goes meanwhile is the re-check's to find."""
        strangers = tuple(pod for pod in pods if daemon_set_of(pod) not in {"", *self.asked_for})
        self.daemon_sets |= daemon_sets(self.hold, strangers)
        self.asked_for |= {daemon_set_of(pod) for pod in strangers}
        return evictions.Facts(consents=consents(self.hold), daemon_sets=self.daemon_sets, now=self.hold.now())

    def meet(self, pods: tuple[Pod, ...]) -> None:
        """Before the first of them is evicted: remember what their controllers have, to tell what they make since."""
        strangers = [pod for pod in pods if pod.owner and pod.owner.uid not in self.met]
        if strangers:
            self.known |= {each.uid for each in self.view.meet(strangers)}
            self.met |= {pod.owner.uid for pod in strangers if pod.owner}

    def evict(self, pods: tuple[Pod, ...]) -> None:
        """Ask once for each, side by side, and remember the answers in their order. Then raises the first failure."""
        if not pods:
            return
        with ThreadPoolExecutor(max_workers=min(len(pods), SIDE_BY_SIDE), thread_name_prefix="evict") as pool:
            asked = [pool.submit(self._ask, pod) for pod in pods]
            wait(asked)
        for pod, future in zip(pods, asked, strict=True):
            if future.exception() is None:
                self._note(pod, future.result())
        for future in asked:
            future.result()

    def _ask(self, pod: Pod) -> EvictionAnswer:
        self.hold.guard()
        return self.hold.cluster.pods.evict(pod)

    def _note(self, pod: Pod, answer: EvictionAnswer) -> None:
        hold = self.hold
        match answer.eviction:
            case Eviction.EVICTED | Eviction.GONE:
                self.blocked.pop(pod.uid, None)
                self.leaving.add(pod.uid)
                if answer.eviction is Eviction.EVICTED:
                    self.evicted[pod.uid] = pod
                    self.last_eviction = hold.now()
                    if pod.owner:
                        self.replaced -= {pod.owner.uid}
                        self.unproven |= {pod.owner.uid} if pod.owner.kind in replacements.PROMPT else set()
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
                chance = random.random()  # noqa: S311 - jitter needs no secrecy
                self.not_before[pod.uid] = hold.deadline(retry_after(hold.settings.evict_retry_seconds, chance=chance))

    def due(self, pods: tuple[Pod, ...]) -> tuple[Pod, ...]:
        staying = tuple(pod for pod in pods if pod.uid not in self.leaving)
        return next_to_ask(staying, not_before=self.not_before, now=self.hold.now(), at_once=self.at_once)

    def seconds_to_next_try(self) -> float:
        """Until the first of the refused pods is due, to the moment: rounding would take the jitter away."""
        now = self.hold.now()
        waits = ((at - now).total_seconds() for at in self.not_before.values() if at > now)
        return min((LONGEST_WAIT, *waits))

    def progress(self) -> tuple[Progress, str]:
        """How the replacements of the evicted pods fare. A controller that has all of them is looked at no more."""
        hold = self.hold
        evicted, new = self._replacements()
        self.replaced |= replacements.complete(evicted, new)
        repository = hold.refresh.spec.repository
        hosts = {pod.node for pod in new if pulls.fails(pod, repository)}
        passed = frozenset(
            name for name in hosts if (node := hold.cluster.nodes.get(name)) and ownership.passed(node, hold.name)
        )
        progress, why = replacements.judge(evicted, new, passed=passed, repository=repository)
        if progress is Progress.GO_ON and (why := self.to_come()):
            progress = Progress.WAIT
        if self.unproven and self.unproven <= self.replaced:
            self.at_once *= 2
            self.unproven.clear()
        self.waiting = why
        return progress, why

    def to_come(self) -> str:
        """Which evicted pod's replacement must be about to appear, elsewhere or on this very node; "" where none's."""
        if not self.evicted or self.hold.now() >= self.last_eviction + replacements.APPEARS_WITHIN:
            return ""
        return replacements.to_come(*self._replacements())

    def _replacements(self) -> tuple[tuple[Pod, ...], tuple[Pod, ...]]:
        """The evicted pods that are not known to be replaced, and what has come for them elsewhere."""
        evicted = tuple(pod for pod in self.evicted.values() if pod.owner and pod.owner.uid not in self.replaced)
        siblings, known = self.view.siblings(), frozenset(self.known)
        return evicted, replacements.of(evicted, siblings, known=known, node=self.hold.slot.node)


def retry_after(seconds: float, *, chance: float) -> float:
    """In how many seconds an eviction that was refused is asked for again: never sooner, and up to 30% later.

    `chance`, from 0 to 1, spreads drains that wait for one budget.
    """
    return seconds * (1 + 0.3 * chance)


def next_to_ask(
    pods: tuple[Pod, ...], *, not_before: dict[str, datetime], now: datetime, at_once: int
) -> tuple[Pod, ...]:
    """Those to evict in this round, a few of each controller.

    First those that were never asked for, so that those refused keep nobody waiting.
    """
    due = [pod for pod in pods if not_before.get(pod.uid, now) <= now]
    chosen: list[Pod] = []
    of: Counter[str] = Counter()
    for pod in sorted(due, key=lambda pod: (pod.uid in not_before, not_before.get(pod.uid, now))):
        controller = pod.owner.uid if pod.owner else pod.uid
        if of[controller] < OF_ONE_CONTROLLER:
            of[controller] += 1
            chosen.append(pod)
    return tuple(chosen[:at_once])


def siblings(due: tuple[Pod, ...], pods: tuple[Pod, ...]) -> tuple[Pod, ...]:
    """Those of `pods` whose controller has one that is `due`: a controller is met with all of them, or some are missed.

    A StatefulSet's pods are watched by their names.
    """
    owners = {pod.owner.uid for pod in due if pod.owner}
    return tuple(pod for pod in pods if pod.owner and pod.owner.uid in owners)


def step(hold: Hold) -> Result:
    """On to the re-check; roll back where it can't end, or a person or a stop asks for it."""
    with hold.cluster.views.around(hold.slot.node) as view:
        drain = Drain(hold, view)
        while (result := _round(hold, drain)) is None:
            view.wait(min(drain.seconds_to_next_try(), hold.seconds_left(hold.slot.deadline)))
            hold.breathe()
        return result


def _round(hold: Hold, drain: Drain) -> Result | None:
    """Look, and ask for what may leave now; how the drain ends, or None while it goes on."""
    node = drain.view.node()
    if node is None or node.uid != hold.slot.node_uid:
        return Done(outcome=Outcome.PASSED_OVER, note=f"node {hold.slot.node}: gone or re-created during its drain")
    if reason := _taken_back(hold, node):
        return roll_back(reason)
    pods = drain.view.pods()
    plans = evictions.plan(pods, drain.facts(pods))
    if result := _end(hold, drain, node, plans):
        return result
    to_evict = tuple(each.pod for each in evictions.with_fate(plans, Fate.EVICT))
    progress, why = drain.progress() if drain.evicted and to_evict else (Progress.GO_ON, "")
    if progress is Progress.ROLL_BACK:
        return roll_back(why)
    if progress is Progress.GO_ON:
        due = drain.due(to_evict)
        drain.meet(siblings(due, to_evict))
        drain.evict(due)
        drain.meet(to_evict)  # those of the next rounds, while the first are being replaced
    return None


def _taken_back(hold: Hold, node: Node) -> str:
    """Why the node is no longer ours to drain; "" where it is."""
    if not ownership.ours(node, hold.name) or not node.unschedulable:
        return f"somebody took back the cordon of {node.name} during the drain"
    if ownership.excluded(node):
        return f"somebody has excluded {node.name} during the drain, by the label {ownership.EXCLUDE}"
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
    time_is_up = hold.slot.deadline is not None and hold.now() >= hold.slot.deadline
    if not left and (time_is_up or not drain.to_come()):  # what appears yet, the re-check finds
        return Next(phase=Phase.RECHECK, changes={"deadline": hold.slot.deadline})
    if time_is_up:
        held_up = (*drain.blocked.values(), drain.waiting)  # while a replacement is waited for, nobody is asked again
        why = "; ".join(filter(None, held_up)) or ", ".join(each.pod.key for each in left)
        return roll_back(f"the drain of {hold.slot.node} did not end within {hold.settings.drain_seconds:.0f} s: {why}")
    return HandOver() if hold.spent else None
