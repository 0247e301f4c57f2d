"""Evictions in rounds, as long as the pods that replace the evicted ones come up elsewhere.

A budget that says wait is asked again with jitter. Few are asked at first, and twice as many once all of them have
their replacements.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime

from functions import events, evictions, ownership, pulls, replacements
from functions.evictions import daemon_set_of
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.phases import promises
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
    """The memory of one invocation's drain. The next one lists and asks again.

    What has come since the cordon and is not ready when it is met, an earlier one may have made come: it is waited for.
    """

    def __init__(self, hold: Hold, view: View) -> None:
        self.hold = hold
        self.view = view
        self.blocked: dict[str, str] = {}  # pod uid -> what the API said
        self.not_before: dict[str, datetime] = {}  # pod uid -> when to ask again
        self.evicted: dict[str, Pod] = {}  # pod uid -> as it was when it was evicted
        self.left_behind: tuple[Pod, ...] = ()  # each is still to replace one that an earlier invocation has evicted
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
        self.noted = frozenset(hold.slot.moved)

    def facts(self, pods: tuple[Pod, ...]) -> evictions.Facts:
        """What the rules need. About a DaemonSet is asked once: one that goes meanwhile is the re-check's to find."""
        strangers = tuple(pod for pod in pods if daemon_set_of(pod) not in {"", *self.asked_for})
        self.daemon_sets |= daemon_sets(self.hold, strangers)
        self.asked_for |= {daemon_set_of(pod) for pod in strangers}
        return evictions.Facts(consents=consents(self.hold), daemon_sets=self.daemon_sets, now=self.hold.now())

    def note(self, controllers: tuple[str, ...]) -> None:
        """Write down in the slot whose pods were found, before the first of these goes: at the end they are asked."""
        if strangers := tuple(each for each in controllers if each not in self.noted):
            self.noted |= frozenset(strangers)
            self.hold.update(moved=(*self.hold.slot.moved, *strangers)[: promises.MOST])

    def meet(self, pods: tuple[Pod, ...]) -> None:
        """Before the first of them is evicted: remember what their controllers have, to tell what they make since."""
        strangers = [pod for pod in pods if pod.owner and pod.owner.uid not in self.met]
        if strangers:
            found = self.view.meet(strangers)
            late = replacements.left_behind(found, cordoned_at=self._cordoned_at(), node=self.hold.slot.node)
            self.known |= {each.uid for each in found} - {each.uid for each in late}
            self.left_behind += late
            self.met |= {pod.owner.uid for pod in strangers if pod.owner}

    def _cordoned_at(self) -> datetime | None:
        node = self.view.node()
        before = ownership.before(node) if node else None
        return before.at if before else None

    def evict(self, pods: tuple[Pod, ...]) -> None:
        """Ask once for each, side by side, and remember the answers in their order. Then raises the first failure."""
        if not pods:
            return
        self._say(pods)
        with ThreadPoolExecutor(max_workers=min(len(pods), SIDE_BY_SIDE), thread_name_prefix="evict") as pool:
            asked = [pool.submit(self._ask, pod) for pod in pods]
            wait(asked)
        for pod, future in zip(pods, asked, strict=True):
            if future.exception() is None:
                self._note(pod, future.result())
        for future in asked:
            future.result()

    def _say(self, pods: tuple[Pod, ...]) -> None:
        """Those that are asked for the first time: once they are gone, nothing shows who has evicted them."""
        if strangers := tuple(pod.key for pod in pods if pod.uid not in self.not_before):
            self.hold.record(events.EVICTING, f"asks for the eviction of {', '.join(strangers)}", pods=strangers)

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
                        f"{pod.key} can't be evicted yet, and is asked for again: {answer.message}",
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

    def progress(self, left: tuple[Pod, ...]) -> tuple[Progress, str]:
        """How the replacements of the evicted pods fare. A controller that has all of them is looked at no more.

        `left` are the pods that are on the node still.
        """
        hold = self.hold
        gone, new = self._replacements()
        self.replaced |= replacements.complete(gone, new)
        repository = hold.refresh.spec.repository
        hosts = {pod.node for pod in new if pulls.fails(pod, repository)}
        passed = frozenset(
            name for name in hosts if (node := hold.cluster.nodes.get(name)) and ownership.passed(node, hold.name)
        )
        progress, why = replacements.judge((*gone, *left), new, passed=passed, repository=repository)
        if progress is Progress.GO_ON and (why := self.to_come()):
            progress = Progress.WAIT
        if self.unproven and self.unproven <= self.replaced:
            self.at_once *= 2
            self.unproven.clear()
        self.waiting = why
        return progress, why

    def held_up(self, left: tuple[Pod, ...]) -> str:
        """Why those that are left are there still; "" where none is, and nothing is waited for.

        While a replacement is waited for, nobody is asked again, so both may be the reason.
        """
        blocked = (self.blocked[pod.uid] for pod in left if pod.uid in self.blocked)
        names = ", ".join(pod.key for pod in left)
        return "; ".join(filter(None, (*blocked, self.waiting))) or (f"{names}: not gone yet" if names else "")

    def to_come(self) -> str:
        """Which evicted pod's replacement must be about to appear, elsewhere or on this very node; "" where none's."""
        if not self.evicted or self.hold.now() >= self.last_eviction + replacements.APPEARS_WITHIN:
            return ""
        return replacements.to_come(*self._replacements())

    def _replacements(self) -> tuple[tuple[Pod, ...], tuple[Pod, ...]]:
        """The evicted pods that are not known to be replaced, and what has come for them elsewhere.

        What an earlier invocation has evicted has a name no more: what is to replace it stands for it, in both.
        """
        evicted = (*self.left_behind, *self.evicted.values())
        gone = tuple(pod for pod in evicted if pod.owner and pod.owner.uid not in self.replaced)
        siblings, known = self.view.siblings(), frozenset(self.known)
        return gone, replacements.of(gone, siblings, known=known, node=self.hold.slot.node)


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
