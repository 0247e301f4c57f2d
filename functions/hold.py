"""One invocation's hold on one slot: the only way in which a phase reads and writes its refresh.

Every write is a compare-and-set that first makes sure that the slot is still ours. Before every changing call
to the outside a phase asks `guard`, so that an invocation that was frozen and wakes up late does nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from functions import events, slots
from functions.errors import Conflict, HolderLost, NotFound, Retryable
from functions.model.cluster import Node, NodeChange
from functions.model.google import GkeCluster
from functions.model.refresh import Refresh, RefreshStatus, Slot
from functions.ports import Cluster, RefreshPorts
from functions.racing import ATTEMPTS, apart
from functions.settings import Settings

SAFETY_SECONDS = 1.0
"""Clocks of two invocations may differ by a little: stop this much before the holder expires.

A tenth of its time where that is less: after a wait of a third, begun with half of it left, a sixth is left.
"""


class Hold:
    """Made by `take`; ends with `hand_over` or `let_go`."""

    def __init__(
        self,
        *,
        refresh: Refresh,
        index: int,
        holder: str,
        cluster: Cluster,
        ports: RefreshPorts,
        settings: Settings,
        until: datetime,
    ) -> None:
        self.refresh = refresh
        self.index = index
        self.holder = holder
        self.cluster = cluster
        self.ports = ports
        self.settings = settings
        self.until = until  # when this invocation should have handed over
        self.judged = ""  # the node that this invocation has let pass the preflight
        self.pools: dict[str, str] = {}  # node -> its pool
        self.sizes: dict[str, tuple[int, int]] = {}  # pool -> how many nodes were counted, and how many at most

    @property
    def slot(self) -> Slot:
        slot = slots.find(self.refresh.status, self.index)
        if slot is None:
            raise HolderLost(f"slot {self.index} of {self.refresh.name} is gone")
        return slot

    @property
    def status(self) -> RefreshStatus:
        return self.refresh.status

    @property
    def name(self) -> str:
        return self.refresh.name

    @property
    def gke(self) -> GkeCluster:
        """As it is by now, or was a minute ago: an upgrade may begin meanwhile. Raises Refused, Retryable."""
        return self.ports.gke.cluster(self.cluster.key)

    @property
    def gke_at_work(self) -> GkeCluster:
        """The same, with what GKE is at work on. Raises Refused, Retryable."""
        return self.ports.gke.at_work(self.cluster.key)

    def now(self) -> datetime:
        return self.ports.clock.now()

    @property
    def forced(self) -> bool:
        """Whether nodes are renewed although they can pull: as far as the settings permit it."""
        return self.settings.force.given(asked=self.refresh.spec.force)

    # Writing

    def save(
        self,
        change: Callable[[RefreshStatus, Slot], RefreshStatus],
        *,
        saying: Callable[[RefreshStatus], None] = lambda _: None,
    ) -> None:
        """Write `change(status, slot)` by compare-and-set; on a lost race read again and decide anew.

        What nobody says any more once it is written is said right before, by `saying`: again where a race was lost, so
        the last that is said is what was written. Raises HolderLost where the slot is no longer ours, NotFound where
        the refresh was deleted, Retryable after many lost races in a row.
        """
        for lost in range(ATTEMPTS):
            self.guard()
            ttl = self.settings.holder_seconds
            status = slots.extend(self.status, self.slot, now=self.now(), ttl=ttl)
            wanted = change(status, slots.find(status, self.index) or self.slot)
            saying(wanted)
            self.guard()  # once more: an Event is asked for on the way
            try:
                self.refresh = self.cluster.refreshes.write(self.refresh, wanted)
            except Conflict:
                if lost:  # the first is hardly ever a race: another slot has written since we looked, some time ago
                    self.pause_after(lost)
                self.reread()
            else:
                return
        raise Retryable(f"writing {self.name}: lost {ATTEMPTS} races in a row")

    def update(self, **fields: object) -> None:
        """Write fields of our slot."""
        self.save(lambda status, slot: slots.put(status, replace(slot, **fields)))  # type: ignore[arg-type]  # replace checks

    def reread(self) -> None:
        """Observe the refresh again. Raises HolderLost where it is gone or the slot is somebody else's by now."""
        fresh = self.cluster.refreshes.get(self.name)
        if fresh is None:
            raise HolderLost(f"NodeRefresh {self.name} was deleted")
        self.refresh = fresh
        if self.slot.holder != self.holder:
            raise HolderLost(f"slot {self.index} of {self.name} is held by {self.slot.holder or 'nobody'} now")

    # Holding

    def guard(self) -> None:
        """Before every changing call. Raises HolderLost where our time as the holder is over, or nearly."""
        safety = timedelta(seconds=min(SAFETY_SECONDS, self.settings.holder_seconds / 10))
        expires = self.slot.holder_expires
        if self.slot.holder != self.holder or expires is None or self.now() >= expires - safety:
            raise HolderLost(f"slot {self.index} of {self.name}: this invocation's hold has expired")

    def breathe(self, *, waiting: str | None = None) -> None:
        """Show that we are alive: extend the hold once half of it is over. Called in every wait.

        What is being waited for is written along, "" where it is nothing, so that people see it; None: as it stands.
        """
        expires = self.slot.holder_expires
        if expires is None or expires - self.now() < timedelta(seconds=self.settings.holder_seconds / 2):
            self.save(lambda status, slot: status if waiting is None else slots.waits(status, slot, waiting))

    def let_go(self) -> None:
        """Stop holding without a next step: the message is delivered again and goes on from here."""
        self.save(slots.release)

    def fail(self, why: str, *, patience: float) -> None:
        """The same, as somebody outside fails or refuses. Before a cordon that may last for `patience` seconds."""
        until = self.deadline(patience)
        self.save(lambda status, slot: slots.fails(status, slot, why=why, until=until))

    # Time

    def seconds_left(self, deadline: datetime | None = None) -> float:
        """Seconds one wait may take before we must look up: to breathe, to hand over, or for `deadline`."""
        ends = [self.settings.holder_seconds / 3, (self.until - self.now()).total_seconds()]
        if deadline is not None:
            ends.append((deadline - self.now()).total_seconds())
        return max(0.0, min(ends))

    @property
    def overdue(self) -> bool:
        """Whether the time of the slot's phase is over."""
        deadline = self.slot.deadline
        return deadline is not None and self.now() >= deadline

    @property
    def spent(self) -> bool:
        """Whether this invocation must hand over."""
        return self.now() >= self.until

    def has_time_for(self, seconds: float) -> bool:
        """Whether something that may take this long still fits in this invocation."""
        return self.now() + timedelta(seconds=seconds) <= self.until

    def pause_after(self, lost: int) -> None:
        """Wait for a moment, after so many lost races."""
        self.ports.clock.pause(apart(lost))

    def deadline(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)

    # What several phases do

    def change_node(
        self, name: str, decide: Callable[[Node], NodeChange | None], *, seen: Node | None = None
    ) -> Node | None:
        """Observe the node, decide, write against what was observed; again where somebody wrote first.

        What was `seen` just now is not asked for again. Answers the node as it is now; None where it does not exist.
        Raises Retryable after many lost races in a row: so does a webhook that says 409 to all of them.
        """
        for lost in range(1, ATTEMPTS + 1):
            node, seen = seen or self.cluster.nodes.get(name), None
            if node is None:
                return None
            change = decide(node)
            if change is None:
                return node
            self.guard()
            try:
                return self.cluster.nodes.change(node, change)
            except Conflict:
                self.pause_after(lost)
            except NotFound:
                return None
        raise Retryable(f"changing node {name}: lost {ATTEMPTS} races in a row")

    def record(self, event: str, message: str, *, warning: bool = False, **fields: object) -> None:
        """One line of the audit trail, with the refresh, the slot and its node."""
        context = {"cluster": str(self.cluster.key), "refresh": self.name, "slot": self.index, "node": self.slot.node}
        self.ports.audit.record(event, message, warning=warning, **(context | fields))

    def publish_next(self) -> None:
        """Publish step n+1, then make it the only one that counts.

        The order matters: a lost write is mended by the message.
        """
        step = self.slot.step + 1
        message = {
            "action": "continue",
            "cluster": str(self.cluster.key),
            "refresh": self.name,
            "slot": self.index,
            "step": step,
        }
        self.guard()
        self.ports.outbox.publish_step(message)
        self.record(events.STEP_PUBLISHED, f"published step {step} of slot {self.index}", step=step)
        self.save(slots.hand_over)


def new_holder() -> str:
    """A name for one invocation."""
    return uuid4().hex[:12]
