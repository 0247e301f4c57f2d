"""What happens, as lines for people: the narrator's words, messages when they are published, the functions' audit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sandbox.google.logstore import Entry
from sandbox.pubsub.tap import Published
from sandbox.timestamps import now

_REPULL = "repull."
_QUIET = frozenset({"repull.duplicate", "repull.step_published", "repull.stale_message"})
"""Said by other lines already: the message itself is shown when it is published."""


class Kind(StrEnum):
    STORY = "story"
    MESSAGE = "message"
    DIAGNOSIS = "diagnosis"
    STEP = "step"
    TROUBLE = "trouble"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    at: datetime
    kind: Kind
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """A verdict as the function logged it."""

    subject: str
    kind: str
    checks: tuple[str, ...]
    advice: str


class Journal:
    """Listens along; nothing is decided by it."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.diagnosis: Diagnosis | None = None
        self.listeners: list[Callable[[Line], None]] = []
        self._verdicts: set[tuple[str, str]] = set()

    def say(self, text: str) -> None:
        """The narrator's words."""
        self._add(Kind.STORY, text)

    def published(self, message: Published) -> None:
        """A message on one of the topics."""
        self._add(Kind.MESSAGE, f"{message.topic}: {_gist(message)}")

    def logged(self, entry: Entry) -> None:
        """A log entry; only what the functions say is of interest."""
        if entry["resource"]["type"] != "cloud_run_revision":
            return
        line = entry.get("jsonPayload") or {}
        event = str(line.get("event", ""))
        if event == "repull.verdict":
            self._diagnosed(line)
        elif event.startswith(_REPULL):
            if event not in _QUIET:
                trouble = entry["severity"] not in ("DEFAULT", "DEBUG", "INFO", "NOTICE")
                self._add(
                    Kind.TROUBLE if trouble else Kind.STEP, f"{event.removeprefix(_REPULL)}: {line.get('message')}"
                )
        elif text := entry.get("textPayload") or line.get("message"):
            self._add(Kind.TROUBLE, f"{entry['resource']['labels']['service_name']}: {text}")

    def _diagnosed(self, line: dict[str, Any]) -> None:
        kind, advice = str(line.get("kind", "")), str(line.get("advice", ""))
        subject = f"{line.get('namespace')}/{line.get('pod')} on {line.get('node') or '?'}"
        checks = tuple(f"{each.get('mark', '')} {each.get('check')}: {each.get('evidence')}" for each in line["checks"])
        if line.get("contrast"):
            checks += (f"⚖ contrast: {line['contrast']}",)
        self.diagnosis = Diagnosis(subject=subject, kind=kind, checks=checks, advice=advice)
        self._add(Kind.DIAGNOSIS, f"{kind}: {subject}")
        if (kind, advice) not in self._verdicts:
            self._verdicts.add((kind, advice))
            for text in (*checks, f"→ {advice}"):
                self._add(Kind.DIAGNOSIS, f"  {text}")

    def _add(self, kind: Kind, text: str) -> None:
        line = Line(at=now(), kind=kind, text=text)
        self.lines.append(line)
        for listener in self.listeners:
            listener(line)


def _gist(message: Published) -> str:
    """What a message is about, in a line."""
    if reason := message.attributes.get("reason"):
        return f"kept because of {reason}"
    payload = message.json
    if not isinstance(payload, dict):
        return repr(message.data[:80])
    if event := payload.get("jsonPayload"):
        about = event.get("involvedObject", {})
        innermost = str(event.get("message")).rpartition(": ")[2]  # a kubelet's message is layered like an onion
        return f"{about.get('name')}: {innermost}"
    if payload.get("action") == "continue":
        return f"continue, slot {payload.get('slot')}, step {payload.get('step')} of {payload.get('refresh')}"
    return ", ".join(f"{key} {value}" for key, value in payload.items() if key != "cluster")
