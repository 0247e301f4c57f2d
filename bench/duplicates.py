"""Ten thousand events of one cause: one diagnosis, and how fast the rest are recognised."""

import json
import time
from collections.abc import Iterator

from bench import failure
from bench.failure import Failing
from bench.figures import Figure
from bench.pushes import push

EVENTS = 10_000


async def figures() -> tuple[Figure, ...]:
    """Push the event of a cause that is known by now, over and over, through functions-framework in its own process."""
    async with failure.of_grants() as failing:
        port = int(failing.world.diagnose.url.rpartition(":")[2])
        began = time.perf_counter()
        statuses = await push(port, bodies(failing))
        seconds = time.perf_counter() - began
        if set(statuses) != {200}:
            raise RuntimeError(f"not every event was acknowledged: {dict(statuses)}")
        diagnoses = failing.diagnoses
    return (
        Figure(name=f"diagnoses for {EVENTS:,} events of one cause", value=diagnoses, floor=1),
        Figure(
            name="events through functions-framework",
            value=EVENTS / seconds,
            floor=500,
            unit="/s",
            at_least=True,
            detail="one worker, so one core; the sender and the simulators have another",
        ),
    )


def bodies(failing: Failing) -> Iterator[bytes]:
    """Pub/Sub's push bodies, each a message of its own."""
    message = dict(failing.event_data["message"])
    for number in range(EVENTS):
        message["messageId"] = str(number)
        yield json.dumps({"subscription": "projects/acme-prod/subscriptions/bench", "message": message}).encode()
