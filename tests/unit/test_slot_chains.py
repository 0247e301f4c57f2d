"""The slot protocol holds for any number of slots, whatever happens to messages and invocations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from functions import slots
from functions.model.refresh import Outcome, Phase, RefreshPhase, RefreshStatus, Slot
from functions.slots import Taken

T0 = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TTL = 60.0


class Chains(RuleBasedStateMachine):
    """Invocations race for slots on one object with compare-and-set; messages are lost, doubled, late and out of order.

    Every rule is one write that won its compare-and-set; an invocation acts only while it is the holder, which
    `Hold.guard` and the compare-and-set make sure of. Between any two rules any other invocation may act, time may
    pass, or all may die.
    """

    PLACES = 3
    NODES = 7
    invocations = Bundle("invocations")

    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.status = RefreshStatus(places=self.PLACES, phase=RefreshPhase.RUNNING)
        self.sent: set[tuple[int, int]] = {(0, 0)}
        self.done: dict[str, int] = {}
        self.alive: dict[str, int] = {}  # holder -> slot
        self.counter = 0

    def _holds(self, holder: str) -> Slot | None:
        """What Hold.guard and the compare-and-set make sure of before any change."""
        found = slots.find(self.status, self.alive[holder])
        expires = found.holder_expires if found else None
        return found if found and found.holder == holder and expires and self.now < expires else None

    def _take(self, index: int, step: int) -> tuple[str, bool]:
        """An invocation is told to go on with a slot: who it is, and whether it got it."""
        self.counter += 1
        holder = f"i{self.counter}"
        self.alive[holder] = index
        taken = slots.take(self.status, index=index, step=step, holder=holder, now=self.now, ttl=TTL)
        if isinstance(taken, Taken):
            self.status = taken.status
        return holder, isinstance(taken, Taken)

    @rule(target=invocations, data=st.data())
    def deliver(self, data: st.DataObject) -> str:
        """Any message that was ever published may come again, at any time."""
        holder, _ = self._take(*data.draw(st.sampled_from(sorted(self.sent))))
        return holder

    @rule(seconds=st.sampled_from([1, 30, 61]))
    def time_passes(self, seconds: int) -> None:
        """A holder that says nothing for long enough has expired."""
        self.now += timedelta(seconds=seconds)

    @rule(holder=invocations)
    def seat(self, holder: str) -> None:
        """The holder of an empty slot seats a node that nobody else works on."""
        found = self._holds(holder)
        if found is None or found.node or found.phase is Phase.FINISHED:
            return
        free = [f"n{number}" for number in range(self.NODES) if f"n{number}" not in self.done]
        free = [name for name in free if name not in slots.occupied(self.status, except_index=found.index)]
        chosen = replace(found, node=free[0], phase=Phase.CORDON) if free else replace(found, phase=Phase.FINISHED)
        self.status = slots.put(self.status, chosen)

    @rule(holder=invocations)
    def finish(self, holder: str) -> None:
        """The holder renews its node and frees the place in one write."""
        found = self._holds(holder)
        if found is None or not found.node:
            return
        self.done[found.node] = self.done.get(found.node, 0) + 1
        self.status = slots.finish_node(self.status, found, Outcome.RENEWED, note="")
        for index in slots.openable(self.status):
            self.status = slots.put(self.status, Slot(index=index))
            self.sent.add((index, 0))

    @rule(holder=invocations, dies=st.booleans())
    def hand_over(self, holder: str, dies: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        """Publish n+1, then write it; the invocation may die in between."""
        found = self._holds(holder)
        if found is None:
            return
        self.sent.add((found.index, found.step + 1))
        if not dies:
            self.status = slots.hand_over(self.status, found)

    @precondition(lambda self: len(self.sent) > 1)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        """A message may be lost for good; the sweep publishes the slot's own step again."""
        lost = data.draw(st.sampled_from(sorted(self.sent)))
        self.sent.discard(lost)
        for found in self.status.slots or (Slot(index=0),):
            self.sent.add((found.index, found.step))

    @invariant()
    def a_node_is_in_one_slot_at_most(self) -> None:
        seated = [found.node for found in self.status.slots if found.node]
        assert len(seated) == len(set(seated))

    @invariant()
    def no_machine_is_renewed_twice(self) -> None:
        assert all(times == 1 for times in self.done.values())

    @invariant()
    def never_more_than_the_places(self) -> None:
        assert len(self.status.slots) <= self.PLACES
        assert sum(bool(found.node) for found in self.status.slots) <= self.PLACES

    @invariant()
    def the_canary_is_alone(self) -> None:
        assert self.status.canary_verified or len(self.status.slots) <= 1

    @invariant()
    def the_count_is_exact(self) -> None:
        assert self.status.renewed == len(self.done)

    def teardown(self) -> None:
        """From any state, what the sweep publishes ends with every node renewed once and every slot finished."""
        for _ in range(200):
            if slots.all_finished(self.status) and not slots.openable(self.status):
                break
            self.now += timedelta(seconds=TTL + 1)
            for index, step in [(found.index, found.step) for found in self.status.slots] or [(0, 0)]:
                holder, got_it = self._take(index, step)
                if got_it:
                    self.seat(holder)
                    self.finish(holder)
                    self.hand_over(holder, dies=False)
        assert slots.all_finished(self.status)
        assert self.done == {f"n{number}": 1 for number in range(self.NODES)}
        super().teardown()


TestChains = Chains.TestCase
TestChains.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
