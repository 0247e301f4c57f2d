"""What each setting's text may be: a row is how it is parsed, and the words that say what is accepted."""

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

from functions.model.names import ClusterKey
from functions.model.refresh import Method
from functions.model.schedule import SHORTEST, parse_freezes, parse_windows, parse_zone
from functions.settings.choices import Consent, Elimination, Mode, Severity, Switch
from functions.settings.record import Settings

MOST_PROBES = 50
"""Outcomes that have still to be written on their nodes: of these a slot holds 100 (the custom resource's schema)."""
MOST_RENEWALS = 150
"""The most that the circuit breaker can count to."""
END_OF_SECONDS = 100_000_000
"""Three years: of far longer times no end can be told (a year has four digits)."""
SHORTEST_HOLDER_SECONDS, LONGEST_HOLDER_SECONDS = 3, 540
"""The platform ends every invocation after that: who is silent for longer comes back no more."""
SHORTEST_RETRY_SECONDS = 0.1
"""Who asks again without a pause asks all the time."""


def _clusters(text: str) -> tuple[ClusterKey, ...]:
    """At least one; one that is named twice is one."""
    found = tuple(dict.fromkeys(ClusterKey.parse(part.strip()) for part in text.split(",") if part.strip()))
    if not found:
        raise ValueError(text)
    return found


def _topic(text: str) -> str:
    if not re.fullmatch(r"projects/[^/\s]+/topics/[^/\s]{3,255}", text):
        raise ValueError(text)
    return text


def _accounts(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(_ACCOUNT.fullmatch(each) for each in found):
        raise ValueError(text)
    return found


def _namespaces(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(_NAMESPACE.fullmatch(each) for each in found):
        raise ValueError(text)
    return found


_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_ACCOUNT = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < END_OF_SECONDS:
        raise ValueError(text)
    return value


def _some_seconds(text: str) -> float:
    """How long something is waited for that takes a while: with no time for it, it is done in vain each time."""
    value = _seconds(text)
    if not value:
        raise ValueError(text)
    return value


def _holder_seconds(text: str) -> float:
    value = _seconds(text)
    if not SHORTEST_HOLDER_SECONDS <= value <= LONGEST_HOLDER_SECONDS:
        raise ValueError(text)
    return value


def _retry_seconds(text: str) -> float:
    value = _seconds(text)
    if value < SHORTEST_RETRY_SECONDS:
        raise ValueError(text)
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _number(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


def _renewals(text: str) -> int:
    """Fewer than are remembered, with a margin."""
    value = _count(text)
    if value > MOST_RENEWALS:
        raise ValueError(text)
    return value


def _probes(text: str) -> int:
    value = _count(text)
    if value > MOST_PROBES:
        raise ValueError(text)
    return value


def _percent(text: str) -> int:
    value = _count(text)
    if value > 100:
        raise ValueError(text)
    return value


def parse_max_unavailable(text: str) -> str:
    """A number of nodes from 1 to 50, or a percentage from 1 % to 50 %; raises ValueError."""
    if not re.fullmatch("[1-9][0-9]?%?", text) or not 1 <= int(text.removesuffix("%")) <= 50:
        raise ValueError(text)
    return text


def _endpoint(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError(text)
    return text.rstrip("/")


_Row = tuple[Callable[[str], Any], str]
_SECONDS: _Row = (_seconds, f"a number of seconds, 0 or more, and less than {END_OF_SECONDS} (three years)")
_SOME_SECONDS: _Row = (_some_seconds, f"a number of seconds, more than 0, and less than {END_OF_SECONDS} (three years)")
_COUNT: _Row = (_count, "a whole number, 1 or more")
_CONSENT: _Row = (Consent, "forbid, ask or allow")
_SEVERITY: _Row = (Severity, "warn or refuse")
_ENDPOINT: _Row = (_endpoint, "a URL such as https://compute.googleapis.com")
_TOPIC: _Row = (_topic, "projects/PROJECT/topics/TOPIC")

_REST: dict[str, _Row] = {
    field.name: _SECONDS if field.name.endswith("_seconds") else _ENDPOINT
    for field in fields(Settings)
    if field.name.endswith(("_seconds", "_endpoint"))
}
_ROWS = _REST | {
    "clusters": (_clusters, "project/location/name, several separated by commas"),
    "step_topic": _TOPIC,
    "dead_letter_topic": _TOPIC,
    "mode": (Mode, "observe or remediate"),
    "impersonate": (_accounts, "e-mail addresses of service accounts, several separated by commas"),
    "read_pull_secrets": (_namespaces, "names of namespaces, several separated by commas; * is none"),
    "read_audit_log": (Switch, "on or off"),
    "elimination": (Elimination, "canary or ask"),
    "max_unavailable": (parse_max_unavailable, "a number from 1 to 50, or a percentage from 1% to 50%"),
    "force": _CONSENT,
    "delete_bare_pods": _CONSENT,
    "delete_local_storage": _CONSENT,
    "method": (Method, f"one of {', '.join(Method)}"),
    "allow_stop_start": (Switch, "on or off"),
    "escalate": (Switch, "on or off"),
    "delete_local_ssd": _CONSENT,
    "accept_outage": _CONSENT,
    "probes_at_once": (_probes, f"a whole number from 1 to {MOST_PROBES}"),
    "stale_taints": _COUNT,
    "room": _SEVERITY,
    "last_node": _SEVERITY,
    "not_ready": (_number, "a whole number, 0 or more"),
    "pause": (Switch, "on or off"),
    "windows": (
        parse_windows,
        (
            f"days and hours such as Mon-Fri 22:00-05:00, Sat,Sun 00:00-24:00, each of {SHORTEST} minutes or more, "
            "since a run that is held goes on with a sweep, and one comes every 10"
        ),
    ),
    "freezes": (
        parse_freezes,
        "days such as 2026-12-20..2027-01-03 or times such as 2026-12-23T18:00..2026-12-27T06:00, separated by commas",
    ),
    "time_zone": (parse_zone, "a name of the IANA time zone database such as Europe/Berlin"),
    "breaker_renewals": (_renewals, f"a whole number from 1 to {MOST_RENEWALS}"),
    "breaker_percent": (_percent, "a whole number from 1 to 100"),
    "holder_seconds": (
        _holder_seconds,
        f"a number of seconds, {SHORTEST_HOLDER_SECONDS} to {LONGEST_HOLDER_SECONDS} (the platform ends it then)",
    ),
    "evict_retry_seconds": (
        _retry_seconds,
        f"a number of seconds, {SHORTEST_RETRY_SECONDS} or more, and less than {END_OF_SECONDS} (three years)",
    ),
    "probe_seconds": _SOME_SECONDS,
    "drain_seconds": _SOME_SECONDS,
    "scale_down_seconds": _SOME_SECONDS,
    "stop_seconds": _SOME_SECONDS,
    "boot_seconds": _SOME_SECONDS,
    "ready_seconds": _SOME_SECONDS,
}
PARSERS = {name: row[0] for name, row in _ROWS.items()}
ACCEPTED = {name: row[1] for name, row in _ROWS.items()}
