"""Why did the pull fail, as far as the kubelet's message can tell? Pure, and it never raises.

Text can only exclude: no message says that a node's credential is stale. So `credential` merely means that the text
permits it, and everything else asks for other evidence.
"""

from dataclasses import dataclass
from functools import lru_cache

from functions.causes import REACH, REASONS, ROWS
from functions.model.verdict import Cause
from functions.wording import attempts, image_of

__all__ = ["Classification", "carries_cause", "classify", "image_of"]

LONGEST = 200
"""Characters of evidence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Classification:
    """A cause, and the words that decided, with placeholders for names."""

    cause: Cause
    evidence: str

    @property
    def credential(self) -> bool:
        return self.cause.may_be_credential


def classify(message: str, reason: str = "") -> Classification:
    """Judge an event's message or a container's waiting message; its reason too, where one is given."""
    for row in REASONS:
        if row.settles(reason, message):
            return Classification(cause=row.cause, evidence=f"reason {reason}")
    return max(map(_judge, attempts(message)), key=lambda found: REACH.index(found.cause))


def carries_cause(message: str) -> bool:
    """False for the kubelet's messages that only say that it waits or failed: the cause stands in another one."""
    return classify(message).cause is not Cause.NO_CAUSE


@lru_cache(maxsize=1024)  # without their names, many messages are the same few sentences
def _judge(attempt: str) -> Classification:
    for row in ROWS:
        if (words := row.find(attempt)) is not None:
            return Classification(cause=row.cause, evidence=words.strip(" :")[:LONGEST])
    return Classification(cause=Cause.UNKNOWN, evidence=attempt[-LONGEST:])
