"""When which node was out of service because of the product, from the API's books and the machines' own history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox import deployment
from sandbox.books import Call
from sandbox.world import World

FOR_EVER = datetime.max.replace(tzinfo=UTC)
_CORDONED_BY = "repull.dev/cordoned-by"

Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """From a cordon, or a power-off, until the node is open again; `until` is FOR_EVER where it never was.

    A node that an autoscaler has removed is none any more, and nobody misses it.
    """

    node: str
    since: datetime
    until: datetime

    def __str__(self) -> str:
        return f"{self.node} {self.since:%X}-{self.until:%X}"


def absences(world: World) -> tuple[Absence, ...]:
    """Ordered by their beginning; overlapping times of one node are one."""
    spans: dict[str, list[Span]] = {}
    for name, span in (*_cordons(world), *_outages(world)):
        spans.setdefault(name, []).append(span)
    found = [Absence(node=name, since=since, until=until) for name in spans for since, until in _merged(spans[name])]
    return tuple(sorted(found, key=lambda each: each.since))


def _cordons(world: World) -> Iterator[tuple[str, Span]]:
    since: dict[str, datetime] = {}
    for call in world.books.calls(api="kubernetes", resource="nodes"):
        if call.status >= 300:
            continue
        if call.user == deployment.REFRESH and _cordons_it(call):
            since.setdefault(call.name, call.at)
        elif call.name in since and (call.verb == "delete" or _gives_it_back(call)):
            yield call.name, (since.pop(call.name), call.at)
    for name, start in since.items():
        yield name, (start, world.fleet.removed.get(name, FOR_EVER))


def _cordons_it(call: Call) -> bool:
    return _mentioned(call, "spec", "unschedulable") == [True]


def _gives_it_back(call: Call) -> bool:
    """Opens it, whoever asks; or, where somebody else's cordon stays, at least takes our own name off."""
    labels = (call.body.get("metadata") or {}).get("labels") or {}
    return _mentioned(call, "spec", "unschedulable") in ([False], [None]) or labels.get(_CORDONED_BY, "") is None


def _mentioned(call: Call, part: str, field: str) -> list[Any]:
    """The value in a list; an empty one where the patch does not mention it."""
    found = call.body.get(part) or {}
    return [found[field]] if field in found else []


def _outages(world: World) -> Iterator[tuple[str, Span]]:
    for machine in world.fleet:
        for outage in machine.outages:
            yield machine.name, (outage.off_at, outage.ready_at or FOR_EVER)


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for since, until in sorted(spans):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged
