"""Which pods are one diagnosis: each was judged by itself, and what they share is the reason that was found. Pure."""

import re
from collections.abc import Hashable

from functions.model.cluster import Pod
from functions.model.verdict import Subject, Verdict, VerdictKind
from functions.reach import REACH, Reach

_ZONE = re.compile(r"/zones/[a-z0-9-]+/")
_TEXT = "message"


def shared(verdict: Verdict, pod: Pod) -> Hashable:
    """Pods of an equal one have the same reason, and the same thing mends them all."""
    return (verdict.kind, *_reason(verdict, pod))


def _reason(verdict: Verdict, pod: Pod) -> tuple[Hashable, ...]:
    subject, decided = verdict.subject, verdict.decided_by
    if verdict.kind is VerdictKind.UNKNOWN:  # one missing permission, one outage
        image = subject.image if decided.name == _TEXT else None
        return (decided.name, _anybodys(decided.evidence, subject), image)
    match REACH[verdict.kind]:
        case Reach.CAUSE:
            return (subject.account, subject.repository)
        case Reach.POOL:
            return (subject.pool, subject.repository)
        case Reach.IMAGE:
            return (verdict.cause, subject.image or decided.evidence)  # a name that is no image's is in the evidence
        case Reach.POD:  # what its template says, and its controller gives to all alike
            return (pod.owner.uid if pod.owner else pod.uid, subject.image, verdict.cause, subject.pool)
        case Reach.NOBODY:
            return (pod.uid,)


def _anybodys(evidence: str, subject: Subject) -> str:
    """The evidence without the names of this pod, so that the same refusal reads the same for everybody."""
    for name in filter(None, (subject.node, subject.pod, subject.service_account, subject.namespace)):
        evidence = evidence.replace(name, "*")
    return _ZONE.sub("/zones/*/", evidence)
