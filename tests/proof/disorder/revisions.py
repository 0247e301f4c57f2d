"""Other revisions of the function: what their settings hold, and for how long."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.proof.disorder.story import Disorder

CLOSED = 3
"""Days until the maintenance window opens. No story skips as many, nor the days of a freeze."""


async def deploy(here: "Disorder", _: str, number: int) -> None:
    """One of: nothing special, a pause, a freeze, observe mode, a maintenance window that is closed."""
    today = (datetime.now(UTC) + here.laboratory.time.skipped).date()
    opens = today + timedelta(days=CLOSED)
    pause = {"REPULL_PAUSE": "on"}
    freeze = {"REPULL_FREEZES": f"{today}..{opens}"}
    observe = {"REPULL_MODE": "observe"}
    window = {"REPULL_WINDOWS": f"{opens:%a} 00:00-24:00"}
    here.deploy(({}, pause, freeze, observe, window, pause, freeze, observe)[number])
