"""`--probe`: two short-lived pods that make a node's kubelet ask the registry now. They are gone afterwards, always."""

import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import FrameType

from functions import probe
from functions.model.verdict import CheckResult, CheckStatus, Contrast, Verdict, VerdictKind
from functions.ownership import NAMESPACE
from functions.phases import probing
from functions.probe import Answer, ProbeAnswer, ProbeKind
from repull.survey import Report, by_hand
from repull.wiring import Access

_LEAVING_SECONDS = 30.0
_STATUS = {Answer.PASS: CheckStatus.PASS, Answer.DENIED: CheckStatus.FAIL, Answer.UNKNOWN: CheckStatus.UNKNOWN}
_NODE_BLAMED = (VerdictKind.STALE_CREDENTIALS, VerdictKind.PROPAGATING, VerdictKind.UNKNOWN)


def can_be_probed(report: Report) -> bool:
    """Whether there is a node to ask, and an image that its own credential would fetch."""
    subject = report.verdict.subject
    return bool(subject.node and subject.repository) and report.kind is not VerdictKind.UNSUPPORTED


def question(reports: tuple[Report, ...]) -> str:
    """What will be done, for whoever must say yes to it."""
    nodes = ", ".join(sorted({each.verdict.subject.node for each in reports}))
    images = ", ".join(sorted({str(each.verdict.subject.image) for each in reports}))
    return (
        f"This makes two short-lived pods in namespace {NAMESPACE} on each of these nodes: {nodes}. The first asks for "
        f"something that can't exist, the second pulls {images}. Nothing of an image runs, and the pods are taken away."
    )


def run(access: Access, report: Report, say: Callable[[str], None]) -> None:
    """Both probes of a report's node and image; what they prove becomes part of its verdict. Raises Retryable."""
    with _ended_like_by_hand():
        answers = {kind: _ask(access, report, kind, say) for kind in ProbeKind}
    checks = tuple(
        CheckResult(name=f"{kind} probe", status=_STATUS[answer.answer], evidence=answer.evidence)
        for kind, answer in answers.items()
    )
    report.verdict = _judged(
        replace(report.verdict, checks=(*report.verdict.checks, *checks)),
        denied=Answer.DENIED in (answer.answer for answer in answers.values()),
        pulled=answers[ProbeKind.IMAGE].answer is Answer.PASS,
        all_checked=not report.pods,
    )


def _judged(verdict: Verdict, *, denied: bool, pulled: bool, all_checked: bool) -> Verdict:
    """A node that has just pulled is blamed no more, and one that is denied is not well, whatever was said before."""
    node = verdict.subject.node
    if pulled and verdict.kind in _NODE_BLAMED:
        said = f"Nothing to do: node {node} has just pulled the image, and its kubelet will try again."
        return replace(verdict, kind=VerdictKind.RECOVERED, advice=said, contrast=None, retry_after=None)
    if not denied or verdict.kind is not VerdictKind.RECOVERED:
        return verdict
    if all_checked:  # but for how old the grant is
        stale = replace(verdict, kind=VerdictKind.STALE_CREDENTIALS, contrast=Contrast.ELIMINATION)
        said = f"If access was granted more than ten minutes ago: {by_hand(stale)}"
        return replace(stale, advice=said)
    command = f"repull diagnose --image {verdict.subject.image} --node {node}"
    return replace(verdict, kind=VerdictKind.UNKNOWN, advice=f"Ask why node {node} is denied: {command}")


def _ask(access: Access, report: Report, kind: ProbeKind, say: Callable[[str], None]) -> ProbeAnswer:
    subject, seconds = report.verdict.subject, access.settings.probe_seconds
    if subject.image is None:
        raise ValueError("a report without an image can't be probed")
    say(f"probing node {subject.node}: {kind}")
    manifest = probe.manifest(kind, subject.image, node=subject.node, of=str(uuid.uuid4()), seconds=seconds)
    clock = access.ports.clock
    return probing.ask(
        access.cluster.pods,
        clock,
        manifest,
        kind,
        deadline=clock.now() + timedelta(seconds=seconds),
        leaving_seconds=_LEAVING_SECONDS,
    )


@contextmanager
def _ended_like_by_hand() -> Iterator[None]:
    """SIGTERM and SIGHUP end it as Ctrl-C does, so that the probe's pod is taken away first."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
