"""One diagnosis: gather a check's facts through the ports, let `functions.diagnose` judge, stop when it is settled.

It only reads. What the outside refuses to tell is UNKNOWN, with the permission that is missing; what fails for the
moment is raised (Retryable), and the message comes again: unless a person waits, to whom it is UNKNOWN as well. Either
way what holds all the same is looked at first, for a tag that is not there is not there during an outage, too.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from functions import diagnose, keyring, probe, pullsecrets
from functions.advice import advise, consent
from functions.bystanders import bystanders
from functions.classify import Classification, carries_cause, classify
from functions.contrast import failing_since
from functions.duplicates import DiagnosisMemory
from functions.entitlement import Entitlement
from functions.errors import NotOurs, Refused, RepullError, Retryable
from functions.finding import Finding, also, in_vain, unknown
from functions.hint import Hint
from functions.lacking import lacking
from functions.messages.pull_failure import PullFailure
from functions.model.cluster import Container, Node, Pod
from functions.model.google import DEFAULT, GkeCluster, Instance, NodePool
from functions.model.names import ImageRef, InstanceRef, Repository
from functions.model.verdict import Cause, CheckResult, Contrast, Subject, Verdict, VerdictKind
from functions.others import Others
from functions.ports import AccessAnswer, Cluster, ImageAnswer, InquiryPorts, Presence
from functions.pullsecrets import SecretUse
from functions.settings import Elimination, Settings

NOBODY_ELSE = "no check found another cause, and nobody else was seen to pull as the same account since it began"
"""What an elimination rests on."""


class Inquiry:
    """What is known so far about one failure."""

    otherwise = VerdictKind.STALE_CREDENTIALS
    """What remains where no check settles it: only the node is left to blame."""

    def __init__(
        self, failure: PullFailure, hint: Hint, ports: InquiryPorts, settings: Settings, memory: DiagnosisMemory
    ) -> None:
        self._failure = failure
        self._hint = hint
        self._ports = ports
        self._settings = settings
        self._memory = memory
        self._now = ports.clock.now()
        self._said = classify(failure.message)
        self._subject = Subject(cluster=failure.cluster, namespace=failure.namespace, pod=failure.pod, image=hint.image)
        self.pod: Pod | None = None  # as it was read, where a check did
        self._entitlement = Entitlement(ports, settings, memory, self._now)
        self._others = Others(failure.cluster, ports, settings, memory, self._now)
        self._read_at: datetime | None = None  # of what was read for an earlier diagnosis
        self._unanswered: tuple[type[RepullError], ...] = ()  # what it goes without, as far as it can
        self._unread = ""  # why the machine itself could not be read
        self._tried: ImageAnswer | None = None  # what a fresh token of the node's account got
        self._proof = ""  # that the node's account can pull
        self._denied_at = ""
        self._secret: SecretUse | None = None  # what is shown instead of the node's credential
        self._retry_after: datetime | None = None

    def verdict(self, *, unanswered: tuple[type[RepullError], ...] = (Refused,)) -> Verdict:
        """Check after check until one settles it.

        A question that ends in one of `unanswered` settles it as UNKNOWN.
        """
        self._unanswered = unanswered
        checks: dict[str, CheckResult] = {}
        findings = self._findings()
        kind = self.otherwise
        while True:
            try:
                finding = next(findings, None)
            except unanswered as error:
                finding = unknown("permission" if isinstance(error, Refused) else "answer", str(error))
            if finding is None:
                break
            check = replace(finding.check, at=self._read_at or self._ports.clock.now())
            checks[check.name] = check  # the pod's own message comes in place of the event's
            if finding.kind:
                kind = finding.kind
                break
        stale = kind is VerdictKind.STALE_CREDENTIALS
        asks = stale and not self._proof and self._settings.elimination is Elimination.ASK
        said = advise(
            kind,
            self._subject,
            self._said.cause,
            retry_after=self._retry_after,
            denied_at=self._denied_at,
            secret=self._secret,
        )
        return Verdict(
            kind=kind,
            subject=self._subject,
            advice=consent(self._subject, self._settings.step_topic) if asks else said,
            checks=tuple(checks.values()),
            cause=self._said.cause,
            contrast=(Contrast.PROVEN if self._proof else Contrast.ELIMINATION) if stale else None,
            contrast_evidence=(self._proof or NOBODY_ELSE) if stale else "",
            retry_after=self._retry_after,
            wants_consent=asks,
            pod_read=self.pod is not None,
        )

    def _findings(self) -> Iterator[Finding]:
        """Nothing after a finding that settles it is ever asked."""
        if self._failure.message:
            yield diagnose.message(self._said, "the event", last_word=False)
        pod = self._cluster.pods.get(self._failure.namespace, self._failure.pod)
        if pod is None:
            yield diagnose.gone()
            return
        if probe.is_ours(pod):
            raise NotOurs(f"pod {pod.key} is a probe of repull's own")
        self._subject = replace(self._subject, node=pod.node, service_account=pod.service_account)
        waiting = lacking(pod, self._failure.container, self._hint.image)
        yield diagnose.waiting(pod, self._failure.pod_uid, waiting, self._hint.image)
        container = waiting[0]
        image = ImageRef.find(container.image)
        self._subject = replace(self._subject, image=image)
        self.pod = pod
        source = "the event, for the pod itself gives no cause,"
        if carries_cause(container.waiting_message):
            self._said, source = classify(container.waiting_message), "the kubelet"
        yield diagnose.message(self._said, source, last_word=True)
        yield from self._unless_unanswered(self._identity(pod, image), container.image, image)
        yield self._registry(container.image, image)
        if image is None or image.repository is None:
            return
        yield from self._unless_unanswered(self._machine(pod, image), container.image, image)
        yield from self._grants(pod, container, image, image.repository)
        if self._unread:
            yield unknown("machine", self._unread)

    def _unless_unanswered(self, findings: Iterator[Finding], name: str, image: ImageRef | None) -> Iterator[Finding]:
        """Where a question has no answer, first what holds whoever pulls, and wherever. Raises the same error then."""
        try:
            yield from findings
        except (Refused, Retryable):
            yield self._registry(name, image)
            if image:
                yield diagnose.image_anywhere(self._ports.registry.image(image, os="", architecture=""))
            raise

    def _identity(self, pod: Pod, image: ImageRef | None) -> Iterator[Finding]:
        """Whose credential the kubelet would show. A name that is no image's is nobody's."""
        account = self._others.account_of(pod)
        uses = keyring.uses(pod, account, image, self._cluster.workloads, self._settings) if image else ()
        self._secret = pullsecrets.decisive(uses)
        yield diagnose.identity(pod, account, uses)

    def _registry(self, name: str, image: ImageRef | None) -> Finding:
        """A name that is no image's is the cause, whatever was said about it."""
        finding = diagnose.registry(name, image)
        if finding.kind is VerdictKind.NOT_A_CREDENTIAL:
            self._said = Classification(cause=Cause.INVALID_NAME, evidence=finding.check.evidence)
        return finding

    def _machine(self, pod: Pod, image: ImageRef) -> Iterator[Finding]:
        """The node, and whether the image is there for it."""
        gke = self._ports.gke.cluster(self._failure.cluster)
        node = self._cluster.nodes.get(pod.node) if pod.node else None
        yield diagnose.supported(self._failure.cluster, node, gke)
        instance = None
        if node and node.instance and node.instance.project == self._failure.cluster.project:
            instance = self._instance(node, node.instance, gke)
        yield diagnose.machine(self._failure.cluster, pod.node, node, gke, instance)
        if node is None or instance is None:
            return
        self._subject = replace(self._subject, pool=node.pool, account=instance.service_account)
        if self._unread:
            yield diagnose.unread_machine(node, instance.service_account, self._unread)
        else:
            self._memory.learn(self._subject, self._now, seconds=self._settings.memory_seconds)
        yield diagnose.scopes(instance)
        self._read_at = None
        tried = self._tried = self._entitlement.tried(image, node, instance)
        if tried is None or tried.presence is Presence.UNKNOWN:
            tried = self._ports.registry.image(image, os=node.os, architecture=node.architecture)
        yield diagnose.image(tried)

    def _instance(self, node: Node, ref: InstanceRef, gke: GkeCluster) -> Instance | None:
        """The machine itself; where it can't be read, what its pool says of it, which is enough to give advice."""
        if known := self._memory.facts.instance(ref, self._now):
            self._read_at = known[1]
            return known[0]
        try:
            instance = self._ports.instances.get(ref)
        except self._unanswered as error:
            pool = next((each for each in gke.pools if each.name == node.pool), None)
            if pool is None or not pool.scopes:
                raise
            self._unread = str(error)
            return Instance(ref=ref, id="", status="", service_account=self._meant(pool), scopes=pool.scopes)
        if instance:
            self._memory.facts.learn_instance(instance, self._now, seconds=self._settings.memory_seconds)
        return instance

    def _meant(self, pool: NodePool) -> str:
        """The account that a pool names; GKE calls the project's Compute Engine default account `default`."""
        if pool.service_account != DEFAULT:
            return pool.service_account
        try:
            return self._ports.iam.default_account(self._failure.cluster.project)
        except Refused as error:
            raise Refused(f"{self._unread}; which account {DEFAULT} is: {error}") from error

    def _grants(self, pod: Pod, container: Container, image: ImageRef, repository: Repository) -> Iterator[Finding]:
        """What the node's account may do, and who else could do it since the failure began."""
        account = self._subject.account
        answer = self._entitlement.access(account, repository, self._tried)
        self._denied_at = answer.denied_at
        seen = self._entitlement.seen_since(account, repository, answer)
        for line in bystanders(account, self._others.account_of(pod), image, answer.policies):
            yield also(line)
        yield diagnose.access(answer)
        here, elsewhere = self._others.pulled(pod, account, repository, since=failing_since(pod, container))
        self._entitlement.notes.extend(self._others.notes)
        yield diagnose.node(pod.node, repository, here)
        yield from self._time(answer, repository, seen, elsewhere)

    def _time(self, answer: AccessAnswer, repository: Repository, seen: datetime, elsewhere: str) -> Iterator[Finding]:
        """Whether access has reached the registry, or may still be on its way."""
        refused = self._tried.evidence if self._tried and self._tried.denied else ""
        if not refused:
            self._proof = answer.evidence if answer.proven else elsewhere
        source = ""
        if not self._proof:
            seen, source = self._entitlement.granted_since(self._subject.account, repository, answer, seen)
        if notes := self._entitlement.notes:
            yield in_vain(notes)
        seconds = self._settings.propagation_seconds
        held = diagnose.time(seen, self._proof, source=source, seconds=seconds, now=self._now)
        if held.kind is VerdictKind.PROPAGATING:
            self._retry_after = diagnose.looked_at_again(seen, seconds=seconds)
        yield held
        if refused:
            yield diagnose.refused_all_the_same(refused, seconds=seconds)

    @property
    def _cluster(self) -> Cluster:
        return self._ports.gke.connect(self._failure.cluster)
