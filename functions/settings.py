"""Settings from the environment: parsed once, all problems reported at once, immutable afterwards.

Every field is a variable `REPULL_…`. The README's table is checked against it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from functions.errors import BadInput, RepullError
from functions.model.names import ClusterKey
from functions.model.refresh import Method
from functions.model.schedule import DEFAULT_ZONE, Freeze, Window, parse_freezes, parse_windows, parse_zone


class Mode(StrEnum):
    OBSERVE = "observe"  # diagnose and say what would be done; write nothing
    REMEDIATE = "remediate"


class Switch(StrEnum):
    OFF = "off"
    ON = "on"


class Consent(StrEnum):
    """Whether something drastic may be done: never, only where the message asks for it, or always."""

    FORBID = "forbid"
    ASK = "ask"
    ALLOW = "allow"

    def given(self, *, asked: bool) -> bool:
        return self is Consent.ALLOW or (self is Consent.ASK and asked)


class Elimination(StrEnum):
    """What a verdict opens that is not proven by contrast."""

    CANARY = "canary"  # a refresh whose first node must be verified before any other is touched
    ASK = "ask"  # nothing: a person starts it, or does not


class Severity(StrEnum):
    """What something means that need not be in the way of a renewal: it is said, or the node is left alone."""

    WARN = "warn"
    REFUSE = "refuse"


class InvalidSettings(RepullError):
    """One line per problem: the variable, what it holds, what is accepted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All durations in seconds. Defaults are what production wants."""

    clusters: tuple[ClusterKey, ...]
    step_topic: str
    dead_letter_topic: str
    mode: Mode = Mode.REMEDIATE
    # diagnosis
    propagation_seconds: float = 600  # how long access must have held before a node is blamed
    impersonate: tuple[str, ...] = ()  # nodes' accounts of which a token may be minted, to try the image with it
    read_pull_secrets: tuple[str, ...] = ()  # namespaces in which pull secrets may be read, by RBAC of their own
    read_audit_log: Switch = Switch.OFF  # how old a grant is, as Cloud Audit Logs tell it
    elimination: Elimination = Elimination.CANARY
    memory_seconds: float = 600  # how long one cause is one diagnosis
    window_seconds: float = 3600  # one refresh per cause and window
    # refresh
    max_unavailable: str = "1"
    force: Consent = Consent.ASK
    delete_bare_pods: Consent = Consent.ASK
    delete_local_storage: Consent = Consent.ASK
    method: Method = Method.RESET
    allow_stop_start: Switch = Switch.OFF
    escalate: Switch = Switch.OFF  # recreate a machine whose reset did not help, once
    delete_local_ssd: Consent = Consent.ASK
    accept_outage: Consent = Consent.ASK
    cooldown_seconds: float = 21600
    probes_at_once: int = 5
    stale_taints: int = 10
    room: Severity = Severity.WARN  # that pods would find none on other nodes
    last_node: Severity = Severity.REFUSE  # that no other of its pool is Ready and takes pods
    not_ready: int = 1  # other nodes of the pool
    # what holds the chain
    pause: Switch = Switch.OFF
    windows: tuple[Window, ...] = ()  # in which nodes may be taken; none: at any time
    freezes: tuple[Freeze, ...] = ()
    time_zone: ZoneInfo = DEFAULT_ZONE  # of both
    breaker_renewals: int = 30  # within an hour
    breaker_percent: int = 100  # of a pool's nodes, within an hour
    # patience
    budget_seconds: float = 480  # of one invocation; the platform's limit is 540
    holder_seconds: float = 60  # how long a silent invocation keeps its slot
    probe_seconds: float = 120
    drain_seconds: float = 900
    evict_retry_seconds: float = 5
    lb_drain_seconds: float = 30
    scale_down_seconds: float = 1800  # an autoscaler waits for ten minutes before it removes a node
    stop_seconds: float = 300
    boot_seconds: float = 540
    ready_seconds: float = 300
    retry_pods_after_seconds: float = 60
    # where Google is; a deployed function accepts nothing else
    compute_endpoint: str = "https://compute.googleapis.com"
    container_endpoint: str = "https://container.googleapis.com"
    troubleshooter_endpoint: str = "https://policytroubleshooter.googleapis.com"
    artifact_registry_endpoint: str = "https://artifactregistry.googleapis.com"
    resource_manager_endpoint: str = "https://cloudresourcemanager.googleapis.com"
    credentials_endpoint: str = "https://iamcredentials.googleapis.com"
    logging_endpoint: str = "https://logging.googleapis.com"
    registry_endpoint: str = ""  # "" means the image's own host

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises InvalidSettings, which lists every problem."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        known = {variable(field.name) for field in fields(cls)}
        for field in fields(cls):
            text = environ.get(variable(field.name), "").strip()
            try:
                if text:
                    values[field.name] = PARSERS[field.name](text)
                elif field.name in REQUIRED:
                    problems.append(f"{variable(field.name)} is not set; use {ACCEPTED[field.name]}")
            except (ValueError, BadInput):
                problems.append(f"{variable(field.name)}={text!r} is not accepted; use {ACCEPTED[field.name]}")
        problems += [
            f"{name} is not a setting of repull; see the README's table"
            for name in environ
            if name.startswith(PREFIX) and name not in known
        ]
        problems += _simulator_problems(environ, values)
        if problems:
            raise InvalidSettings("\n".join(problems))
        settings = cls(**values)
        if problems := settings.contradictions():
            raise InvalidSettings("\n".join(problems))
        return settings

    def contradictions(self) -> list[str]:
        """What can't be true together, or not on the platform.

        Every invocation must fit its longest call, and end before the platform ends it.
        """
        least = max(self.probe_seconds, LONGEST_CALL_SECONDS) + SPARE_SECONDS
        problems = []
        if not least <= self.budget_seconds <= LONGEST_BUDGET_SECONDS:
            problems.append(
                f"REPULL_BUDGET_SECONDS={self.budget_seconds:g} is not accepted; use {least:g} (a reset, or a probe of "
                f"REPULL_PROBE_SECONDS, and some) to {LONGEST_BUDGET_SECONDS:g} (the platform ends it at 540)"
            )
        if self.method is Method.STOP_START and self.allow_stop_start is Switch.OFF:
            problems.append("REPULL_METHOD='StopStart' is not accepted; use REPULL_ALLOW_STOP_START=on with it")
        if self.method is Method.SCALE_WORKLOADS and self.accept_outage is not Consent.ALLOW:
            problems.append("REPULL_METHOD='ScaleWorkloads' is not accepted; use REPULL_ACCEPT_OUTAGE=allow with it")
        if self.holder_seconds < SHORTEST_HOLDER_SECONDS:
            problems.append(
                f"REPULL_HOLDER_SECONDS={self.holder_seconds:g} is not accepted; "
                f"use {SHORTEST_HOLDER_SECONDS:g} or more"
            )
        return problems


LONGEST_CALL_SECONDS = 60.0
"""What one renewal's call and its operation are given."""
SPARE_SECONDS = 30.0
LONGEST_BUDGET_SECONDS = 510.0
SHORTEST_HOLDER_SECONDS = 3.0
MOST_PROBES = 50
"""Outcomes that have still to be written on their nodes: of these a slot holds 100 (the custom resource's schema)."""
MOST_RENEWALS = 150
"""The most that the circuit breaker can count to."""

