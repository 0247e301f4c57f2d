"""What a setting may say where it is one of a few words."""

from enum import StrEnum


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

    def to_give(self, field: str, setting: str) -> str:
        """What a person has to do first: nobody is told to ask for what is forbidden."""
        return f"let {setting} be ask" if self is Consent.FORBID else f"give {field}"


class Elimination(StrEnum):
    """What a verdict opens that is not proven by contrast."""

    CANARY = "canary"  # a refresh whose first node must be verified before any other is touched
    ASK = "ask"  # nothing: a person starts it, or does not


class Severity(StrEnum):
    """What something means that need not be in the way of a renewal: it is said, or the node is left alone."""

    WARN = "warn"
    REFUSE = "refuse"
