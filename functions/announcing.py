"""A verdict as an Event on the pod and its controller: kubectl describe shows what is wrong, and what is done."""

from functions.errors import Refused, Retryable
from functions.messages.pull_failure import PullFailure
from functions.model.cluster import Pod
from functions.model.names import ImageRef
from functions.model.verdict import CheckResult, CheckStatus, Verdict, VerdictKind
from functions.ports import Cluster
from functions.settings import Mode, Settings
from functions.text import cut

REASON = "PullDiagnosed"
NOTHING_TO_SAY = (VerdictKind.NOT_TRIED, VerdictKind.RECOVERED, VerdictKind.GONE)
NO_WARNING = (VerdictKind.STALE_CREDENTIALS, VerdictKind.PROPAGATING)
"""Time or repull mends these."""
LONGEST, LONGEST_EVIDENCE, SHORTEST_EVIDENCE = 1000, 300, 100
"""Characters of the message, which would be cut at its end, and of its evidence."""


def announce(verdict: Verdict, failure: PullFailure, pod: Pod | None, cluster: Cluster, settings: Settings) -> None:
    """Say it where somebody will look; observe mode writes nothing. `pod` is None where no check has read it."""
    if settings.mode is Mode.OBSERVE or verdict.kind in NOTHING_TO_SAY:
        return
    pod = pod or _waiting_pod(failure, verdict.subject.image, cluster)
    if pod:
        warning = verdict.wants_consent or verdict.kind not in NO_WARNING
        cluster.announcer.on_pod(pod, REASON, told(verdict), topic=verdict.kind, warning=warning)


def told(verdict: Verdict) -> str:
    """The list of checks in a line, the last of them with its evidence, and the advice.

    That ends with the command, so it is the rest that is short where names are long.
    """
    last = verdict.decided_by
    checks = [check for check in verdict.checks if check.status is not CheckStatus.INFO and check is not last]
    marks = "".join(f"{_brief(check)}, " for check in checks)
    room = LONGEST - len(f"{verdict.kind}: {last.mark} {last.name}: . {verdict.advice}")
    if room - len(marks) < SHORTEST_EVIDENCE:
        marks = ""
    evidence = cut(last.evidence, min(max(room - len(marks), SHORTEST_EVIDENCE), LONGEST_EVIDENCE))
    return f"{verdict.kind}: {marks}{last.mark} {last.name}: {evidence}. {verdict.advice}"


def _brief(check: CheckResult) -> str:
    return f"{check.mark} {check.name}"


def _waiting_pod(failure: PullFailure, image: ImageRef | None, cluster: Cluster) -> Pod | None:
    """The event's pod, where it is one and really waits for that image: whoever made the event up is not repeated.

    What can't be read now is left: the log has the verdict.
    """
    try:
        pod = cluster.pods.get(failure.namespace, failure.pod)
    except (Refused, Retryable):
        return None
    if pod is None or pod.deleting_since or not pod.is_called(failure.pod_uid or pod.uid):
        return None
    waits = any(each.lacks_image and image in (None, ImageRef.find(each.image)) for each in pod.containers)
    return pod if waits else None
