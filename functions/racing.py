"""Compare-and-set against others who write the same object: how often to try, and how long to wait in between.

Every slot of a refresh writes to its NodeRefresh, to the cluster's lease and to what is remembered of renewals, at the
same moments where the slots began together.
"""

import random

ATTEMPTS = 12
"""Lost races in a row before giving up. An invocation that gives up is delivered again, ten seconds later or more, and
its node waits for it, cordoned or already empty. Ten slots lose eight in a row now and then."""

LONGEST_SECONDS = 0.8


def apart(lost: int) -> float:
    """Seconds to wait after so many lost races, so that those who raced don't race again.

    At random, at most 0.1 at first, and twice as long each time up to the longest.
    """
    return random.uniform(0.01, min(0.1 * 2 ** (lost - 1), LONGEST_SECONDS))  # noqa: S311 - jitter needs no secrecy
