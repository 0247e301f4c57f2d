"""Many failing pods: each is judged by itself, and those of one reason are one diagnosis."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property

from functions.adapters.kube_api import Object
from functions.adapters.kube_resources import EVENTS
from functions.advice import start_it
from functions.classify import carries_cause, classify
from functions.duplicates import DiagnosisMemory
from functions.errors import BadInput, Refused, Retryable
from functions.finding import in_vain
from functions.hint import Hint
from functions.inquiry import Inquiry
from functions.messages.pull_failure import PullFailure
from functions.model.cluster import Container, Pod
from functions.model.names import ImageRef
from functions.model.verdict import Cause, Verdict, VerdictKind
from functions.ports import InquiryPorts
from repull import steps
from repull.grouping import shared
from repull.once import once
from repull.wiring import Access

MOST_CAUSES = 50
"""A person reads no more, and the questions stay bounded."""
MOST_PODS = 10_000
Say = Callable[[str], None]


@dataclass(kw_only=True, slots=True)
class Report:
    """A verdict, and the pods that it answers: the one that was diagnosed first."""

    verdict: Verdict
    pods: list[str]
    if_denied: Callable[[Verdict], Verdict] | None = None  # of an image alone: what it means that a probe is denied

    @property
    def kind(self) -> VerdictKind:
        return self.verdict.kind


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """A failing pod, as an event about it would tell of it."""

    pod: Pod
    failure: PullFailure
    hint: Hint
    unread: str = ""  # why the kubelet's events could not be read, where the pod itself tells no cause


@dataclass(kw_only=True, slots=True)
class _Diagnosed:
    case: _Case
    verdict: Verdict


@dataclass(kw_only=True)
class Survey:
    """Diagnoses pod after pod. `left` are those for which there were too many causes."""

    access: Access
    left: int = 0
    _diagnosed: list[_Diagnosed] = field(default_factory=list)
    _memory: DiagnosisMemory = field(default_factory=lambda: DiagnosisMemory(most=MOST_PODS))

    @property
    def reports(self) -> tuple[Report, ...]:
        """One for each reason; the first pod's verdict stands for all."""
        found: dict[Hashable, Report] = {}
        for each in self._diagnosed:
            report = found.setdefault(shared(each.verdict, each.case.pod), Report(verdict=each.verdict, pods=[]))
            report.pods.append(each.case.pod.key)
        return tuple(found.values())

    def look(self, pods: tuple[Pod, ...], say: Say) -> None:
        """Raises Retryable where not even the cluster answers."""
        if pods:
            say(f"looking at {len(pods)} pods" if len(pods) > 1 else f"looking at pod {pods[0].key}")
        ports, reasons = once(self.access.ports, self.access.key, pods), set[Hashable]()
        for number, pod in enumerate(pods):
            if len(reasons) == MOST_CAUSES:
                self.left = len(pods) - number
                return
            case = self._case(pod)
            verdict = self._verdict(case, ports)
            self._diagnosed.append(_Diagnosed(case=case, verdict=verdict))
            reasons.add(shared(verdict, pod))

    def look_again(self, say: Say) -> None:
        """Wait until grants that may be on their way have reached everywhere, and tell what is wrong then."""
        clock = self.access.ports.clock
        while waiting := [each for each in self._diagnosed if each.verdict.retry_after]:
            until = min(each.verdict.retry_after or clock.now() for each in waiting)
            say(f"waiting until {until:%H:%M:%S} UTC: {waiting[0].verdict.decided_by.evidence}")
            clock.pause((until - clock.now()) / timedelta(seconds=1))
            ports = once(self.access.ports, self.access.key, ())
            for each in waiting:
                each.verdict = self._verdict(each.case, ports)

    def _verdict(self, case: _Case, ports: InquiryPorts) -> Verdict:
        settings = replace(self.access.settings, read_pull_secrets=(case.pod.namespace,))
        inquiry = Inquiry(case.failure, case.hint, ports, settings, self._memory)
        verdict = inquiry.verdict(unanswered=(Refused, Retryable))
        if case.unread:
            line = in_vain([case.unread]).check
            verdict = replace(verdict, checks=(*verdict.checks, replace(line, at=ports.clock.now())))
        stale = verdict.kind is VerdictKind.STALE_CREDENTIALS
        return replace(verdict, advice=by_hand(verdict, self._topic)) if stale else verdict

    @cached_property
    def _topic(self) -> str:
        return where_to_publish(self.access)

    def _case(self, pod: Pod) -> _Case:
        """The pod's own message counts. Where that names no cause, the kubelet's last event may."""
        failing = [each for each in pod.containers if each.lacks_image]
        failing.sort(key=lambda each: not classify(each.waiting_message).credential)
        container = failing[0] if failing else None
        silent = container and not carries_cause(container.waiting_message)
        told = unread = ""
        if container and silent:
            try:
                told = self._last_event(pod, container)
            except (Refused, Retryable) as error:
                unread = str(error)
        failure = PullFailure(
            cluster=self.access.key,
            namespace=pod.namespace,
            pod=pod.name,
            pod_uid=pod.uid,
            container=container.name if container else "",
            node_hint=pod.node,
            reason="Failed",
            message=told,
        )
        heard = replace(failure, message=told or (container.waiting_message if container else ""))
        hint = replace(Hint.of(heard), image=ImageRef.find(container.image) if container else None)
        return _Case(pod=pod, failure=failure, hint=hint, unread=unread)

    def _last_event(self, pod: Pod, container: Container) -> str:
        """Kubelets before 1.32 leave the cause out of the pod's status while they back off."""
        query = f"involvedObject.uid={pod.uid},reason=Failed"
        found = self.access.kube.find(EVENTS, namespace=pod.namespace, most=MOST_PODS, fieldSelector=query)
        told = [each for each in found if _is_about(each, container)]
        return str(max(told, key=lambda each: str(each.get("lastTimestamp") or ""))["message"]) if told else ""


def where_to_publish(access: Access) -> str:
    """The step topic; where nobody has written it down, the one that the installation makes."""
    try:
        return steps.topic(access, "")
    except BadInput:
        return f"projects/{access.key.project}/topics/node-refresh"


def by_hand(verdict: Verdict, topic: str) -> str:
    """The functions would go on to renew the node; whoever asks here must start that, or see that it has begun."""
    subject = verdict.subject
    return (
        f"Renew node {subject.node}: only its own credential is at fault. Where repull runs in remediate mode it does "
        f"so by itself, and kubectl get noderefreshes shows it; else {start_it(subject, topic)}"
    )


def _is_about(event: Object, container: Container) -> bool:
    message = str(event.get("message") or "")
    named = f"{{{container.name}}}" in str((event.get("involvedObject") or {}).get("fieldPath", ""))
    return named and classify(message).cause not in (Cause.NO_CAUSE, Cause.NOT_A_PULL_FAILURE, Cause.UNKNOWN)
