"""What a diagnosis says: checks with their evidence, and one verdict of a closed set."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.model.names import ClusterKey, ImageRef, Repository


class Cause(StrEnum):
    """Why a pull failed, as far as the message's text can tell."""

    AUTH_DENIED = "auth_denied"
    AUTH_MISSING = "auth_missing"
    AMBIGUOUS = "ambiguous_denied_or_missing"
    NOT_FOUND = "not_found"
    PLATFORM = "platform_mismatch"
    RATE_LIMITED = "rate_limited"
    NETWORK = "network"
    TLS_TRUST = "tls_trust"
    REGISTRY_ERROR = "registry_error"
    DISK = "disk"
    POLICY = "policy"
    IMAGE_CORRUPT = "image_corrupt"
    CANCELLED = "cancelled_or_deadline"
    INVALID_NAME = "invalid_name"
    PULL_POLICY = "pull_policy"
    CREDENTIAL_PROVIDER = "credential_provider_error"
    NO_CAUSE = "backoff_no_cause"  # the kubelet only says that it waits
    NOT_A_PULL_FAILURE = "not_a_pull_failure"
    UNKNOWN = "unknown"

    @property
    def may_be_credential(self) -> bool:
        """Whether the text permits that the node's credential is at fault. It never proves it."""
        return self in (Cause.AUTH_DENIED, Cause.AUTH_MISSING, Cause.AMBIGUOUS)

    @property
    def is_of_the_image(self) -> bool:
        """Whether no node could pull it: it is not there, or not for the node's platform."""
        return self in (Cause.NOT_FOUND, Cause.PLATFORM)


class CheckStatus(StrEnum):
    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    INFO = "info"  # reported as well, because people look there first; it never decides


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """One line of the list that people see. `evidence` is what was asked and answered."""

    name: str
    status: CheckStatus
    evidence: str
    at: datetime | None = None  # when it was answered

    @property
    def mark(self) -> str:
        return MARKS[self.status]


MARKS = {CheckStatus.PASS: "✅", CheckStatus.FAIL: "❌", CheckStatus.UNKNOWN: "❔", CheckStatus.INFO: "ℹ"}


class VerdictKind(StrEnum):
    """The closed set. Only STALE_CREDENTIALS opens a refresh."""

    STALE_CREDENTIALS = "STALE_CREDENTIALS"
    PROPAGATING = "PROPAGATING"
    GRANT_MISSING = "GRANT_MISSING"
    DENIED_BY_POLICY = "DENIED_BY_POLICY"  # a deny policy forbids it, whatever is granted
    SCOPES_MISSING = "SCOPES_MISSING"
    IMAGE_MISSING = "IMAGE_MISSING"
    PLATFORM_MISMATCH = "PLATFORM_MISMATCH"
    PULL_SECRET_IN_USE = "PULL_SECRET_IN_USE"  # noqa: S105 - names no secret
    WORKLOAD_IDENTITY_PULL = "WORKLOAD_IDENTITY_PULL"
    OTHER_REGISTRY = "OTHER_REGISTRY"
    NOT_A_CREDENTIAL = "NOT_A_CREDENTIAL"
    UNSUPPORTED = "UNSUPPORTED"  # Autopilot or Windows: nodes that repull never renews
    NOT_TRIED = "NOT_TRIED"  # nothing speaks against it, and no kubelet has told of a try
    RECOVERED = "RECOVERED"
    GONE = "GONE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What a diagnosis is about, as far as it got. Node, pool and account are never the event's word."""

    cluster: ClusterKey
    namespace: str
    pod: str
    image: ImageRef | None = None  # as the event names it until the pod is read, then as the pod's spec does
    node: str = ""
    pool: str = ""
    account: str = ""  # the node's service account
    service_account: str = ""  # the pod's, of Kubernetes

    @property
    def repository(self) -> Repository | None:
        return self.image.repository if self.image else None


class Contrast(StrEnum):
    """How sure STALE_CREDENTIALS is. ELIMINATION permits only the canary until it is verified."""

    PROVEN = "proven"
    ELIMINATION = "elimination"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The diagnosis' answer: its kind, the whole list of checks in order, and one sentence of advice."""

    kind: VerdictKind
    subject: Subject
    advice: str
    checks: tuple[CheckResult, ...]
    cause: Cause = Cause.UNKNOWN
    contrast: Contrast | None = None
    contrast_evidence: str = ""
    retry_after: datetime | None = None
    wants_consent: bool = False  # found by elimination where that is a person's decision: it opens no refresh
    pod_read: bool = False  # False where the event's text alone settled it

    @property
    def decided_by(self) -> CheckResult:
        """The last check that did not pass; where all did, the last."""
        deciding = [check for check in self.checks if check.status is not CheckStatus.INFO]
        return next((check for check in reversed(deciding) if check.status is not CheckStatus.PASS), deciding[-1])

    @property
    def fields(self) -> dict[str, Any]:
        """As the log has it, and whoever reads the verdict with a program."""
        subject = self.subject
        return {
            "kind": self.kind,
            "cause": "" if self.cause is Cause.NO_CAUSE else self.cause,  # nobody has told one
            "cluster": str(subject.cluster),
            "namespace": subject.namespace,
            "pod": subject.pod,
            "node": subject.node,
            "account": subject.account,
            "image": str(subject.image or ""),
            "checks": [
                {
                    "check": check.name,
                    "status": check.status,
                    "mark": check.mark,
                    "evidence": check.evidence,
                    "at": check.at.isoformat(timespec="seconds") if check.at else "",
                }
                for check in self.checks
            ],
            "advice": self.advice,
            "contrast": self.contrast or "",
            "contrast_evidence": self.contrast_evidence,
            "retry_after": self.retry_after,
            "wants_consent": self.wants_consent,
        }
