"""Before a further node is taken: does anything hold the chain, and would one more trip the circuit breaker?"""

from functools import partial

from functions import breaker, events, holding, methods, slots
from functions.hold import Hold
from functions.holding import Held
from functions.model.refresh import Phase, RefreshStatus
from functions.ports import Brakes

_ABOUT_TO_BE_RENEWED = frozenset({Phase.CORDON, Phase.DRAIN, Phase.RECHECK, Phase.RENEW})


def look(hold: Hold) -> Held | None:
    """What holds the chain now, whatever the node."""
    return held(hold, hold.cluster.memory.brakes())


def closed_to(hold: Hold, status: RefreshStatus) -> bool:
    """Whether the slot's node may not be cordoned now. It only reads: asked inside a compare-and-set."""
    brakes = hold.cluster.memory.brakes()
    return held(hold, brakes) is not None or bool(_trips(hold, status, brakes))


def before_cordon(hold: Hold) -> Held | None:
    """The same, and where this node would be one too many, the breaker is tripped."""
    brakes = hold.cluster.memory.brakes()
    if found := held(hold, brakes):
        return found
    why = _trips(hold, hold.status, brakes)
    if not why:
        return None
    _trip(hold, why)
    return look(hold)


def closed_to_escalation(hold: Hold, status: RefreshStatus) -> bool:
    """Whether the slot's machine may not be recreated now. It only reads: asked inside a compare-and-set."""
    brakes = hold.cluster.memory.brakes()
    return brakes.tripped is not None or bool(_one_too_many(hold, status, brakes))


def before_escalation(hold: Hold, brakes: Brakes) -> str:
    """Why no machine may be renewed a second time, "" where nothing; the breaker is tripped where it is one too many.

    It is no further node, so neither does anything else hold it, nor does the share of its pool count.
    """
    if brakes.tripped is None and (why := _one_too_many(hold, hold.status, brakes)):
        _trip(hold, why)
        brakes = hold.cluster.memory.brakes()
    return "; ".join(holding.breaker_says(brakes))


def _trip(hold: Hold, why: str) -> None:
    hold.guard()
    # Said first: whoever comes after finds it open, and if this process dies in between nobody would be alarmed.
    hold.record(events.BREAKER_TRIPPED, f"the circuit breaker has tripped: {why}", warning=True)
    hold.cluster.memory.trip(why, hold.now())
    hold.cluster.announcer.on_refresh(hold.refresh, "BreakerTripped", why, warning=True)


def released(hold: Hold) -> None:
    """Nothing holds it: say so where something did."""
    if hold.status.held:
        hold.save(lambda status, _: slots.go_on(status), saying=partial(_say_so, hold))


def _say_so(hold: Hold, _: RefreshStatus) -> None:
    if hold.status.held:  # no other slot was faster
        hold.record(events.RESUMED, f"{hold.name} goes on")
        hold.cluster.announcer.on_refresh(hold.refresh, "Resumed", "Nothing holds it any more")


def held(hold: Hold, brakes: Brakes) -> Held | None:
    """The same as `look`, by what was read of the brakes."""
    settings, now = hold.settings, hold.now()
    facts = holding.Facts(refresh=hold.refresh, brakes=brakes, gke=hold.gke_at_work, settings=settings, now=now)
    return holding.held(facts)


def would_trip(hold: Hold, pool: str, brakes: Brakes) -> str:
    """Why one more node of this pool would open the breaker now, while no slot is at work; "" where it would not."""
    of_late = breaker.of_late(brakes, hold.now())
    rush = breaker.Rush(renewals=of_late, under_way=(), pool=pool, settings=hold.settings)
    return _too_many(hold, rush) if of_late else ""


def _trips(hold: Hold, status: RefreshStatus, brakes: Brakes) -> str:
    under_way = _under_way(hold, status, brakes)
    of_late = breaker.of_late(brakes, hold.now())
    pool = _pool(hold) if of_late or under_way else None
    if pool is None:
        return ""  # the first within an hour is always allowed; or there is nothing to cordon
    return _too_many(hold, breaker.Rush(renewals=of_late, under_way=under_way, pool=pool, settings=hold.settings))


def _one_too_many(hold: Hold, status: RefreshStatus, brakes: Brakes) -> str:
    """Why one renewal more, of whatever node, would be too many; "" where it would not."""
    of_late = breaker.of_late(brakes, hold.now())
    under_way = _under_way(hold, status, brakes)
    rush = breaker.Rush(renewals=of_late, under_way=under_way, pool="", settings=hold.settings)
    return breaker.trips(rush, pool_size=0) if rush.total_trips else ""


def _too_many(hold: Hold, rush: breaker.Rush) -> str:
    return breaker.trips(rush, pool_size=0 if rush.total_trips else _size(hold, rush.pool, rush.enough))


def _pool(hold: Hold) -> str | None:
    """That of the slot's node; None where the node is gone.

    Read once by an invocation, as its size is: both are asked for at each try to write, and each request makes it
    likelier that another slot writes first.
    """
    name = hold.slot.node
    if name not in hold.pools and (node := hold.cluster.nodes.get(name)) is not None:
        hold.pools[name] = node.pool
    return hold.pools.get(name)


def _size(hold: Hold, pool: str, enough: int) -> int:
    """How many nodes the pool has, or `enough`, or more: all of them would be thousands, at each step.

    Twice as many are asked for, or each renewal by another slot would have them counted again.
    """
    size, most = hold.sizes.get(pool, (0, 0))
    if size == most < enough:  # never counted, or not far enough
        most = 2 * enough
        size = hold.cluster.nodes.count(pools=(pool,), most=most)
        hold.sizes[pool] = size, most
    return size


def _under_way(hold: Hold, status: RefreshStatus, brakes: Brakes) -> tuple[str, ...]:
    """The pools of the nodes in other slots whose renewal is not remembered yet: a recreation after a reset is another.

    By their groups, which are in the slots: with many slots there would be many nodes to ask for, at each try to write.
    """
    counted = breaker.counting(brakes, hold.now())
    remembered = {(each.instance, each.method) for each in counted if each.refresh == hold.name}
    others = tuple(
        slot
        for slot in status.slots
        if slot.index != hold.index
        and slot.phase in _ABOUT_TO_BE_RENEWED
        and (slot.instance_id, methods.chosen(hold.refresh, slot)) not in remembered
    )
    pools = {url: pool.name for pool in hold.gke.pools for url in pool.group_urls} if others else {}
    return tuple(pools.get(slot.group, "") for slot in others)
