"""What the node's account may do and since when: a token of its own, IAM, and the audit log, as far as they tell."""

from datetime import datetime, timedelta

from functions import pulls
from functions.duplicates import DiagnosisMemory
from functions.errors import Refused, Retryable
from functions.model.cluster import Node
from functions.model.google import Instance
from functions.model.names import ImageRef, Repository
from functions.ports import Access, AccessAnswer, ImageAnswer, InquiryPorts, Presence
from functions.settings import Settings, Switch

GAPS = 2
"""Access that was seen to hold must be seen anew after so many propagation times, or so many of a pod's longest waits.

A failing pod's events come every five minutes at last, so a longer silence means that the failure had ended, or that
more than one was lost.
"""
LOG_LAG_SECONDS = 60.0
"""What happened so lately may not stand in the audit log yet."""


class Entitlement:
    """Of one diagnosis. What could not be asked stands in `notes`."""

    def __init__(self, ports: InquiryPorts, settings: Settings, memory: DiagnosisMemory, now: datetime) -> None:
        self._ports = ports
        self._settings = settings
        self._memory = memory
        self._now = now
        self.notes: list[str] = []

    def tried(self, image: ImageRef, node: Node, instance: Instance) -> ImageAnswer | None:
        """What a fresh token of the account gets from the registry; None where we may not mint one."""
        account = instance.service_account
        if account not in self._settings.impersonate:
            return None
        try:
            token = self._ports.impersonation.token(account, instance.scopes)
        except (Refused, Retryable) as error:
            self.notes.append(f"no token of {account} to try it with: {error}")
            return None
        return self._ports.registry.image(image, os=node.os, architecture=node.architecture, token=token)

    def access(self, account: str, repository: Repository, tried: ImageAnswer | None) -> AccessAnswer:
        """A token that reads the manifest is proof. One that is refused outweighs everything but a grant."""
        if tried and tried.presence is not Presence.UNKNOWN:
            evidence = f"a fresh token of {account} reads it: {tried.evidence}"
            return AccessAnswer(access=Access.GRANTED, evidence=evidence, proven=True)
        answer = self._ports.iam.may_pull(account, repository)
        if tried is None or not tried.denied or answer.access is Access.GRANTED:
            return answer
        return AccessAnswer(
            access=Access.DENIED,
            evidence=f"a fresh token of {account} is refused: {tried.evidence}; {answer.evidence}",
            forbidden=answer.forbidden,
            denied_at=answer.denied_at,
            policies=answer.policies,
        )

    def seen_since(self, account: str, repository: Repository, answer: AccessAnswer) -> datetime:
        """Since when this process has seen access hold."""
        gap = GAPS * max(self._settings.propagation_seconds, pulls.MOST_SECONDS)
        return self._memory.granted_since(account, repository, answer.access, self._now, seconds=gap) or self._now

    def granted_since(
        self, account: str, repository: Repository, answer: AccessAnswer, seen: datetime
    ) -> tuple[datetime, str]:
        """When it was granted and how we know: `seen`, or what the audit log says where it may be read.

        The log has changes of the repository and its project only: a grant from elsewhere may be as young as can be,
        and so is whatever gave access that was denied before our eyes and of which the log tells nothing.
        """
        seconds = self._settings.propagation_seconds
        if self._settings.read_audit_log is Switch.OFF or (self._now - seen).total_seconds() >= seconds:
            return seen, ""
        if not answer.granted_at.startswith("projects/"):
            return seen, ""
        try:
            changed = self._ports.grants.last_change(repository, account, since=self._now - timedelta(seconds=seconds))
        except (Refused, Retryable) as error:
            self.notes.append(f"how old the grant is the audit log can't tell: {error}")
            return seen, ""
        if changed is None:
            if self._memory.was_denied(account, repository, self._now):
                return seen, ""
            lag = min(LOG_LAG_SECONDS, seconds)
            said = f"the audit log tells of no change in the {seconds:.0f} s before, and may be {lag:.0f} s late"
            return seen - timedelta(seconds=seconds - lag), said
        return min(seen, changed), f"the audit log tells of a change at {changed:%H:%M:%S} UTC"
