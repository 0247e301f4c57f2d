"""Plays a plan: after every step the invariants hold, and once nothing disturbs any more it all ends well."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from functions.settings import Mode, read_settings
from sandbox import judge
from sandbox.kube.client import ApiError, KubeClient
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import Object, name_of
from tests.e2e import smallest
from tests.proof.disorder import outage
from tests.proof.disorder.acts import ACTS, as_message
from tests.proof.disorder.frozen import Frozen, went_on
from tests.proof.disorder.heeded import Leaving, unheeded
from tests.proof.disorder.plans import NODES, Act, Delivery, Plan
from tests.proof.disorder.promises import Asked, unkept
from tests.proof.disorder.resting import Rest
from tests.proof.evidence import Before, Evidence
from tests.proof.gate import Life
from tests.proof.invariants import broken
from tests.proof.laboratory import PATIENCE, Laboratory
from tests.proof.product import Message
from tests.proof.scene import Scene
from tests.proof.story import AGAIN, SWEEP, Story

SCENE = Scene(
    name="disorder",
    ends="",
    nodes=NODES,
    ails=(),
    settings={
        "REPULL_ALLOW_STOP_START": "on",
        "REPULL_HOLDER_SECONDS": "4",
        "REPULL_PROBE_SECONDS": "4",
        "REPULL_DRAIN_SECONDS": "4",
        "REPULL_STOP_SECONDS": "5",
        "REPULL_BOOT_SECONDS": "5",
        "REPULL_READY_SECONDS": "4",
        "REPULL_SCALE_DOWN_SECONDS": "5",
        "REPULL_COOLDOWN_SECONDS": "86400",
    },
)
"""Short times: what never comes is waited for in real seconds. How a node ends is nobody's promise here.

Only the cooldown is longer than any story: once it is over, a machine may be renewed again.
"""

EXCLUDE = "repull.dev/exclude"
RENEWALS = tuple(f"{verb} of Google" for verb in ("reset", "recreateInstances", "stopInstances"))
OUT_OF_SERVICE = ("create pods/eviction", *RENEWALS)
"""Calls of which the first is made while a node is cordoned."""
MOST_DELIVERIES = 120
SETTLED = 10.0
"""Seconds for the cluster's own controllers to finish, once everything is over."""


