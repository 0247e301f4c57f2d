"""The heart of on_refresh_step: one message in, one node on its way, the next step out.

`STEPS` is the whole road. Each step observes, decides and acts, and answers one of a closed set of results;
`advance` does the rest: it writes progress to the slot, frees the place when the node is done, publishes the
next step.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from functions import events, opened, slots
from functions.beginning import begin, refuse
from functions.errors import HolderLost, NotFound, Refused, Retryable
from functions.hold import Hold
from functions.holding import Held
from functions.messages.steps import Continue
from functions.model.refresh import Mark, Phase, Refresh, RefreshPhase, RefreshStatus, Slot
from functions.phases import (
    await_boot,
    await_removal,
    await_stop,
    brakes,
    choose,
    conclude,
    cordon,
    drain,
    overdue,
    preflight,
    recheck,
    renew,
    retry_pods,
    roll_back,
    scale_down,
    scale_up,
    telling,
    uncordon,
    verify,
)
from functions.phases.result import Concluded, Done, GivenWay, HandOver, Next, NothingLeft, Result
from functions.ports import Cluster, RefreshPorts
from functions.reply import Reply
from functions.settings import Settings
from functions.taking import take
from functions.text import cut

STEPS: dict[Phase, Callable[[Hold], Result]] = {
    Phase.CHOOSE: choose.step,
    Phase.PREFLIGHT: preflight.step,
    Phase.CORDON: cordon.step,
    Phase.DRAIN: drain.step,
    Phase.RECHECK: recheck.step,
    Phase.RENEW: renew.step,
    Phase.SCALE_DOWN: scale_down.step,
    Phase.AWAIT_REMOVAL: await_removal.step,
    Phase.SCALE_UP: scale_up.step,
    Phase.AWAIT_STOP: await_stop.step,
    Phase.AWAIT_BOOT: await_boot.step,
    Phase.VERIFY: verify.step,
    Phase.UNCORDON: uncordon.step,
    Phase.RETRY_PODS: retry_pods.step,
    Phase.ROLL_BACK: roll_back.step,
    Phase.FINISHED: conclude.step,
}


def proceed(message: Continue, ports: RefreshPorts, settings: Settings) -> Reply:
    """Take the message's slot and go on with its node for as long as this invocation may run.

    Raises Retryable or Refused where the outside failed; the slot is let go first, so that the message's next
    delivery goes on from here.
    """
    cluster = ports.gke.connect(message.cluster)
    hold = take(message, cluster, ports, settings)
    if isinstance(hold, Reply):
        return hold
    try:
        if not _begin(hold):
            return Reply.HANDLED
        return advance(hold)
    except (Retryable, Refused) as error:
        at_work = slots.find(hold.status, hold.index)
        node = {"node": at_work.node} if at_work and at_work.node else {}
        error.about = {"cluster": str(message.cluster), "refresh": message.refresh} | node
        _let_go(hold, error)
        raise
    except NotFound as error:
        raise HolderLost(
            f"NodeRefresh {message.refresh} was deleted while slot {message.slot} was at work; the sweep cleans up"
        ) from error


def advance(hold: Hold) -> Reply:
    """Step after step until the node is done, the time is up, or nothing is left."""
    while True:
        result = _step(hold)
        match result:
            case Next():
                _enter(hold, result)
            case Done():
                _finish(hold, result)
                return Reply.HANDLED
            case GivenWay():
                _free(hold, result)
            case HandOver():
                hold.publish_next()
                return Reply.HANDLED
            case NothingLeft():
                hold.update(phase=Phase.FINISHED)
            case Concluded():
                _after_the_end(hold)
                return Reply.HANDLED
            case Held():
                if _hold_back(hold, result):
                    return Reply.HANDLED
            case _:
                assert_never(result)


def _begin(hold: Hold) -> bool:
    try:
        return begin(hold)
    except (Refused, Retryable) as error:
        if not hold.overdue:
            raise
        refuse(hold, f"it could not begin in time: {error}")
        return True


def _step(hold: Hold) -> Result:
    try:
        return STEPS[hold.slot.phase](hold)
    except (Refused, Retryable) as error:
        if result := overdue.end(hold, error):
            return result
        raise


def _enter(hold: Hold, result: Next) -> None:
    deadline = hold.deadline(result.deadline_seconds) if result.deadline_seconds is not None else None
    changes = {"phase": result.phase, "deadline": deadline, "reason": ""} | result.changes
    changes["reason"] = cut(changes["reason"])

    def enter(status: RefreshStatus, slot: Slot) -> RefreshStatus:
        if result.phase is Phase.CORDON and _overtaken(hold, status, result):
            return status  # no further node is cordoned, the preflight says why
        if changes.get("escalated") and (status.stopping or brakes.closed_to_escalation(hold, status)):
            return status  # nothing is renewed a second time, the verification says why
        if slot.phase is Phase.CHOOSE and not choose.is_free(hold, status, changes["node"]):
            return status  # another slot was faster: choose again
        entered = replace(slot, **changes)
        said = f"node {entered.node}: {entered.phase}" if entered.node else status.message
        return slots.put(replace(status, message=said), entered)

    before = hold.slot.phase
    hold.save(enter)
    if hold.slot.phase is not before:
        hold.record(
            events.PHASE,
            f"{hold.slot.node}: {before} -> {hold.slot.phase}",
            phase=hold.slot.phase,
            reason=hold.slot.reason,
        )


def _overtaken(hold: Hold, status: RefreshStatus, decided: Next) -> bool:
    """Whether somebody failed, paused it or took another node out of service since the cordon was decided."""
    others = slots.away(status, hold.index) - decided.away
    return bool(status.stopping or others) or brakes.closed_to(hold, status)


def _hold_back(hold: Hold, held: Held) -> bool:
    """Stop without a next step; the sweep takes the slot up again. False where the run is stopping: it must end."""

    def rest(status: RefreshStatus, slot: Slot) -> RefreshStatus:
        return status if status.stopping else slots.hold_back(status, slot, reason=held.reason, until=held.until)

    def say(wanted: RefreshStatus) -> None:
        if wanted.held != hold.status.held:
            hold.record(events.HELD, f"no further node is taken for now: {held.reason}", until=held.until)
            hold.cluster.announcer.on_refresh(hold.refresh, "Held", held.reason)

    hold.save(rest, saying=say)
    return not hold.status.stopping


def _free(hold: Hold, given: GivenWay) -> None:
    """The slot chooses anew, its node among others, which is not done; the slot counts how often that happens."""
    node = hold.slot.node

    def say(_: RefreshStatus) -> None:
        hold.record(events.GAVE_WAY, given.note, node=node)
        hold.cluster.announcer.on_refresh(hold.refresh, "NodeGaveWay", given.note)

    hold.save(lambda status, slot: slots.free(status, slot, note=given.note), saying=say)


def _finish(hold: Hold, done: Done) -> None:
    """Free the place, mark the node, open further slots where the canary is verified, publish the next step."""
    mark = Mark(node=hold.slot.node, outcome=done.outcome)

    def finish(status: RefreshStatus, slot: Slot) -> RefreshStatus:
        return slots.finish_node(slots.stop(status, done.stop), slot, done.outcome, note=done.note)

    def say(_: RefreshStatus) -> None:
        telling.tell(hold, mark, done.note, stop=done.stop)

    if done.outcome in telling.AFTERWARDS:
        hold.save(finish)
        say(hold.status)
    else:
        hold.save(finish, saying=say)
    choose.flush_marks(hold)
    _open_slots(hold)
    hold.publish_next()


def _open_slots(hold: Hold) -> None:
    """Once the canary is verified, the other places may be used.

    A message that gets lost here is published again by the sweep.
    """
    if not slots.openable(hold.status):
        return
    opened: tuple[int, ...] = ()

    def add(status: RefreshStatus, _: Slot) -> RefreshStatus:
        nonlocal opened
        opened = slots.openable(status)
        for index in opened:
            status = slots.put(status, Slot(index=index))
        return status

    hold.save(add)
    for index in opened:
        hold.ports.outbox.publish_step(Continue(cluster=hold.cluster.key, refresh=hold.name, slot=index, step=0).json())


def _after_the_end(hold: Hold) -> None:
    """Wake the refresh that has waited longest; without one, just stop holding."""
    if not hold.status.phase.over:
        hold.let_go()
        return
    waiting = sorted(
        (each for each in hold.cluster.refreshes.all() if each.status.phase is RefreshPhase.PENDING),
        key=lambda each: each.created,
    )
    for refresh in waiting[:1]:
        opened.tell_again(refresh, hold.ports.audit)
        for message in wake(hold.cluster, refresh):
            hold.ports.outbox.publish_step(message.json())


def wake(cluster: Cluster, refresh: Refresh) -> tuple[Continue, ...]:
    """The messages that set every unfinished slot of a refresh going again; harmless where it goes already."""
    found = refresh.status.slots or (Slot(index=0),)
    unfinished = tuple(slot for slot in found if slot.phase is not Phase.FINISHED) or found[:1]
    return tuple(
        Continue(cluster=cluster.key, refresh=refresh.name, slot=slot.index, step=slot.step) for slot in unfinished
    )


def _let_go(hold: Hold, error: Retryable | Refused) -> None:
    try:
        hold.fail(str(error), patience=overdue.patience(error))
    except (Retryable, Refused, HolderLost, NotFound):
        return  # the hold expires by itself
