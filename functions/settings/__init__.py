"""Settings from the environment: parsed once, all problems reported at once, immutable afterwards.

Every field of `Settings` is a variable `REPULL_…`. The README's table is checked against it.
"""

from functions.settings.accepted import ACCEPTED, MOST_RENEWALS, PARSERS, parse_max_unavailable
from functions.settings.choices import Consent, Elimination, Mode, Severity, Switch
from functions.settings.environment import REQUIRED, InvalidSettings, read_settings, variable
from functions.settings.record import LONGEST_CALL_SECONDS, Settings

__all__ = [
    "ACCEPTED",
    "LONGEST_CALL_SECONDS",
    "MOST_RENEWALS",
    "PARSERS",
    "REQUIRED",
    "Consent",
    "Elimination",
    "InvalidSettings",
    "Mode",
    "Settings",
    "Severity",
    "Switch",
    "parse_max_unavailable",
    "read_settings",
    "variable",
]