PREFIX = "REPULL_"
REQUIRED = ("clusters", "step_topic", "dead_letter_topic")


def variable(field_name: str) -> str:
    """The environment variable behind a field."""
    return PREFIX + field_name.upper()


def _clusters(text: str) -> tuple[ClusterKey, ...]:
    return tuple(ClusterKey.parse(part.strip()) for part in text.split(",") if part.strip())


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
    if not 0 <= value < float("inf"):
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
_SECONDS: _Row = (_seconds, "a number of seconds, 0 or more")
_COUNT: _Row = (_count, "a whole number, 1 or more")
_CONSENT: _Row = (Consent, "forbid, ask or allow")
_SEVERITY: _Row = (Severity, "warn or refuse")
_ENDPOINT: _Row = (_endpoint, "a URL such as https://compute.googleapis.com")
_TOPIC: _Row = (_topic, "projects/PROJECT/topics/TOPIC")

_ROWS: dict[str, _Row] = {
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
    "windows": (parse_windows, "days and hours such as Mon-Fri 22:00-05:00, Sat,Sun 00:00-24:00"),
    "freezes": (
        parse_freezes,
        "days such as 2026-12-20..2027-01-03 or times such as 2026-12-23T18:00..2026-12-27T06:00, separated by commas",
    ),
    "time_zone": (parse_zone, "a name of the IANA time zone database such as Europe/Berlin"),
    "breaker_renewals": (_renewals, f"a whole number from 1 to {MOST_RENEWALS}"),
    "breaker_percent": (_percent, "a whole number from 1 to 100"),
} | {
    field.name: _SECONDS if field.name.endswith("_seconds") else _ENDPOINT
    for field in fields(Settings)
    if field.name.endswith(("_seconds", "_endpoint"))
}
PARSERS = {name: row[0] for name, row in _ROWS.items()}
ACCEPTED = {name: row[1] for name, row in _ROWS.items()}


def _simulator_problems(environ: Mapping[str, str], values: Mapping[str, Any]) -> list[str]:
    """A deployed function talks to Google and to nobody else.

    Cloud Run sets K_SERVICE in every container (Cloud Run's container contract); where it is set, no variable
    may point a client elsewhere, so that a function can't believe in a simulator by accident.
    """
    if "K_SERVICE" not in environ:
        return []
    problems = [
        f"{variable(name)}={value!r} is not accepted on Cloud Run; leave it out or use https://….googleapis.com"
        for name, value in values.items()
        if name.endswith("_endpoint") and not re.fullmatch(r"https://[a-z0-9.-]+\.googleapis\.com", value)
    ]
    problems += [
        f"{name} is not accepted on Cloud Run; leave it out"
        for name in (
            "PUBSUB_EMULATOR_HOST",
            "GCE_METADATA_HOST",
            "GCE_METADATA_ROOT",
            "GCE_METADATA_IP",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
        )
        if environ.get(name)
    ]
    return problems
