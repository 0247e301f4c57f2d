"""What `repull pause` and `repull resume` do once they have understood what is wanted: write one line of one object."""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Never

from functions.adapters import kube_times
from functions.adapters.kube_memory import NAME, PAUSED
from functions.adapters.kube_resources import CONFIG_MAPS, REFRESHES
from functions.errors import BadInput, Conflict, NotFound, Refused
from functions.model.refresh import Refresh
from functions.ownership import NAMESPACE, PAUSE
from repull import steps, wiring
from repull.page import tell
from repull.wiring import Access


def pause(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises NotFound and Refused, which name what to change."""
    access = wiring.enter(options, refuse=refuse, acts=True)
    if not options.refresh:
        pause = {"by": steps.caller(), "why": options.reason, "at": kube_times.micro(access.ports.clock.now())}
        _write_state(access, json.dumps(pause, ensure_ascii=False))
        tell(options.output, f"{access.key} is paused: no further node is taken", refresh="", paused=True)
        return 0
    refresh = _named(access, options.refresh)
    if refresh.status.phase.over:
        tell(
            options.output,
            f"{refresh.name} is over already: {refresh.status.phase}",
            refresh=refresh.name,
            paused=False,
        )
        return 0
    _annotate(access, refresh, steps.signed(options.reason))
    tell(options.output, f"{refresh.name} is paused: no further node is taken", refresh=refresh.name, paused=True)
    return 0


def resume(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises NotFound and Refused, which name what to change."""
    access = wiring.enter(options, refuse=refuse, acts=True)
    refresh = _named(access, options.refresh) if options.refresh else None
    name = refresh.name if refresh else str(access.key)
    paused = refresh.paused if refresh else access.cluster.memory.brakes().pause
    if paused is None:
        tell(options.output, f"{name} is not paused", refresh=options.refresh or "", paused=False)
        return 0
    if refresh:
        _annotate(access, refresh, None)
    else:
        _write_state(access, None)
    _sweep(access, options.topic)
    tell(options.output, f"{name} is not paused any more", refresh=options.refresh or "", paused=False)
    return 0


def _named(access: Access, name: str) -> Refresh:
    found = access.cluster.refreshes.get(name)
    if found is None:
        raise NotFound(f"there is no NodeRefresh {name}; see repull status --all")
    return found


def _annotate(access: Access, refresh: Refresh, why: str | None) -> None:
    access.kube.patch(REFRESHES, refresh.name, {"metadata": {"uid": refresh.uid, "annotations": {PAUSE: why}}})


def _write_state(access: Access, pause: str | None) -> None:
    """One key of what the function remembers; the others are left alone. It makes the ConfigMap where there is none."""
    body = {"data": {PAUSED: pause}}
    meta = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME, "namespace": NAMESPACE}}
    with suppress(NotFound):
        access.kube.patch(CONFIG_MAPS, NAME, body, namespace=NAMESPACE)
        return
    if pause is None:
        return
    try:
        access.kube.create(CONFIG_MAPS, meta | body, namespace=NAMESPACE)
    except Conflict:  # the function was faster
        access.kube.patch(CONFIG_MAPS, NAME, body, namespace=NAMESPACE)


def _sweep(access: Access, topic: str | None) -> None:
    """What waited is taken up at once; where that can't be asked for, at the next sweep."""
    try:
        steps.publish(access, steps.topic(access, topic), {"action": "sweep", "cluster": str(access.key)})
    except (BadInput, Refused) as error:
        print(f"repull: it goes on at the next sweep, within ten minutes: {error}", file=sys.stderr)
