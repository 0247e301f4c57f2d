"""Maintenance windows and change freezes: when they hold, and when they end."""

from tools.mutations.brakes import HOLDING
from tools.mutations.row import row

SCHEDULE = ("tests/unit/test_schedule.py",)

ROWS = (
    row(
        "a freeze holds nothing",
        "holding.py",
        "        if since <= facts.now < until:\n",
        "        if False:\n",
        HOLDING,
    ),
    row(
        "a freeze is over a day early",
        "model/schedule.py",
        '(_DAY if end and not found["time"] else timedelta())',
        "timedelta()",
        SCHEDULE,
    ),
    row(
        "a freeze has the first of an hour that comes twice alone",
        "model/schedule.py",
        "max(_moments(self.until, zone))",
        "min(_moments(self.until, zone))",
        SCHEDULE,
    ),
    row(
        "the windows are always open",
        "holding.py",
        "    if not schedule.open_now(windows, zone, facts.now):\n",
        "    if False:\n",
        HOLDING,
    ),
    row(
        "a window is still open when it closes",
        "model/schedule.py",
        "any(opens <= now < closes for",
        "any(opens <= now <= closes for",
        SCHEDULE,
    ),
    row(
        "a window ends at midnight",
        "model/schedule.py",
        "range(-1, LOOKED_AHEAD)",
        "range(LOOKED_AHEAD)",
        SCHEDULE,
    ),
    row(
        "a window has an hour that not every clock allows",
        "model/schedule.py",
        "        closes = min(",
        "        closes = max(",
        SCHEDULE,
    ),
    row(
        "a window is too short for a sweep to find it open",
        "model/schedule.py",
        "    if closes - opens < SHORTEST:\n",
        "    if False:\n",
        SCHEDULE,
    ),
    row(
        "windows are read in London",
        "model/schedule.py",
        "    today = now.astimezone(zone).date()\n",
        '    zone = ZoneInfo("Europe/London")\n    today = now.astimezone(zone).date()\n',
        SCHEDULE,
    ),
)
