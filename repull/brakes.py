"""What holds every refresh of the cluster, whether one is at work or not: for `repull status`."""

import sys
from typing import Any

from functions import holding
from functions.errors import Refused, Retryable
from functions.ports import Brakes
from repull.wiring import Access


def read(access: Access) -> Brakes | None:
    """None where that can't be read, which is said, and hinders nobody who looks at refreshes."""
    try:
        return access.cluster.memory.brakes()
    except (Refused, Retryable) as error:
        said = "whether the cluster is paused, or its circuit breaker open, is not known"
        print(f"repull: {said}: {error}", file=sys.stderr)
        return None


def reasons(access: Access, brakes: Brakes | None) -> tuple[str, ...]:
    """Each with the command that ends it; () where nothing holds the cluster, as far as is known."""
    return holding.of_cluster(brakes, access.ports.clock.now()) if brakes else ()


def data(access: Access, brakes: Brakes | None) -> dict[str, Any] | None:
    """The same for scripts; None where it is not known."""
    if brakes is None:
        return None
    pause = brakes.pause
    since = pause.at.isoformat() if pause and pause.at else None
    return {
        "name": str(access.key),
        "pause": {"by": pause.by, "since": since, "why": pause.why} if pause else None,
        "breaker": brakes.tripped,
        "held": list(reasons(access, brakes)),
    }
