"""Could a node pull this image? The checks that need no failing pod."""

from collections.abc import Iterator
from dataclasses import replace

from functions import diagnose
from functions.diagnose import Finding
from functions.duplicates import DiagnosisMemory, Hint
from functions.errors import NotFound, Refused, Retryable
from functions.inquiry import Inquiry
from functions.messages.pull_failure import PullFailure
from functions.model.cluster import Pod
from functions.model.names import ImageRef
from functions.model.verdict import Cause, Subject, Verdict, VerdictKind
from repull.survey import Report
from repull.wiring import Access

_POOL = "cloud.google.com/gke-nodepool"


class _ImageInquiry(Inquiry):
    """Registry, machine, scopes, image and access; where they pass, nothing speaks against it, and nobody has tried."""

    otherwise = VerdictKind.NOT_TRIED

    def _findings(self) -> Iterator[Finding]:
        image, node = self._subject.image, self._failure.node_hint
        self._subject = replace(self._subject, node=node)
        yield diagnose.registry(str(image), image)
        if image is None or image.repository is None:
            return
        yield from self._machine(Pod(namespace="", name="", uid="", node=node, created=self._now), image)
        answer = self._entitlement.access(self._subject.account, image.repository, self._tried)
        self._denied_at = answer.denied_at
        for line in self._entitlement.notes:
            yield diagnose.note("asked in vain", line)
        yield diagnose.access(answer)
        if self._unread:
            yield diagnose.unknown("machine", self._unread)


def check(access: Access, image: ImageRef, node: str) -> tuple[Report, ...]:
    """For the node of that name; "" asks for one of every node pool."""
    return tuple(_report(access, image, name) for name in ((node,) if node else _one_of_each_pool(access)))


def _one_of_each_pool(access: Access) -> tuple[str, ...]:
    """Account, scopes and platform are the pool's. Raises Refused, and NotFound where there is no node."""
    pools = access.ports.gke.cluster(access.key).pools
    found = [node.name for pool in pools for node in access.cluster.nodes.carrying(_POOL, pool.name, limit=1)]
    if not found:
        raise NotFound(f"cluster {access.key} has no node that could pull anything")
    return tuple(found)


def _report(access: Access, image: ImageRef, node: str) -> Report:
    failure = PullFailure(
        cluster=access.key, namespace="", pod="", pod_uid="", container="", node_hint=node, reason="", message=""
    )
    hint = Hint(cluster=access.key, namespace="", pod="", uid="", node=node, cause=Cause.NO_CAUSE, image=image)
    inquiry = _ImageInquiry(failure, hint, access.ports, access.settings, DiagnosisMemory())
    verdict = inquiry.verdict(unanswered=(Refused, Retryable))
    if verdict.kind is _ImageInquiry.otherwise:
        verdict = _not_tried(verdict)
    return Report(verdict=verdict, pods=[])


def _not_tried(verdict: Verdict) -> Verdict:
    """No check can look into the node's own credential."""
    subject = verdict.subject
    return replace(
        verdict,
        advice=f"Nothing speaks against it: node {subject.node}, as {subject.account}, may pull {subject.image}. "
        f"Whether its own credential is a good one only a probe finds out: {command(subject)} --probe",
    )


def command(subject: Subject) -> str:
    """Which asks about a node and an image alone."""
    return f"repull diagnose --image {subject.image} --node {subject.node}"
