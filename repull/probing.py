"""`--probe`: two short-lived pods that make a node's kubelet ask the registry now. They are gone afterwards.

Where the process is killed, the sweep takes them away an hour later.
"""

import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

from functions import probe
from functions.errors import Refused, Retryable
from functions.model.verdict import CheckResult, CheckStatus, Verdict, VerdictKind
from functions.ownership import NAMESPACE
from functions.phases import probing
from functions.ports import Pods
from functions.probe import Answer, ProbeAnswer, ProbeKind
from repull.imagecheck import command
from repull.survey import Report
from repull.wiring import Access

_LEAVING_SECONDS = 30.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
    """Both probes of a report's node and image; what they prove becomes part of its verdict.

    Where one can't be made or taken away, its check says why, and the next one would fare no better.
    """
    pods, answers, at = access.cluster.pods, dict[ProbeKind, ProbeAnswer](), dict[ProbeKind, datetime]()
    with _ended_like_by_hand() as interrupted:
        for kind in ProbeKind:
            manifest = _manifest(access, report.verdict, kind)
            name = manifest["metadata"]["name"]
            say(f"probing node {report.verdict.subject.node}: {kind}")
            try:
                answers[kind], goes_on = _asked(access, kind, manifest, interrupted)
            except KeyboardInterrupt:  # perhaps while the API server was making the pod, or while it was taken away
                say(f"taking pod {NAMESPACE}/{name} away")
                if left := _left(pods, name):
                    say(left)
                raise
            at[kind] = access.ports.clock.now()
            if not goes_on:
                break
    checks = tuple(
        CheckResult(name=f"{kind} probe", status=_STATUS[answer.answer], evidence=answer.evidence, at=at[kind])
        for kind, answer in answers.items()
    )
    report.verdict = _judged(
        replace(report.verdict, checks=(*report.verdict.checks, *checks)),
        {kind: answer.answer for kind, answer in answers.items()},
        if_denied=report.if_denied,
    )


def _judged(
    verdict: Verdict, answers: Mapping[ProbeKind, Answer], *, if_denied: Callable[[Verdict], Verdict] | None
) -> Verdict:
    """A node that has just pulled is blamed no more, and one that is denied is not well, whatever was said before."""
    node, fine = verdict.subject.node, verdict.kind in (VerdictKind.NOT_TRIED, VerdictKind.RECOVERED)
    if answers.get(ProbeKind.IMAGE) is Answer.PASS:
        if not fine and verdict.kind not in _NODE_BLAMED:
            return verdict
        said = f"Nothing to do: node {node} has just pulled the image"
        said += "." if fine else ", and its kubelet will try again."
        return replace(verdict, kind=VerdictKind.RECOVERED, advice=said, contrast=None, retry_after=None)
    if not fine:
        return verdict
    if Answer.DENIED not in answers.values():
        unknown = " and ".join(f"{kind} probe" for kind, answer in answers.items() if answer is Answer.UNKNOWN)
        said = f"Look at the check {unknown}: whether node {node} can pull the image was not found out."
        return replace(verdict, kind=VerdictKind.UNKNOWN, advice=said)
    if if_denied:
        return if_denied(verdict)
    return replace(
        verdict, kind=VerdictKind.UNKNOWN, advice=f"Ask why node {node} is denied: {command(verdict.subject)}"
    )


def _manifest(access: Access, verdict: Verdict, kind: ProbeKind) -> dict[str, Any]:
    image, node = verdict.subject.image, verdict.subject.node
    if image is None:
        raise ValueError("a report without an image can't be probed")
    return probe.manifest(kind, image, node=node, of=str(uuid.uuid4()), seconds=access.settings.probe_seconds)


def _asked(
    access: Access, kind: ProbeKind, manifest: dict[str, Any], interrupted: Callable[[], bool]
) -> tuple[ProbeAnswer, bool]:
    """The answer, and whether the next probe may fare better than one that can't be made or taken away."""
    clock, pods = access.ports.clock, access.cluster.pods
    deadline = clock.now() + timedelta(seconds=access.settings.probe_seconds)
    try:
        return probing.ask(pods, clock, manifest, kind, deadline=deadline, leaving_seconds=_LEAVING_SECONDS), True
    except (Refused, Retryable) as error:
        if interrupted():  # and then the pod could not be taken away
            raise KeyboardInterrupt from error
        evidence = "; ".join(filter(None, (str(error), _left(pods, manifest["metadata"]["name"]))))
        return ProbeAnswer(answer=Answer.UNKNOWN, evidence=evidence), False


def _left(pods: Pods, name: str) -> str:
    """Take a pod away of which nobody knows whether it is there; what is to be done where that fails, or ""."""
    try:
        probing.remove(pods, name, seconds=_LEAVING_SECONDS)
    except (Refused, Retryable):
        return f"its pod may be left: kubectl delete pod {name} --namespace={NAMESPACE}"
    return ""


@contextmanager
def _ended_like_by_hand() -> Iterator[Callable[[], bool]]:
    """SIGTERM and SIGHUP end it as Ctrl-C does, so that the probe's pod is taken away first.

    Nothing else ends it meanwhile: whoever presses Ctrl-C twice would leave the pod behind. What it was started to
    ignore, by nohup say, it goes on to ignore. Yields whether somebody has ended it.
    """
    ended = False
    heard = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal ended
        ended = True
        for number in heard:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield lambda: ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
