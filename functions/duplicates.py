"""What one process remembers between messages, so that a thousand pods failing for one reason are one diagnosis.

Only what was read from the world is remembered, under names that were read from it. The event's own words (a hint)
merely look things up, so a forged event can at worst be taken for a duplicate itself: it can't make one of a real one.
A verdict that the event's text alone gave is found again only by events with the same cause about the same image.
A verdict on an account answers every workload's pods, but none for longer than it stands: a workload that still fails
then is diagnosed by itself, for it may name a pull secret or a tag that is not there.
"""

import threading
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.expiring import Expiring
from functions.facts import Facts
from functions.hint import Hint
from functions.model.names import Repository
from functions.model.verdict import Cause, Subject, Verdict, VerdictKind
from functions.ports import Access
from functions.reach import REACH, Reach

MOST = 10_000
"""Entries of each kind."""
BRIEF_SECONDS = 60.0
"""How long what could not be found out stays so."""
PATIENCE_SECONDS = 60.0
"""How long a message waits for another one's diagnosis of the same cause."""
NOTED = timedelta(days=1)
"""How long it is known that a workload was answered by another one's verdict."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Standing:
    kind: VerdictKind
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Home:
    """Where a node stands: its pool and its account."""

    pool: str
    account: str


class DiagnosisMemory:
    """Of one process; several processes may each diagnose a cause once, and a refresh's name makes that harmless."""

    def __init__(self, *, most: int = MOST) -> None:
        self._verdicts: Expiring[Hashable, _Standing] = Expiring(most=most)
        self._answered: Expiring[Hashable, datetime] = Expiring(most=most)
        self._homes: Expiring[Hashable, _Home] = Expiring(most=most)
        self._granted: Expiring[Hashable, datetime] = Expiring(most=most)
        self._denied: Expiring[Hashable, datetime] = Expiring(most=most)
        self._planned: Expiring[Hashable, datetime] = Expiring(most=most)
        self.facts = Facts(most=most)
        self._flights: dict[Hashable, _Flight] = {}
        self._lock = threading.Lock()

    def standing(self, hint: Hint, now: datetime) -> VerdictKind | None:
        """The verdict that answers the event as well; None where it must be diagnosed."""
        own = (hint.of_pod, hint.of_image) if hint.image else (hint.of_pod,)
        if found := self._first(own, now):
            return found.kind
        found = self._first(self._shared(hint, now), now)
        return found.kind if found and self._may_answer(hint, found, now) else None

    def knows_about(self, hint: Hint, now: datetime) -> bool:
        """Whether one read, of the node, may turn out the verdict that answers the event."""
        return hint.concerns_credentials and self._verdicts.get(hint.of_repository, now=now) is not None

    def learn(self, subject: Subject, now: datetime, *, seconds: float) -> None:
        """A node's pool and account, as Compute Engine says; they don't change while it exists."""
        home = _Home(pool=subject.pool, account=subject.account)
        until = now + timedelta(seconds=seconds)
        self._homes.put((subject.cluster, "node", subject.node), home, until=until)
        self._homes.put((subject.cluster, "pool", subject.pool), home, until=until)

    def place(self, hint: Hint, pool: str, now: datetime, *, seconds: float) -> None:
        """A node is in this pool; where a neighbour's account is known, so is the node's."""
        if home := self._homes.get((hint.cluster, "pool", pool), now=now):
            self._homes.put((hint.cluster, "node", hint.node), home, until=now + timedelta(seconds=seconds))

    def remember(self, hint: Hint, verdict: Verdict, now: datetime, *, seconds: float) -> None:
        """The verdict answers the next events within its reach, for so long; PROPAGATING until its time is over."""
        reach = REACH[verdict.kind]
        if reach is Reach.NOBODY:
            return
        brief = min(seconds, BRIEF_SECONDS) if verdict.kind is VerdictKind.UNKNOWN else seconds
        until = now + timedelta(seconds=brief)
        if verdict.retry_after:
            until = min(until, verdict.retry_after)
        self._answered.drop(hint.of_workload)
        for key in _remembered(hint, verdict, reach):
            self._verdicts.put(key, _Standing(kind=verdict.kind, until=until), until=until)

    def granted_since(
        self, account: str, repository: Repository, access: Access, now: datetime, *, seconds: float
    ) -> datetime | None:
        """Since when this process has seen access hold, looking at least once in so many seconds.

        Anything else in between begins it anew, a gap as well: what happened in it nobody knows.
        """
        key = (account, repository)
        if access is Access.DENIED:
            self._denied.put(key, now, until=now + timedelta(seconds=seconds))
        if access is not Access.GRANTED:
            self._granted.drop(key)
            return None
        since = self._granted.get(key, now=now) or now
        self._granted.put(key, since, until=now + timedelta(seconds=seconds))
        return since

    def was_denied(self, account: str, repository: Repository, now: datetime) -> bool:
        """Whether this process has seen lately that there was no access."""
        return self._denied.get((account, repository), now=now) is not None

    def is_planned(self, cause: str, now: datetime) -> bool:
        """Whether this process has asked within a day for the plan of a refresh for that cause."""
        return self._planned.get(cause, now=now) is not None

    def planned(self, cause: str, now: datetime) -> None:
        """It has asked."""
        self._planned.put(cause, now, until=now + NOTED)

    @contextmanager
    def alone(self, hint: Hint) -> Iterator[bool]:
        """One diagnosis of a cause at a time; False where the other one takes too long to wait for."""
        with self._lock:
            flight = self._flights.setdefault(hint.flight, _Flight(lock=threading.Lock()))
            flight.waiting += 1
        held = flight.lock.acquire(timeout=PATIENCE_SECONDS)
        try:
            yield held
        finally:
            if held:
                flight.lock.release()
            with self._lock:
                flight.waiting -= 1
                if not flight.waiting:
                    self._flights.pop(hint.flight, None)

    def _first(self, keys: Iterable[Hashable], now: datetime) -> _Standing | None:
        return next(filter(None, (self._verdicts.get(key, now=now) for key in keys)), None)

    def _shared(self, hint: Hint, now: datetime) -> Iterator[Hashable]:
        """Verdicts on an account or a pool, which other workloads' pods have led to."""
        home = self._homes.get((hint.cluster, "node", hint.node), now=now)
        if home and hint.repository and hint.concerns_credentials:
            yield (hint.cluster, "account", home.account, hint.repository)
            yield (hint.cluster, "pool", home.pool, hint.repository)

    def _may_answer(self, hint: Hint, found: _Standing, now: datetime) -> bool:
        """Until the first one that answered the workload is over. What others have renewed it by answers no longer."""
        workload = hint.of_workload
        until = self._answered.get(workload, now=now)
        if until is None:
            until = found.until
            self._answered.put(workload, until, until=until + NOTED)
        return now < until


@dataclass(slots=True)
class _Flight:
    lock: threading.Lock
    waiting: int = 0


def _remembered(hint: Hint, verdict: Verdict, reach: Reach) -> Iterator[Hashable]:
    # The cause is the one that was diagnosed: an event that claims another one must not be answered by this verdict.
    subject, known = verdict.subject, replace(hint, image=verdict.subject.image, cause=verdict.cause)
    yield known.of_pod
    if verdict.pod_read:
        # The same pod's events without a cause, with and without an image, follow each failed try.
        silent = replace(known, cause=Cause.NO_CAUSE)
        yield from (silent.of_pod, replace(silent, image=None).of_pod)
    if reach is Reach.IMAGE and known.image:
        yield known.of_image
    if subject.repository and subject.account and reach in (Reach.CAUSE, Reach.POOL):
        name = subject.account if reach is Reach.CAUSE else subject.pool
        yield (subject.cluster, "account" if reach is Reach.CAUSE else "pool", name, subject.repository)
        yield known.of_repository
