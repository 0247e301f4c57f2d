"""Many failing pods, one diagnosis for each cause: by the same rules by which the functions recognise duplicates."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from functions.adapters.kube_api import Object
from functions.adapters.kube_resources import EVENTS
from functions.classify import carries_cause, classify
from functions.duplicates import REACH, DiagnosisMemory, Hint, Reach
from functions.errors import Refused, Retryable
from functions.facts import Facts
from functions.inquiry import Inquiry
from functions.messages.pull_failure import PullFailure
from functions.model.cluster import Container, Node, Pod
from functions.model.names import ImageRef
from functions.model.verdict import Cause, Verdict, VerdictKind
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

    @property
    def kind(self) -> VerdictKind:
        return self.verdict.kind


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """A failing pod, as an event about it would tell of it."""

    pod: Pod
    failure: PullFailure
    hint: Hint


@dataclass(kw_only=True, slots=True)
class _Diagnosed:
    case: _Case
    report: Report
    memory: DiagnosisMemory  # of this diagnosis alone, so that it tells whose event the verdict answers


@dataclass(kw_only=True)
class Survey:
    """Diagnoses pod after pod. `left` are those for which there were too many causes."""

    access: Access
    left: int = 0
    _diagnosed: list[_Diagnosed] = field(default_factory=list)
    _nodes: dict[str, Node | None] = field(default_factory=dict)
    _facts: Facts = field(default_factory=lambda: Facts(most=MOST_PODS))

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(each.report for each in self._diagnosed)

    def look(self, pods: Iterable[Pod], say: Say) -> None:
        """Raises Retryable where not even the cluster answers."""
        for pod in pods:
            case = self._case(pod)
            known = next((each for each in self._diagnosed if self._answers(each, case)), None)
            if known:
                known.report.pods.append(pod.key)
            elif len(self._diagnosed) == MOST_CAUSES:
                self.left += 1
            else:
                say(f"looking at pod {pod.key}")
                self._diagnosed.append(self._diagnose(case))

    def look_again(self, say: Say) -> None:
        """Wait until grants that may be on their way have reached everywhere, and tell what is wrong then."""
        clock = self.access.ports.clock
        while waiting := [each for each in self._diagnosed if each.report.verdict.retry_after]:
            until = min(each.report.verdict.retry_after or clock.now() for each in waiting)
            say(f"waiting until {until:%H:%M:%S} UTC: {waiting[0].report.verdict.decided_by.evidence}")
            clock.pause((until - clock.now()) / timedelta(seconds=1))
            for each in waiting:
                each.report.verdict = self._verdict(each.case, each.memory)

    def _diagnose(self, case: _Case) -> _Diagnosed:
        memory = DiagnosisMemory(most=MOST_PODS)
        memory.facts = self._facts
        verdict = self._verdict(case, memory)
        clock, settings = self.access.ports.clock, self.access.settings
        memory.remember(case.hint, verdict, clock.now(), seconds=settings.memory_seconds)
        return _Diagnosed(case=case, report=Report(verdict=verdict, pods=[case.pod.key]), memory=memory)

    def _verdict(self, case: _Case, memory: DiagnosisMemory) -> Verdict:
        settings = replace(self.access.settings, read_pull_secrets=(case.pod.namespace,))
        inquiry = Inquiry(case.failure, case.hint, self.access.ports, settings, memory)
        verdict = inquiry.verdict(unanswered=(Refused, Retryable))
        stale = verdict.kind is VerdictKind.STALE_CREDENTIALS
        return replace(verdict, advice=by_hand(verdict)) if stale else verdict

    def _answers(self, known: _Diagnosed, case: _Case) -> bool:
        """Whether a verdict answers this pod as well."""
        now = self.access.ports.clock.now()
        if known.memory.standing(case.hint, now):
            return True
        if known.memory.knows_about(case.hint, now) and (node := self._node(case.pod.node)):
            known.memory.place(case.hint, node.pool, now, seconds=self.access.settings.memory_seconds)
            return known.memory.standing(case.hint, now) is not None
        return REACH[known.report.kind] is Reach.POD and self._is_twin(known, case)

    def _is_twin(self, known: _Diagnosed, case: _Case) -> bool:
        """Of the same controller and in the same node pool: what holds for the one pod's template holds for both."""
        first, second = known.case, case
        if first.pod.owner is None or second.pod.owner is None or first.pod.owner.uid != second.pod.owner.uid:
            return False
        if (first.hint.image, first.hint.cause) != (second.hint.image, second.hint.cause):
            return False
        nodes = self._node(first.pod.node), self._node(second.pod.node)
        return nodes[0] is not None and nodes[1] is not None and nodes[0].pool == nodes[1].pool

    def _node(self, name: str) -> Node | None:
        if name not in self._nodes:
            try:
                self._nodes[name] = self.access.cluster.nodes.get(name) if name else None
            except Refused:  # the diagnosis itself says so
                self._nodes[name] = None
        return self._nodes[name]

    def _case(self, pod: Pod) -> _Case:
        """The pod's own message counts. Where that names no cause, the kubelet's last event may."""
        failing = [each for each in pod.containers if each.lacks_image]
        failing.sort(key=lambda each: not classify(each.waiting_message).credential)
        container = failing[0] if failing else None
        silent = container and not carries_cause(container.waiting_message)
        told = self._last_event(pod, container) if container and silent else ""
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
        return _Case(pod=pod, failure=failure, hint=hint)

    def _last_event(self, pod: Pod, container: Container) -> str:
        """Kubelets before 1.32 leave the cause out of the pod's status while they back off."""
        query = f"involvedObject.uid={pod.uid},reason=Failed"
        try:
            found = self.access.kube.find(EVENTS, namespace=pod.namespace, most=MOST_PODS, fieldSelector=query)
        except Refused:
            return ""
        told = [each for each in found if _is_about(each, container)]
        return str(max(told, key=lambda each: str(each.get("lastTimestamp") or ""))["message"]) if told else ""


def by_hand(verdict: Verdict) -> str:
    """The functions would go on to renew the node; whoever asks here must start that, or see that it has begun."""
    subject = verdict.subject
    message = {"action": "start", "cluster": str(subject.cluster), "nodes": subject.node, "image": str(subject.image)}
    return (
        f"Renew node {subject.node}: only its own credential is at fault. Where repull runs in remediate mode it does "
        "so by itself, and kubectl get noderefreshes shows it; else start it with "
        f"gcloud pubsub topics publish node-refresh --message='{json.dumps(message, separators=(',', ':'))}'"
    )


def _is_about(event: Object, container: Container) -> bool:
    message = str(event.get("message") or "")
    named = f"{{{container.name}}}" in str((event.get("involvedObject") or {}).get("fieldPath", ""))
    return named and classify(message).cause not in (Cause.NO_CAUSE, Cause.NOT_A_PULL_FAILURE, Cause.UNKNOWN)
