"""What `repull status` does once it has understood what is wanted: read, show, and wait for what changes."""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Never

from functions import ownership, summary
from functions.adapters import kube_refreshes, kube_watch
from functions.adapters.kube_records import encode
from functions.adapters.kube_resources import REFRESHES
from functions.errors import NotFound, Retryable
from functions.model.refresh import Refresh
from functions.text import cut
from repull import brakes, progress, spans, wiring
from repull.page import Page
from repull.pausing import NO_REASON
from repull.wiring import Access
from repull.written import as_json, put

MARKED_LOOKED_AT = 100
LONGEST_WATCH = 60.0
"""Seconds after which a watch in which nothing happens begins anew."""
AWAY = 2.0
"""Seconds until an API server that is away is asked again."""
_FOREVER = timedelta(days=365)


def run(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises NotFound where a refresh is not there, or not any more."""
    access = wiring.enter(options, refuse=refuse)
    found = _chosen(access, tuple(options.refreshes), everything=options.all)
    if options.watch:
        found = _until_stopped(access, found, options)
    else:
        _show(access, found, options)
    return progress.exit_code(found) if found else 0


def _chosen(access: Access, names: tuple[str, ...], *, everything: bool) -> tuple[Refresh, ...]:
    """The newest last."""
    if names:
        return _named(access, names)
    found = sorted(access.cluster.refreshes.all(), key=lambda each: each.created)
    at_work = [each for each in found if not each.status.phase.over]
    return tuple(found if everything else at_work or found[-1:])


def _named(access: Access, names: tuple[str, ...]) -> tuple[Refresh, ...]:
    found = tuple(access.cluster.refreshes.get(name) for name in names)
    missing = ", ".join(name for name, each in zip(names, found, strict=True) if each is None)
    if missing:
        why = "; repull audit NAME tells whether one that was asked for was rejected"
        raise NotFound(f"there is no NodeRefresh {missing}; see repull status --all{why}")
    return tuple(each for each in found if each is not None)


def _until_stopped(access: Access, found: tuple[Refresh, ...], options: argparse.Namespace) -> tuple[Refresh, ...]:
    """Whoever stops looking learns that nothing else was stopped."""
    latest = {each.name: each for each in found}
    try:
        _show(access, found, options)
        _watch(access, latest, options)
    except KeyboardInterrupt:
        page = Page.of(sys.stderr)
        if going := [name for name, each in latest.items() if not each.status.phase.over]:
            said = f"Nobody looks any more, and {', '.join(going)} {'goes' if len(going) == 1 else 'go'} on"
            print("\n" if page.width else "", page.line(f"{said}; repull abort ends one."), sep="", file=sys.stderr)
        raise
    return tuple(latest.values())


def _watch(access: Access, latest: dict[str, Refresh], options: argparse.Namespace) -> None:
    """Say every change until all are over, or the time is. `latest` is kept as it is seen."""
    ends = time.monotonic() + (options.timeout or _FOREVER).total_seconds()
    seen = {name: _change(each, options) for name, each in latest.items()}
    waited = False
    while not _over(latest) and (rest := ends - time.monotonic()) > 0:
        waited = True
        try:
            found, version = _listed(access, tuple(latest))
            for each in found:
                latest[each.name] = each
                if (change := _change(each, options)) != seen[each.name]:
                    _say(access, each, options)
                    seen[each.name] = change
        except Retryable as error:  # an upgrade of the control plane takes minutes
            print(f"repull: {error}; looking again", file=sys.stderr)
            access.ports.clock.pause(min(AWAY, rest))
            continue
        if not _over(latest):
            kube_watch.await_event(access.kube, REFRESHES, version, seconds=min(rest, LONGEST_WATCH))
    if waited and options.output == "text":
        print()
        _show(access, tuple(latest.values()), options)


def _over(latest: dict[str, Refresh]) -> bool:
    return all(each.status.phase.over for each in latest.values())


def _listed(access: Access, names: tuple[str, ...]) -> tuple[tuple[Refresh, ...], str]:
    """Those of the names, and the version from which a watch goes on."""
    listed, version = access.kube.find_with_version(REFRESHES)
    found = {str(each["metadata"]["name"]): each for each in listed}
    if missing := ", ".join(name for name in names if name not in found):
        raise NotFound(f"NodeRefresh {missing} was deleted; the sweep takes back what is left of it")
    return tuple(kube_refreshes.refresh(found[name]) for name in names), version


def _change(refresh: Refresh, options: argparse.Namespace) -> str:
    """What is new when it differs: for people what they would read, for scripts everything."""
    if options.output == "json":
        return refresh.resource_version
    status = refresh.status
    words = ". ".join(filter(None, (status.message, _stopping(refresh))))
    return f"{refresh.name} {status.phase} {_share(refresh)}: {words}"


def _say(access: Access, refresh: Refresh, options: argparse.Namespace) -> None:
    """One line of its own for every change."""
    if options.output == "json":
        print(as_json(_data(access, refresh)), flush=True)
        return
    shown = f"{access.ports.clock.now().astimezone():%H:%M:%S} {_change(refresh, options)}"
    print(Page.of(sys.stdout).line(shown), flush=True)


def _show(access: Access, found: tuple[Refresh, ...], options: argparse.Namespace) -> None:
    if options.output == "json" and options.watch:
        for each in found:
            print(as_json(_data(access, each)), flush=True)
        return
    held = brakes.read(access)
    if options.output == "json":
        data = [_data(access, each) for each in found]
        put(as_json({"cluster": brakes.data(access, held), "refreshes": data}, indent=2))
        return
    page = Page.of(sys.stdout)
    parts = [page.line(f"{access.key}: {why}") for why in brakes.reasons(access, held)]
    parts += [_shown(access, each, page) for each in found]
    if not found:
        none = f"There is no NodeRefresh in {access.key}"
        parts.append(page.line(f"{none}; of one that was just asked for, repull audit tells what became."))
    said = "\n\n".join(parts)
    if options.watch:  # it ends where nobody reads any more
        print(said, flush=True)
    else:
        put(said)


def _paused(refresh: Refresh) -> str:
    """By a person, and not felt yet: `held` says the same once it is."""
    why = refresh.paused or NO_REASON
    if refresh.paused is None or f"paused: {cut(why, 200)}" in refresh.status.held or refresh.status.phase.over:
        return ""
    return f"{why}; nodes under way are brought to their end, and no further one is taken"


def _shown(access: Access, refresh: Refresh, page: Page) -> str:
    status, spec, now = refresh.status, refresh.spec, access.ports.clock.now()
    said, nodes = summary.counts(status), "node" if status.total == 1 else "nodes"
    title = f"{refresh.name} {status.phase} {spec.method}: {_share(refresh)} {nodes} done" + (said and f" ({said})")
    if rest := progress.left(refresh, now):
        title += f", about {spans.length(rest)} left"
    facts = [
        ("message", "" if status.held else status.message),  # the same words
        ("stopping", _stopping(refresh)),
        ("held", status.held),
        ("paused", _paused(refresh)),
        ("why", spec.reason),
        ("asked by", f"{spec.requested_by}, as claimed" if spec.requested_by else ""),
        ("image", str(spec.image or "")),
        ("since", spans.since(status.started_at or refresh.created, status.ended_at, now)),
    ]
    parts = [page.line(title), page.table([each for each in facts if each[1]], indent="  ")]
    rows = progress.nodes(refresh, _marked(access, refresh))
    if rows:
        table = [
            (
                each.node,
                each.stands,
                spans.clock(each.until, now) if each.until else "",
                each.why.removeprefix(f"node {each.node}: "),
            )
            for each in rows
        ]
        parts.append(page.table([("NODE", "STANDS", "UNTIL", "WHY"), *table], indent="  "))
    elsewhere = [note for note in status.notes if note not in {each.why for each in rows}]
    parts += [page.line(f"- {note}") for note in elsewhere]
    return "\n".join(parts)


def _data(access: Access, refresh: Refresh) -> dict[str, Any]:
    rest = progress.left(refresh, access.ports.clock.now())
    return {
        "name": refresh.name,
        "spec": encode(refresh.spec),
        "status": encode(refresh.status),
        "done": summary.done(refresh.status),
        "secondsLeft": None if rest is None else round(rest.total_seconds()),
        "nodes": [
            {
                "node": each.node,
                "stands": each.stands,
                "why": each.why,
                "until": each.until.isoformat() if each.until else None,
            }
            for each in progress.nodes(refresh, _marked(access, refresh))
        ],
    }


def _marked(access: Access, refresh: Refresh) -> tuple[Any, ...]:
    """Marks are taken away at the end."""
    if refresh.status.phase.over:
        return ()
    return access.cluster.nodes.carrying(ownership.REFRESH, refresh.name, limit=MARKED_LOOKED_AT)


def _share(refresh: Refresh) -> str:
    total = "?" if refresh.status.total is None else refresh.status.total
    return f"{summary.done(refresh.status)} of {total}"


def _stopping(refresh: Refresh) -> str:
    """Why no further node is taken; one that is over says so in its message."""
    return "" if refresh.status.phase.over else refresh.status.stopping
