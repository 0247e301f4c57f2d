"""What a refresh said of its node while it was at work, from every status that was ever written."""

from collections import defaultdict
from typing import Any

from functions.adapters.kube_refreshes import refresh as read
from repull import progress
from sandbox import deployment
from tests.e2e.smallest import STALE
from tests.proof.laboratory import Laboratory


def messages(here: Laboratory) -> list[str]:
    """What the refresh said of itself, in the order of its writes."""
    calls = here.world.books.calls(verb="update", resource="noderefreshes/status", user=deployment.REFRESH)
    return [call.body["status"].get("message", "") for call in calls]


def told(here: Laboratory) -> dict[str, set[str]]:
    """By phase, why `repull status` would have said that the node stands there, at each write."""
    found: dict[str, set[str]] = defaultdict(set)
    (refresh,) = here.world.view.list("noderefreshes")
    for call in here.world.books.calls(verb="update", resource="noderefreshes/status", user=deployment.REFRESH):
        seen: dict[str, Any] = refresh | {"status": call.body["status"]}
        for each in progress.nodes(read(seen), ()):
            if each.node == STALE:
                found[each.stands].add(each.why)
    return found
