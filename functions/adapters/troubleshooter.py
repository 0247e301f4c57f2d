"""Policy Troubleshooter v3: it weighs allow and deny policies of every level, groups and conditions.

It asks for no permission of its own, but explains only policies that its caller may read; what its caller may not see
makes its answer UNKNOWN_INFO instead of an error. It knows nothing of VPC Service Controls.
"""

from collections.abc import Iterator
from typing import Any

from functions import grants
from functions.adapters.google_session import GoogleSession
from functions.adapters.policy_json import allow_policy
from functions.errors import Refused
from functions.model.names import Repository
from functions.model.policy import AllowPolicy
from functions.ports import Access, AccessAnswer

DOWNLOAD = "artifactregistry.repositories.downloadArtifacts"

_ANSWERS = {"CAN_ACCESS": Access.GRANTED, "CANNOT_ACCESS": Access.DENIED, "UNKNOWN_CONDITIONAL": Access.UNKNOWN}
_DENIED = "DENY_ACCESS_STATE_DENIED"


class PolicyTroubleshooter:
    def __init__(self, session: GoogleSession, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    def may_pull(self, account: str, repository: Repository) -> AccessAnswer:
        """Raises Refused where it has no insight, and Retryable.

        UNKNOWN_CONDITIONAL is an answer: a binding without a condition would have made it another one.
        """
        url = f"{self._endpoint}/v3/iam:troubleshoot"
        body = {
            "accessTuple": {
                "principal": account,
                "fullResourceName": f"//artifactregistry.googleapis.com/{repository.resource}",
                "permission": DOWNLOAD,
            }
        }
        found = self._session.post(url, body, permission="roles/iam.securityReviewer on the project") or {}
        state = str(found.get("overallAccessState", ""))
        found_out = f"{account} {state or '(no state)'} {DOWNLOAD} on {repository}"
        said = f"Policy Troubleshooter (POST v3/iam:troubleshoot): {found_out}"
        if state not in _ANSWERS:
            raise Refused(f"{said}; it explains only policies that repull's own account may read")
        denial = found.get("denyPolicyExplanation") or {}
        forbidden = denial.get("denyAccessState") == _DENIED
        denied_at = _denied_at(denial) if forbidden else ""
        policies = tuple(_policies(found))
        return AccessAnswer(
            access=_ANSWERS[state],
            evidence="; ".join((said, *_notes(account, state, policies, forbidden=forbidden, denied_at=denied_at))),
            forbidden=forbidden,
            denied_at=denied_at,
            granted_at=next((each.resource for each in policies if grants.granted_itself(account, each)), ""),
            policies=policies,
        )


def _notes(
    account: str, state: str, policies: tuple[AllowPolicy, ...], *, forbidden: bool, denied_at: str
) -> Iterator[str]:
    if forbidden:
        yield f"a deny policy {f'of {denied_at} ' if denied_at else ''}forbids it, whatever is granted"
    if state == "CAN_ACCESS":
        for policy in policies:
            if said := grants.certain(account, policy):
                yield f"the policy of {policy.resource} grants {said}"
                return
    elif not forbidden:
        for policy in policies:
            for said in grants.perhaps(account, policy):
                yield f"the policy of {policy.resource} has {said}"


def _policies(found: dict[str, Any]) -> Iterator[AllowPolicy]:
    """Those of every level that the caller may read, from the repository upwards."""
    for each in (found.get("allowPolicyExplanation") or {}).get("explainedPolicies") or ():
        if isinstance(each.get("policy"), dict):
            yield allow_policy(_relative(str(each.get("fullResourceName", ""))), each["policy"])


def _denied_at(denial: dict[str, Any]) -> str:
    for each in denial.get("explainedResources") or ():
        if each.get("denyAccessState") == _DENIED:
            return _relative(str(each.get("fullResourceName", "")))
    return ""


def _relative(full_name: str) -> str:
    """`//cloudresourcemanager.googleapis.com/projects/P` → `projects/P`."""
    return full_name.removeprefix("//").partition("/")[2]
