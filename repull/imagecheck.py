"""Could a node pull this image? The checks that need no failing pod."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from functions import diagnose
from functions.adapters.kube_nodes import POOL
from functions.adapters.kube_resources import NODES
from functions.advice import advise
from functions.contrast import failing_since
from functions.duplicates import DiagnosisMemory
from functions.errors import NotFound, Refused, Retryable
from functions.finding import Finding, in_vain, unknown
from functions.hint import Hint
from functions.inquiry import NOBODY_ELSE, Inquiry
from functions.messages.pull_failure import PullFailure
from functions.model.cluster import Pod
from functions.model.names import ImageRef
from functions.model.verdict import Cause, Contrast, Subject, Verdict, VerdictKind
from functions.others import PODS_LOOKED_AT
from functions.ports import AccessAnswer
from functions.pulls import is_from
from repull.survey import Report, by_hand, where_to_publish
from repull.wiring import Access


class _ImageInquiry(Inquiry):
    """Registry, machine, scopes, image and access; where they pass, nothing speaks against it, and nobody has tried."""

    otherwise = VerdictKind.NOT_TRIED

    _answer: AccessAnswer
    _seen: datetime

    def _findings(self) -> Iterator[Finding]:
        image, node = self._subject.image, self._failure.node_hint
        self._subject = replace(self._subject, node=node)
        yield self._registry(str(image), image)
        if image is None or image.repository is None:
            return
        pod = Pod(namespace="", name="", uid="", node=node, created=self._now)
        yield from self._unless_unanswered(self._machine(pod, image), str(image), image)
        account = self._subject.account
        answer = self._answer = self._entitlement.access(account, image.repository, self._tried)
        self._seen = self._entitlement.seen_since(account, image.repository, answer)
        self._denied_at = answer.denied_at
        if notes := self._entitlement.notes:
            yield in_vain(notes)
        yield diagnose.access(answer)
        if self._unread:
            yield unknown("machine", self._unread)

    def if_denied(self, verdict: Verdict, topic: str) -> Verdict:
        """What a probe proves that is denied though nothing speaks against it: what it would of a failing pod's node.

        Access may still be on its way; only where that can't be, the node is at fault.
        """
        subject = verdict.subject
        if subject.repository is None:
            return verdict
        here, elsewhere = self._others.pulled(
            Pod(namespace="", name="", uid="", node=subject.node, created=self._now),
            subject.account,
            subject.repository,
            since=self._failing_since(subject),
        )
        found = tuple(self._time(self._answer, subject.repository, self._seen, here or elsewhere))
        kind = next((each.kind for each in found if each.kind), VerdictKind.STALE_CREDENTIALS)
        checks = (*verdict.checks, *(replace(each.check, at=self._ports.clock.now()) for each in found))
        denied = replace(verdict, kind=kind, checks=checks, retry_after=self._retry_after)
        if kind is VerdictKind.STALE_CREDENTIALS:
            contrast = Contrast.PROVEN if self._proof else Contrast.ELIMINATION
            evidence = self._proof or NOBODY_ELSE
            return replace(denied, advice=by_hand(denied, topic), contrast=contrast, contrast_evidence=evidence)
        after = f" after {self._retry_after:%H:%M:%S} UTC" if self._retry_after else ""
        said = f"Ask again{after}, for a grant may take minutes to reach everywhere, with {command(subject)} --probe"
        if kind is VerdictKind.UNKNOWN:
            said = advise(kind, subject, verdict.cause)
        return replace(denied, advice=said)

    def _failing_since(self, subject: Subject) -> datetime:
        """When a pod on the node began to fail for it, for what others pulled earlier proves less."""
        if subject.repository is None:
            return self._now
        failing = [
            (ImageRef.find(container.image) != subject.image, failing_since(pod, container))
            for pod in self._cluster.pods.using(subject.repository, limit=PODS_LOOKED_AT)
            for container in pod.containers
            if pod.node == subject.node and container.lacks_image and is_from(container.image, subject.repository)
        ]
        lately = self._now - timedelta(seconds=self._settings.propagation_seconds)
        return min(failing, default=(True, lately))[1]


def check(access: Access, image: ImageRef, node: str) -> tuple[Report, ...]:
    """For the node of that name; "" asks for one of every node pool. Raises NotFound where it does not exist."""
    if node and not _may_be_there(access, node):
        raise NotFound(f"there is no node {node}")
    return tuple(_report(access, image, name) for name in ((node,) if node else _one_of_each_pool(access)))


def _may_be_there(access: Access, node: str) -> bool:
    try:
        return access.cluster.nodes.get(node) is not None
    except (Refused, Retryable):  # the checks say so, and what they find out before
        return True


def _one_of_each_pool(access: Access) -> tuple[str, ...]:
    """Account, scopes and platform are the pool's. Raises NotFound where there is no node.

    Where GKE does not name the pools, the nodes do; what that leaves open, the checks say.
    """
    try:
        pools = [pool.name for pool in access.ports.gke.cluster(access.key).pools]
    except (Refused, Retryable):
        labels = access.kube.select(NODES, lambda node: (node["metadata"].get("labels") or {}).get(POOL))
        pools = sorted(set(filter(None, labels)))
    found = [node.name for pool in pools for node in access.cluster.nodes.carrying(POOL, pool, limit=1)]
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
    return Report(verdict=verdict, pods=[], if_denied=lambda told: inquiry.if_denied(told, where_to_publish(access)))


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
