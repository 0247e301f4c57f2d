"""What an event's reason says by itself. Kubelet and scheduler set it, so it outranks words that they only quote.

Reasons: pkg/kubelet/events/event.go, pkg/kubelet/images/types.go and pkg/kubelet/errors of Kubernetes.
"""

import re
from dataclasses import dataclass

from functions.model.verdict import Cause


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    cause: Cause
    reasons: re.Pattern[str]
    example: str
    unless: re.Pattern[str] | None = None  # where the message has these words, they decide

    def settles(self, reason: str, message: str) -> bool:
        return bool(self.reasons.fullmatch(reason)) and not (self.unless and self.unless.search(message))


REASONS = (
    Reason(
        cause=Cause.NOT_A_PULL_FAILURE,
        reasons=re.compile(
            r"Failed\w*(?:Mount|UnMount|Volume|Device|Filesystem)\w*|Volume\w+|Unhealthy|Probe(?:Warning|Error)"
            "|FailedKillPod|FailedPostStartHook|FailedPreStopHook|FailedScheduling|FailedBinding|FailedPreemption"
            "|FailedToRetrieveImagePullSecret|NetworkNotReady|NodeNotReady|Pulled|Pulling|Created|Started|Killing"
            "|Scheduled|Preempted|CreateContainer(?:Config)?Error|RunContainerError|CrashLoopBackOff"
        ),
        example="FailedMount",
    ),
    # The runtime pulls the sandbox's image by itself: only a message that speaks of one is about a pull
    Reason(
        cause=Cause.NOT_A_PULL_FAILURE,
        reasons=re.compile("FailedCreatePodSandBox|FailedPodSandBoxStatus"),
        unless=re.compile("image"),
        example="FailedCreatePodSandBox",
    ),
    Reason(cause=Cause.INVALID_NAME, reasons=re.compile("InvalidImageName"), example="InvalidImageName"),
    Reason(cause=Cause.PULL_POLICY, reasons=re.compile("ErrImageNeverPull"), example="ErrImageNeverPull"),
    Reason(cause=Cause.REGISTRY_ERROR, reasons=re.compile("RegistryUnavailable"), example="RegistryUnavailable"),
    Reason(
        cause=Cause.POLICY,
        reasons=re.compile("SignatureValidationFailed"),
        example="SignatureValidationFailed",
    ),
)
