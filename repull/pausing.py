"""What `repull pause` and `repull resume` do once they have understood what is wanted: write one line of one object.

It is written against what was read, so that nobody's pause is taken for another's.
"""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Never, TypeVar

from functions import holding
from functions.adapters import kube_times
from functions.adapters.kube_api import Object
from functions.adapters.kube_memory import NAME, PAUSED, pause_in
from functions.adapters.kube_resources import CONFIG_MAPS, REFRESHES
from functions.errors import BadInput, Conflict, NotFound, Refused, Retryable
from functions.model.refresh import Refresh
from functions.ownership import NAMESPACE, PAUSE
from functions.ports import Pause
from functions.racing import ATTEMPTS, apart
from repull import steps, wiring
from repull.page import tell
from repull.wiring import Access

T = TypeVar("T")

_UNTIL = "no further node is taken"
NO_REASON = "nobody said why"


def pause(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises NotFound and Refused, which name what to change, and Conflict."""
    access = wiring.enter(options, refuse=refuse, acts=True)
    change = _pause_refresh if options.refresh else _pause_cluster
    paused, said = _against_others(access, lambda: change(access, options))
    tell(options.output, said, refresh=options.refresh or "", paused=paused)
    return 0


def resume(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises NotFound and Refused, which name what to change, and Conflict."""
    access = wiring.enter(options, refuse=refuse, acts=True)
    change = _resume_refresh if options.refresh else _resume_cluster
    name = options.refresh or str(access.key)
    if not _against_others(access, lambda: change(access, options)):
        tell(options.output, f"{name} is not paused{_elsewhere(access)}", refresh=options.refresh or "", paused=False)
        return 0
    _sweep(access, options.topic)
    tell(options.output, f"{name} is not paused any more", refresh=options.refresh or "", paused=False)
    return 0


def _pause_cluster(access: Access, options: argparse.Namespace) -> tuple[bool, str]:
    """Whether it is paused now, and what to say of it. A pause that is there stays, unless there is another reason."""
    state = access.kube.get(CONFIG_MAPS, NAME, namespace=NAMESPACE)
    before = _pause_in(state)
    if before and options.reason in ("", before.why):
        return True, f"{access.key} is paused already{_told(before)}; {_UNTIL}"
    written = {"by": steps.caller(), "why": options.reason, "at": kube_times.micro(access.ports.clock.now())}
    _write_state(access, state, json.dumps(written, ensure_ascii=False))
    instead = f"; before, it was paused{_told(before)}" if before else ""
    return True, f"{access.key} is paused: {_UNTIL}{instead}"


def _pause_refresh(access: Access, options: argparse.Namespace) -> tuple[bool, str]:
    refresh = _named(access, options.refresh)
    before = refresh.paused
    if refresh.status.phase.over:
        return False, f"{refresh.name} is over already: {refresh.status.phase}"
    if before is not None and (not options.reason or f": {before}".endswith(f": {options.reason}")):
        return True, f"{refresh.name} is paused already: {before or NO_REASON}; {_UNTIL}"
    _annotate(access, refresh, steps.signed(options.reason))
    instead = "" if before is None else f"; before, it was paused: {before or NO_REASON}"
    return True, f"{refresh.name} is paused: {_UNTIL}{instead}"


def _resume_cluster(access: Access, _: argparse.Namespace) -> bool:
    """Whether there was a pause to take away."""
    state = access.kube.get(CONFIG_MAPS, NAME, namespace=NAMESPACE)
    if _pause_in(state) is None:
        return False
    _write_state(access, state, None)
    return True


def _resume_refresh(access: Access, options: argparse.Namespace) -> bool:
    refresh = _named(access, options.refresh)
    if refresh.paused is None:
        return False
    _annotate(access, refresh, None)
    return True


def _against_others(access: Access, change: Callable[[], T]) -> T:
    """Read, decide, write; again where somebody wrote first, as the functions do. Raises Conflict."""
    for lost in range(1, ATTEMPTS):
        try:
            return change()
        except Conflict:
            access.ports.clock.pause(apart(lost))
    return change()


def _elsewhere(access: Access) -> str:
    """A pause of the cluster and one of a refresh are two, and easily taken for each other."""
    pause = access.cluster.memory.brakes().pause
    others = [f"the cluster is{_told(pause)}; to go on: repull resume"] if pause else []
    others += [
        f"{each.name} is: {each.paused or NO_REASON}; to go on: repull resume {each.name}"
        for each in access.cluster.refreshes.all()
        if each.paused is not None and not each.status.phase.over
    ]
    return "".join(f"; {each}" for each in others)


def _pause_in(state: Object | None) -> Pause | None:
    return pause_in((state or {}).get("data") or {})


def _told(pause: Pause) -> str:
    return f"{holding.signed(pause)}: {pause.why or NO_REASON}"


def _named(access: Access, name: str) -> Refresh:
    found = access.cluster.refreshes.get(name)
    if found is None:
        raise NotFound(f"there is no NodeRefresh {name}; see repull status --all")
    return found


def _annotate(access: Access, refresh: Refresh, why: str | None) -> None:
    metadata = {"uid": refresh.uid, "resourceVersion": refresh.resource_version, "annotations": {PAUSE: why}}
    access.kube.patch(REFRESHES, refresh.name, {"metadata": metadata})


def _write_state(access: Access, state: Object | None, pause: str | None) -> None:
    """One key of what the function remembers; the others are left alone. It makes the ConfigMap where there is none.

    Raises Conflict where somebody was faster.
    """
    body: Object = {"data": {PAUSED: pause}}
    if state is None:
        meta = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME, "namespace": NAMESPACE}}
        access.kube.create(CONFIG_MAPS, meta | body, namespace=NAMESPACE)
        return
    read = {"metadata": {"resourceVersion": state["metadata"]["resourceVersion"]}}
    try:
        access.kube.patch(CONFIG_MAPS, NAME, body | read, namespace=NAMESPACE)
    except NotFound as error:
        raise Conflict(str(error)) from error


def _sweep(access: Access, topic: str | None) -> None:
    """What waited is taken up at once; where that can't be asked for, at the next sweep."""
    try:
        steps.publish(access, steps.topic(access, topic), {"action": "sweep", "cluster": str(access.key)})
    except (BadInput, Refused, Retryable) as error:
        print(f"repull: it goes on at the next sweep, within ten minutes: {error}", file=sys.stderr)
