"""The gate through which every outside call of an invocation passes: it counts, and it is where a process dies.

A process that has died makes no further call: whatever still unwinds in it is refused here.
"""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter

from functions.adapters.kube_transport import Request, Transport

T = TypeVar("T")

_METHODS_OF_GOOGLE = frozenset(
    {"reset", "recreateInstances", "stopInstances", "startInstances", "listManagedInstances", "operations"}
)
"""Last parts of a path that name what is asked for; elsewhere it is the part before the object's name."""


CHANGING = frozenset(
    {"create", "update", "patch", "delete", "publish", "reset", "recreateInstances", "stopInstances", "startInstances"}
)
"""First words of the kinds of calls after which something is not as before."""


class Crash(BaseException):
    """The process is gone. Nothing in the product may catch it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """The `nth` call of a kind in a whole story, counted from 1; `done` says whether it takes effect before the end."""

    kind: str
    nth: int
    done: bool

    def __str__(self) -> str:
        return f"{'after' if self.done else 'before'} {self.kind} {self.nth}"


@dataclass(kw_only=True)
class Gate:
    """One for a whole story: counts go on over all its invocations."""

    strikes: tuple[Point, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    reached: set[Point] = field(default_factory=set)
    passing: Callable[[str, int], None] = lambda _kind, _nth: None  # told of each call before it is made
    lock: threading.Lock = field(default_factory=threading.Lock)

    def life(self, amid: "Callable[[Life], None]" = lambda _life: None) -> "Life":
        """Of one invocation's process; `amid` is told before each of its calls, and may end it."""
        return Life(self, amid)

    def count(self, kind: str) -> tuple[int, Point | None]:
        """The call's number, and the point that strikes at it."""
        with self.lock:
            self.counts[kind] += 1
            nth = self.counts[kind]
            hit = next((each for each in self.strikes if (each.kind, each.nth) == (kind, nth)), None)
            if hit is not None:
                self.reached.add(hit)
            return nth, hit


class Life:
    """One process: from its start until it returns, or dies."""

    def __init__(self, gate: Gate, amid: "Callable[[Life], None]") -> None:
        self._gate, self._amid = gate, amid
        self.dead = False
        self.last = False  # it dies right after the call that it is at
        self.calls: list[str] = []  # kinds, in their order
        self._here = threading.local()
        self.watches: list[urllib3.HTTPResponse] = []  # that it has opened

    @property
    def at(self) -> tuple[str, int]:
        """Kind and number of the call that this thread makes. Others may make theirs meanwhile."""
        call: tuple[str, int] = self._here.call
        return call

    def call(self, kind: str, work: Callable[[], T]) -> T:
        """Do the work, unless the process is dead or dies at it."""
        self._breathe()
        nth, hit = self._gate.count(kind)
        self.calls.append(kind)
        self._here.call = kind, nth
        self._gate.passing(kind, nth)
        self._amid(self)
        if hit is not None and not hit.done:
            self.dead = True
        self._breathe()
        try:
            answer = work()
        finally:  # without an answer, too, it dies here
            if hit is not None or self.last:
                self.dead = True
        if self.dead and isinstance(answer, urllib3.BaseHTTPResponse | requests.Response):
            answer.close()  # as the system closes what a dead process had open
        if kind.startswith("watch ") and isinstance(answer, urllib3.HTTPResponse):
            self.watches.append(answer)  # before the look at a death: whoever dies after it closes this watch, too
        self._breathe()
        return answer

    def _breathe(self) -> None:
        """Whoever still listens to a watch must not wait for what may never be told: the system closes it."""
        if self.dead:
            for watch in self.watches:
                with suppress(ValueError, RuntimeError, OSError):  # it is over
                    watch.shutdown()
            raise Crash


class GatedTransport(Transport):
    """To the API server, as the product's own."""

    def __init__(self, life: Life, *given: Any) -> None:
        super().__init__(*given)
        self._life = life
        self._answers: list[urllib3.BaseHTTPResponse] = []

    def send(self, request: Request) -> urllib3.BaseHTTPResponse:
        verb, resource = request.what.split()[:2]
        return self._life.call(f"{verb} {resource}", lambda: self._asked(request))

    def hang_up(self) -> None:
        """As the kernel does when a process dies: what has been answered and was never read is closed, too."""
        for answer in self._answers:
            answer.close()
        self.close()

    def _asked(self, request: Request) -> urllib3.BaseHTTPResponse:
        answer = super().send(request)
        self._answers.append(answer)
        return answer


class GatedAdapter(HTTPAdapter):
    """Under requests' sessions, which google-auth and google-cloud-compute speak through."""

    def __init__(self, life: Life) -> None:
        super().__init__()
        self._life = life

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        parts = str(request.path_url).partition("?")[0].strip("/").split("/")
        what = parts[-1] if parts[-1] in _METHODS_OF_GOOGLE else parts[-2]
        if "locations" in parts and what == "operations":
            what = "GKE's operations"  # zones have some, too
        return self._life.call(f"{what} of Google", lambda: super(GatedAdapter, self).send(request, *given, **named))
