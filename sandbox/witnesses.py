"""On the real rings others have seen it too: the API server and the registry keep logs of their own, kubectl reads.

Each is held against what our side says: the books, and what the functions log.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sandbox import deployment
from sandbox.absences import Absence, absences
from sandbox.books import REVIEWS, WRITES, Call
from sandbox.judge import Check
from sandbox.objects.kinds import Object, name_of
from sandbox.objects.pods import is_active
from sandbox.real import kubectl
from sandbox.real.audit import Audited, audited
from sandbox.real.registry.log import Served
from sandbox.real.registry.store import DistributionStore
from sandbox.world import World

_FUNCTIONS = (deployment.DIAGNOSE, deployment.REFRESH)
_PATIENCE = 20.0  # seconds, for a line that is written after the answer was sent
_LOOK_AGAIN = 0.1

Deed = tuple[str, str, str, str, str]
"""User, verb, resource, namespace, name."""


async def hear(world: World) -> tuple[Check, ...]:
    """What they say at the end of a story; none are there on ring 1."""
    if world.cluster.audit is None or not isinstance(world.catalog, DistributionStore):
        return ()
    deadline = time.monotonic() + _PATIENCE * world.ring.patience
    while True:
        checks = await _testimony(world, world.cluster.audit, world.catalog)
        if all(check.holds for check in checks) or time.monotonic() > deadline:
            return checks
        await asyncio.sleep(_LOOK_AGAIN)


async def _testimony(world: World, log: Path, images: DistributionStore) -> tuple[Check, ...]:
    requests, served = audited(log), images.served()
    refreshes = json.loads(await kubectl.run(world.cluster.kubeconfig, "get", "noderefreshes", "--output=json"))
    checks = (
        same_writes(world, requests),
        nothing_was_forbidden(requests),
        evictions_agree(world, requests),
        refreshes_agree(world, refreshes["items"]),
        running_images_were_served(world, served),
        renewed_nodes_pulled(world, served),
    )
    return tuple(filter(None, checks))  # whoever has nothing to witness is silent


def same_writes(world: World, requests: tuple[Audited, ...]) -> Check:
    """Of the functions: what the API server did for them stands in the books, and nothing else does."""
    calls = [each for each in world.books.calls(api="kubernetes") if _was_written(each)]
    theirs = Counter(_deed(each) for each in requests if _was_written(each))
    ours = Counter(map(_deed, calls))
    certain = Counter(_deed(each) for each in calls if each.status)
    apart = [f"only in its log: {_words(deed)}" for deed in theirs - ours]
    apart += [f"only in the books: {_words(deed)}" for deed in certain - theirs]
    number = theirs.total()
    return Check(
        says=f"the API server's own log has {f'the {number} writes' if number else 'no write'} of the functions, "
        "as the books do",
        holds=not apart,
        why="; ".join(apart),
    )


def nothing_was_forbidden(requests: tuple[Audited, ...]) -> Check:
    refused = [_words(_deed(each)) for each in requests if each.status == 403 and each.user in _FUNCTIONS]
    return Check(says="RBAC refused the functions nothing", holds=not refused, why="; ".join(refused))


def evictions_agree(world: World, requests: tuple[Audited, ...]) -> Check | None:
    """What the functions say that they evicted; one that was killed may have had no time to say it."""
    done = {
        f"{each.namespace}/{each.name}"
        for each in requests
        if each.user == deployment.REFRESH and each.resource == "pods/eviction" and each.status < 300
    }
    said = {str(line.get("pod")) for line in _said(world, "repull.evicted")}
    if not said:
        return None
    return Check(
        says=f"every pod that was logged as evicted ({len(said)}) was, by the API server's log",
        holds=said <= done,
        why=", ".join(said - done),
    )


def refreshes_agree(world: World, refreshes: list[Object]) -> Check | None:
    """The end that the functions have logged of each is what kubectl shows.

    The last that was logged: it is said before it is written, and again where somebody, as with an abort, was faster.
    """
    shown = {name_of(each): str(each["status"].get("message")) for each in refreshes if _is_over(each)}
    said = {str(line.get("refresh")): str(line.get("message")) for line in _said(world, "repull.refresh_ended")}
    if not said:
        return None
    return Check(
        says=f"kubectl shows the end of {len(shown)} NodeRefresh(es) as it was logged",
        holds=said.items() <= shown.items(),
        why=f"kubectl: {shown}, logged: {said}",
    )


def running_images_were_served(world: World, served: tuple[Served, ...]) -> Check | None:
    """By its own log, the registry gave the nodes' account the manifest of everything that runs."""
    given = {each.reference for each in served if each.user == deployment.NODES and each.status == 200}
    images = {status["imageID"].rpartition("@")[2]: status["image"] for status in _running(world)}
    if not images:
        return None
    missing = [image for digest, image in images.items() if digest not in given]
    return Check(
        says=f"by the registry's own log, the nodes were given all {len(images)} images that run",
        holds=not missing,
        why=", ".join(missing),
    )


def renewed_nodes_pulled(world: World, served: tuple[Served, ...]) -> Check | None:
    """While each renewed node was still kept out of service, the registry served the nodes, which share an account."""
    renewed = [each for each in world.fleet if each.reset_count]
    returns = [(each.name, outage.off_at) for each in renewed for outage in each.outages if outage.ready_at]
    if not returns:
        return None
    given = [each.at for each in served if each.user == deployment.NODES and each.status == 200]
    silent = []
    for name, off_at in returns:
        until = _absence(world, name, off_at).until
        if not any(off_at <= at <= until for at in given):
            silent.append(name)
    return Check(
        says="by the registry's own log, nodes pulled while each renewed one was still kept out of service",
        holds=not silent,
        why=", ".join(silent),
    )


def _absence(world: World, node: str, at: datetime) -> Absence:
    """The one that this moment falls into."""
    return next(each for each in absences(world) if each.node == node and each.since <= at <= each.until)


def _was_written(each: Audited | Call) -> bool:
    """By a function. A call whose answer got lost (status 0 in the books) may have been done, or refused.

    A review of its own access changes nothing.
    """
    changes = each.verb in WRITES and each.resource != REVIEWS
    return each.user in _FUNCTIONS and changes and each.status < 300


def _deed(each: Audited | Call) -> Deed:
    return each.user, each.verb, each.resource, each.namespace, each.name


def _words(deed: Deed) -> str:
    return " ".join(filter(None, deed))


def _said(world: World, event: str) -> Iterator[Object]:
    for entry in world.logs:
        line = entry.get("jsonPayload") or {}
        if line.get("event") == event:
            yield line


def _is_over(refresh: Object) -> bool:
    return bool((refresh.get("status") or {}).get("endedAt"))


def _running(world: World) -> Iterator[Object]:
    for pod in world.view.list("pods"):
        if is_active(pod):
            yield from (each for each in pod["status"].get("containerStatuses") or () if each.get("imageID"))