class Disorder:
    """One story; `play` raises AssertionError with what was broken and all that was said."""

    def __init__(self, laboratory: Laboratory, plan: Plan) -> None:
        self.laboratory, self.plan = laboratory, plan
        self.world = laboratory.world
        self.replaced: tuple[tuple[str, Any], ...] = ()
        self.excluded: frozenset[str] = frozenset()  # nodes that carry the label from before until now
        self.ailing: frozenset[str] = frozenset()  # those whose machines can't pull from before until now
        self.waiting: list[Message] = []
        self._taken = self._posted = 0
        self._ends: list[int] = []  # of invocations, in the books
        self._on_their_way: list[Leaving] = []
        self._frozen: list[Frozen] = []
        self._at_work = False
        self._did: list[str] = []
        self._lock = threading.Lock()
        usual = {"action": "start", "image": smallest.IMAGE, "reason": "disorder"}
        self.start: dict[str, Any] = usual | dict(plan.asked)
        laboratory.background.run(outage.take_back(self.world), within=PATIENCE)
        laboratory.prepare()
        self.deploy({})
        self.story = Story(laboratory=laboratory)
        self.before = Before.of(self.world)

    # What acts need

    @property
    def admin(self) -> KubeClient:
        return self.world.admin

    def node(self, name: str) -> Object | None:
        return next((each for each in self.world.view.list("nodes") if name_of(each) == name), None)

    def _labels(self, name: str) -> dict[str, str]:
        found = self.node(name) or {"metadata": {}}
        return dict(found["metadata"].get("labels") or {})

    def post(self, body: dict[str, Any]) -> None:
        """Somebody publishes this."""
        self._posted += 1
        self.waiting.append(as_message(self._posted, body))

    def deploy(self, settings: dict[str, str]) -> None:
        """A revision of the function with these settings."""
        environ = {**self.world.refresh.environ, **SCENE.settings, **dict(self.plan.settings), **settings}
        self.laboratory.settings = read_settings(environ)

    def not_ours(self, machine: Machine, *, was_out: bool) -> None:
        """That it is off just now is not the product's doing."""
        if not was_out and machine._is_out:
            machine.outages.pop()

    async def annotate(self, annotations: dict[str, str | None]) -> None:
        for each in self.world.view.list("noderefreshes"):
            await self.admin.patch("noderefreshes", name_of(each), {"metadata": {"annotations": annotations}})

    def collect(self) -> None:
        """What was published since."""
        published = self.story.mail.steps
        self.waiting += published[self._taken :]
        self._taken = len(published)

    # The story

    def play(self) -> None:
        for each in self.plan.stale:
            self.world.fleet[NODES[each]].make_stale()
        for act in self.plan.before:
            self._act(act)
        self.world.books._calls.clear()
        self.excluded = frozenset(name for name in NODES if EXCLUDE in self._labels(name))
        self.ailing = frozenset(each.name for each in self.world.fleet if each.is_stale and not each.heals)
        self.post(self.start)
        for step in self.plan.steps:
            if isinstance(step, Act):
                self._act(step)
                self._look()
            else:
                self._deliver(step)
        self._calm_down()
        self._ends_well()

    def _act(self, act: Act) -> None:
        self._did.append(str(act))
        self.laboratory.background.run(self._done(act), within=PATIENCE)

    async def _done(self, act: Act) -> None:
        if NODES[act.node] in self.world.fleet.removed:
            return
        with suppress(ApiError):  # what it was to be done to is not there any more
            await ACTS[act.what](self, NODES[act.node], act.number)

    def _deliver(self, step: Delivery) -> None:
        self.collect()
        message = SWEEP
        if self.waiting:
            which = step.which % len(self.waiting)
            message = self.waiting[which] if step.again else self.waiting.pop(which)
        self._invoke(message, self._amid(step))

    def _amid(self, step: Delivery) -> Callable[[Life], None]:
        pending = list(step.amid)

        def amid(life: Life) -> None:
            with self._lock:
                calls = Counter(life.calls)
                due = [each for each in pending if each[1] <= (calls[each[0]] if each[0] else calls.total())]
                for each in due:
                    pending.remove(each)
            for _, _, act in due:
                self._during(life, act)
            if step.beside:
                self._beside(life)

        return amid

    def _during(self, life: Life, act: Act) -> None:
        match act.what:
            case "die":
                life.dead = True
            case "die_after":
                life.last = True
            case "freeze":
                self._frozen.append(Frozen(life, len(life.calls)))
                self.laboratory.time.skip(self.laboratory.settings.holder_seconds)
            case "meanwhile":
                self._deliver(Delivery(act.number))
                return
            case _:
                self._act(act)
                return
        self._did.append(str(act))

    def _invoke(self, message: Message, amid: Callable[[Life], None] = lambda _life: None) -> None:
        observing = self.laboratory.settings.mode is Mode.OBSERVE
        written, rest = len(judge.writes(self.world)), Rest.of(self)
        self._did.append(f"{message.id}: {dict(message.body)}")
        outermost, self._at_work = not self._at_work, True
        reply = self.story.deliver(message, lambda life: self._before(life, amid))
        if outermost:
            self._at_work = False
            self._ends.append(len(self.world.books))
        self._did.append(f"{message.id} -> {reply or 'died'}")
        if observing and self.laboratory.settings.mode is Mode.OBSERVE:
            assert len(judge.writes(self.world)) == written, f"observing has written{self._told()}"
        if reply is None or reply in AGAIN:
            self.waiting.append(message)
        if rest and (taken := rest.broken(self)):
            raise AssertionError("\n".join((*taken, self._told())))
        self._look()

    def _before(self, life: Life, amid: Callable[[Life], None]) -> None:
        """Whatever happens before a call; a renewal was decided before that."""
        renews, decided = life.at[0] in RENEWALS, len(self.world.books)
        amid(life)
        if renews and not life.dead:
            self._on_their_way.append(Leaving(decided, len(self.world.books)))

    def _beside(self, life: Life) -> None:
        """Slots work side by side: while a node is out of service for one, the next message comes."""
        with self._lock:
            self.collect()
            first = life.at[0] in OUT_OF_SERVICE and sum(each in OUT_OF_SERVICE for each in life.calls) == 1
            message = self.waiting.pop(0) if first and self.waiting else None
        if message:
            self._invoke(message, self._beside)

    def _calm_down(self) -> None:
        """No fault any more, and nobody holds anything back: whatever is left is brought to its end."""
        self._did.append("calm")
        self._release()
        while len(self.story.replies) < MOST_DELIVERIES:
            self.collect()
            if not self.waiting:
                if self.story.over():
                    return
                self._release()  # the breaker may have tripped again
            self._invoke(self.waiting.pop(0) if self.waiting else SWEEP, self._beside)
            if self.story.replies[-1][1] in (None, *AGAIN):
                self.laboratory.time.skip(self.laboratory.settings.holder_seconds)
        raise AssertionError(f"no end{self._told()}")

    def _release(self) -> None:
        async def release() -> None:
            await self.annotate({"repull.dev/pause": None})
            if self.world.view.list("configmaps", "repull"):
                with suppress(ApiError):
                    await self.admin.patch("configmaps", "state", {"data": {"paused": None, "breaker": None}}, "repull")

        self.world.faults.clear()
        self.deploy({})
        self.laboratory.background.run(release())

    def _ends_well(self) -> None:
        """After a few sweeps nothing is left that should not be."""
        found: tuple[str, ...] = ()
        for _ in range(4):
            self.laboratory.time.skip(600)
            self._invoke(SWEEP)
            self.collect()
            if not self.waiting and not (found := self._broken(at_rest=True)):
                return
            self._calm_down()
        settled = self.laboratory.stage.until(
            lambda: not self._broken(at_rest=True), "that all is well", seconds=SETTLED
        )
        if not self.laboratory.background.run(settled, within=PATIENCE):
            found = self._broken(at_rest=True)
            raise AssertionError("\n".join((*found, self._told())))

    # The judgement

    def _look(self) -> None:
        if found := self._broken():
            raise AssertionError("\n".join((*found, self._told())))

    def _broken(self, *, at_rest: bool = False) -> tuple[str, ...]:
        given_up = tuple(
            message.data for message, reply in self.story.replies if reply is not None and reply.name == "REJECTED"
        )
        evidence = Evidence(
            world=self.world,
            before=self.before,
            at_rest=at_rest,
            given_up=tuple(dict.fromkeys(given_up)),
            dead={letter.data: letter.reason for letter in self.story.mail.dead},
            replaced=self.replaced,
        )
        asked = Asked(
            world=self.world,
            asked=self.start,
            excluded=self.excluded,
            ailing=self.ailing,
            ends=tuple(self._ends),
        )
        heeded = *unheeded(self.world, self._on_their_way), *went_on(self._frozen)
        return (*broken(evidence), *heeded, *unkept(asked))

    def _told(self) -> str:
        lines = (f"{line['event']}: {line['message']}" for line in self.story.mail.lines)
        return "\n".join(("", f"{self.plan!r}", *self._did, "", *lines))
