"""What holds the chain: why no further node may be taken now, and until when. Pure; one row each.

A node that is cordoned or further is brought to its end all the same, but for an escalation while the circuit breaker
is open; and `force` passes none of these.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions import ownership
from functions.model import schedule
from functions.model.google import RECONCILING, GkeCluster
from functions.model.refresh import Refresh
from functions.ports import Brakes, Pause
from functions.settings import Settings, Switch
from functions.text import cut

AHEAD = timedelta(days=1)
"""How far ahead of our clock a renewal may be: it counts meanwhile, and passes by itself."""
LONGEST = 1000
STATE = f"kubectl -n {ownership.NAMESPACE} patch configmap state --type merge -p"


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """No further node is taken: why, and until when (None: until a person says so)."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Everything that the rows look at."""

    refresh: Refresh
    brakes: Brakes
    gke: GkeCluster
    settings: Settings
    now: datetime


Row = Callable[[Facts], Iterator[Held]]


def paused(facts: Facts) -> Iterator[Held]:
    """A person has said so: for every cluster, for this one, or for this refresh."""
    if facts.settings.pause is Switch.ON:
        yield Held(reason="paused by the setting REPULL_PAUSE; to go on, deploy it as off")
    yield from map(_for_good, _cluster_paused(facts.brakes))
    if facts.refresh.paused is not None:
        undo = f"kubectl annotate noderefresh {facts.refresh.name} {ownership.PAUSE}-"
        name = facts.refresh.name
        yield Held(reason=f"paused: {_why(facts.refresh.paused)}; to go on: repull resume {name}, or {undo}")


def outside_the_windows(facts: Facts) -> Iterator[Held]:
    """Nodes may be taken in the maintenance windows alone, where there are any."""
    windows, zone = facts.settings.windows, facts.settings.time_zone
    if not schedule.open_now(windows, zone, facts.now):
        opens = schedule.next_opening(windows, zone, facts.now)
        written = "; ".join(map(str, windows))
        said = f"outside the maintenance windows (REPULL_WINDOWS: {written}); {_until('opens', opens, facts)}"
        yield Held(reason=said, until=opens)


def frozen(facts: Facts) -> Iterator[Held]:
    """Nothing is changed during a freeze."""
    for freeze in facts.settings.freezes:
        since, until = freeze.span(facts.settings.time_zone)
        if since <= facts.now < until:
            said = f"change freeze, {freeze} (REPULL_FREEZES); {_until('ends', until, facts)}"
            yield Held(reason=said, until=until)


def breaker_is_open(facts: Facts) -> Iterator[Held]:
    """Latched: that an hour has passed closes nothing."""
    yield from map(_for_good, breaker_says(facts.brakes))


def cant_be_read(facts: Facts) -> Iterator[Held]:
    """Without what is remembered nobody can tell which machine was renewed of late, or how many were.

    Nor where a clock was wrong, or a hand has written what is yet to come: that would count for ever.
    """
    yield from map(_for_good, _spoilt(facts.brakes, facts.now))


def gke_is_at_work(facts: Facts) -> Iterator[Held]:
    """GKE takes nodes out of service itself then, and those that it makes anew need nothing. It ends by itself.

    What does not pass, a guard refuses; and so Autopilot, whose nodes are never ours.
    """
    gke = facts.gke
    if gke.autopilot:
        return
    ours = gke.running_as(facts.refresh.spec.account)
    pools = tuple(pool.name for pool in ours if pool.status == RECONCILING)
    if gke.status == RECONCILING or pools:
        where = f"node pool {', '.join(pools)}" if pools else "the cluster"
        what = f"{where} (RECONCILING)"
    else:
        what = ", ".join(map(str, gke.at_work_on({pool.name for pool in ours})))
    if what:
        yield Held(reason=f"GKE is at work on {what}; it goes on once GKE has done")


ROWS: tuple[Row, ...] = (cant_be_read, paused, breaker_is_open, frozen, outside_the_windows, gke_is_at_work)


def held(facts: Facts) -> Held | None:
    """All that holds it, and until the last of it has passed; None where nothing does."""
    found = [each for row in ROWS for each in row(facts)]
    if not found:
        return None
    ends = [each.until for each in found if each.until]
    forever = len(ends) < len(found)
    reason = cut("; ".join(each.reason for each in found), LONGEST)
    return Held(reason=reason, until=None if forever else max(ends))


def of_cluster(brakes: Brakes, now: datetime) -> tuple[str, ...]:
    """Why every refresh of the cluster is held, as the cluster remembers it, whether one is at work or not."""
    return (*_spoilt(brakes, now), *_cluster_paused(brakes), *breaker_says(brakes))


def signed(pause: Pause) -> str:
    """Who has paused the cluster, and when, as far as that was written down: to be put after a verb."""
    who = f" by {cut(pause.by, 100)}" if pause.by else ""
    return f"{who} since {pause.at:%Y-%m-%d %H:%M} UTC" if pause.at else who


def _spoilt(brakes: Brakes, now: datetime) -> Iterator[str]:
    if brakes.unreadable:
        yield brakes.unreadable
    for each in brakes.renewals:
        if each.at > now + AHEAD:
            undo = f"""{STATE} '{{"data":{{"renewals":null}}}}'"""
            yield (
                f"machine {cut(each.instance, 100)} was renewed at {each.at:%Y-%m-%d %H:%M}, which is yet to come, "
                f"says data.renewals; mend that, or forget all cooldowns: {undo}"
            )
            return


def _cluster_paused(brakes: Brakes) -> Iterator[str]:
    if pause := brakes.pause:
        undo = f"""{STATE} '{{"data":{{"paused":null}}}}'"""
        yield f"the cluster is paused{signed(pause)}: {_why(pause.why)}; to go on: repull resume, or {undo}"


def breaker_says(brakes: Brakes) -> Iterator[str]:
    """That it is open, why, and how to close it; nothing where it is closed."""
    if brakes.tripped is not None:
        undo = f"""{STATE} '{{"data":{{"breaker":null}}}}'"""
        yield f"the circuit breaker is open: {_why(brakes.tripped)}; once you have looked: {undo}"


def _for_good(reason: str) -> Held:
    """Until a person ends it."""
    return Held(reason=reason)


def _why(text: str) -> str:
    return cut(text, 200) or "nobody said why"


def _until(verb: str, moment: datetime | None, facts: Facts) -> str:
    local = moment.astimezone(facts.settings.time_zone) if moment else None
    return f"{verb} {local:%a %Y-%m-%d %H:%M %Z}" if local else "no next one is known"
