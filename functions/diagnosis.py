"""on_pull_event: why can this pod not pull? Where only a node is at fault, open a refresh; otherwise say what to do."""

from functions import announcing, events, opening
from functions.duplicates import DiagnosisMemory
from functions.errors import NotOurs
from functions.hint import Hint
from functions.inquiry import Inquiry
from functions.messages.pull_failure import PullFailure
from functions.model.verdict import Cause, Verdict, VerdictKind
from functions.ownership import NAMESPACE
from functions.ports import DiagnosisPorts
from functions.reply import Reply
from functions.settings import Settings

__all__ = ["DiagnosisMemory", "handle"]

REASONS = ("Failed", "BackOff", "InspectFailed", "ErrImageNeverPull")
"""Reasons of the kubelet's events about an image; `Failed` and `BackOff` are used for other things as well."""


def handle(failure: PullFailure, ports: DiagnosisPorts, settings: Settings, memory: DiagnosisMemory) -> Reply:
    """Handle one event. Raises NotOurs for noise, Retryable where the outside fails for the moment."""
    hint = Hint.of(failure)
    _refuse_noise(failure, hint)
    if kind := memory.standing(hint, ports.clock.now()):
        return _duplicate(failure, kind, ports)
    with memory.alone(hint) as alone:
        if not alone:
            return Reply.BUSY
        if kind := memory.standing(hint, ports.clock.now()) or _recognised(hint, ports, settings, memory):
            return _duplicate(failure, kind, ports)
        inquiry = Inquiry(failure, hint, ports.reads, settings, memory)
        verdict = inquiry.verdict()
        _record(verdict, ports)
        reply = Reply.HANDLED
        if verdict.kind is VerdictKind.STALE_CREDENTIALS:
            reply = opening.open_refresh(verdict, ports, settings, memory)
        memory.remember(hint, verdict, ports.clock.now(), seconds=settings.memory_seconds)
    announcing.announce(verdict, failure, inquiry.pod, ports.gke.connect(failure.cluster), settings)
    return reply


def _refuse_noise(failure: PullFailure, hint: Hint) -> None:
    if failure.namespace == NAMESPACE:
        raise NotOurs(f"pod {failure.namespace}/{failure.pod} is a probe of repull's own, check the sink's filter")
    if failure.reason not in REASONS:
        raise NotOurs(f"jsonPayload.reason: {failure.reason[:60]!r} is not {', '.join(REASONS)}")
    if hint.cause is Cause.NOT_A_PULL_FAILURE:
        raise NotOurs(f"jsonPayload.message: not about pulling an image: {failure.message[:120]!r}")


def _recognised(hint: Hint, ports: DiagnosisPorts, settings: Settings, memory: DiagnosisMemory) -> VerdictKind | None:
    """The verdict that stands for the cause, told by one read of a node that is not known yet."""
    now = ports.clock.now()
    if not hint.node or not memory.knows_about(hint, now):
        return None
    node = ports.gke.connect(hint.cluster).nodes.get(hint.node)
    if node is None:
        return None
    memory.place(hint, node.pool, now, seconds=settings.memory_seconds)
    return memory.standing(hint, now)


def _duplicate(failure: PullFailure, kind: VerdictKind, ports: DiagnosisPorts) -> Reply:
    ports.audit.record(
        events.DUPLICATE,
        f"{kind} stands",
        kind=kind,
        cluster=str(failure.cluster),
        namespace=failure.namespace,
        pod=failure.pod,
    )
    return Reply.DUPLICATE


def _record(verdict: Verdict, ports: DiagnosisPorts) -> None:
    ports.audit.record(
        events.VERDICT,
        f"{verdict.kind}: {verdict.decided_by.evidence}",
        warning=verdict.kind not in announcing.NOTHING_TO_SAY,
        **verdict.fields,
    )
