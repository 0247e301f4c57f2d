"""May the node's account read the repository? Policy Troubleshooter, else the allow policies of two levels.

Policy Troubleshooter weighs allow and deny policies of every level, groups and conditions. It needs its API and the
right to read the policies; without them it doesn't know. What the two policies then show can prove a grant, but never
its absence: folders and the organisation may grant it too, and nobody looked there.
"""

from collections.abc import Callable
from typing import Any

from functions.adapters.google_session import GoogleSession
from functions.errors import Refused, Retryable
from functions.model.names import Repository
from functions.ports import Access, AccessAnswer
from functions.settings import Settings

DOWNLOAD = "artifactregistry.repositories.downloadArtifacts"

PERMISSIONS = frozenset({"artifactregistry.repositories.getIamPolicy", "resourcemanager.projects.getIamPolicy"})
"""Policy Troubleshooter asks for no permission of its own, but explains only policies that its caller may read."""

_CARRY = frozenset(
    {
        "roles/artifactregistry.reader",
        "roles/artifactregistry.writer",
        "roles/artifactregistry.repoAdmin",
        "roles/artifactregistry.admin",
        "roles/editor",
        "roles/owner",
    }
)
_ANSWERS = {"CAN_ACCESS": Access.GRANTED, "CANNOT_ACCESS": Access.DENIED, "UNKNOWN_CONDITIONAL": Access.UNKNOWN}
_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
_NOT_READ = "deny policies, folders and the organisation not read"


class IamPolicies:
    """`ports.Iam`."""

    def __init__(self, session: GoogleSession, settings: Settings) -> None:
        self._session = session
        self._settings = settings

    def may_pull(self, account: str, repository: Repository) -> AccessAnswer:
        """Never raises: what can't be found out is UNKNOWN, with the reason."""
        try:
            found = self._troubleshoot(account, repository)
        except (Refused, Retryable) as error:
            return self._by_policies(account, repository, f"Policy Troubleshooter did not answer ({error})")
        state = str(found.get("overallAccessState", ""))
        said = f"Policy Troubleshooter: {account} {state} {DOWNLOAD} on {repository}"
        if state not in _ANSWERS:
            return self._by_policies(account, repository, said)
        denial = (found.get("denyPolicyExplanation") or {}).get("denyAccessState") == "DENY_ACCESS_STATE_DENIED"
        return AccessAnswer(
            access=_ANSWERS[state],
            evidence=f"{said}; a deny policy forbids it, whatever is granted" if denial else said,
        )

    def _troubleshoot(self, account: str, repository: Repository) -> dict[str, Any]:
        body = {
            "accessTuple": {
                "principal": account,
                "fullResourceName": f"//artifactregistry.googleapis.com/{repository.resource}",
                "permission": DOWNLOAD,
            }
        }
        url = f"{self._settings.troubleshooter_endpoint}/v3/iam:troubleshoot"
        return self._session.post(url, body, permission="roles/iam.securityReviewer on the project") or {}

    def _by_policies(self, account: str, repository: Repository, before: str) -> AccessAnswer:
        levels = (
            ("the repository", lambda: self._repository_policy(repository)),
            (f"project {repository.project}", lambda: self._project_policy(repository.project)),
        )
        notes = [before]
        for level, read in levels:
            granted, note = _judge(account, level, read)
            notes.append(note)
            if granted:
                return AccessAnswer(access=Access.GRANTED, evidence=f"{'; '.join(notes)} ({_NOT_READ})")
        return AccessAnswer(access=Access.UNKNOWN, evidence=f"{'; '.join(notes)} ({_NOT_READ})")

    def _repository_policy(self, repository: Repository) -> dict[str, Any] | None:
        url = (
            f"{self._settings.artifact_registry_endpoint}/v1/{repository.resource}:getIamPolicy"
            "?options.requestedPolicyVersion=3"
        )
        return self._session.get(url, permission="artifactregistry.repositories.getIamPolicy")

    def _project_policy(self, project: str) -> dict[str, Any] | None:
        url = f"{self._settings.resource_manager_endpoint}/v3/projects/{project}:getIamPolicy"
        body = {"options": {"requestedPolicyVersion": 3}}
        return self._session.post(url, body, permission="resourcemanager.projects.getIamPolicy")


def _judge(account: str, level: str, read: Callable[[], dict[str, Any] | None]) -> tuple[bool, str]:
    """Whether this level's policy grants it for certain, and what was seen."""
    try:
        policy = read()
    except (Refused, Retryable) as error:
        return False, f"the policy of {level} can't be read ({error})"
    if policy is None:
        return False, f"{level} is not there"
    perhaps: list[str] = []
    for binding in policy.get("bindings") or ():
        role = str(binding.get("role", ""))
        members = {str(member) for member in binding.get("members") or ()}
        certain = role in _CARRY and not binding.get("condition")
        named = {f"serviceAccount:{account}", *_EVERYBODY} & members
        if named and certain:
            return True, f"the policy of {level} grants {role} to {min(named)}"
        perhaps += _perhaps(account, role, members, conditional=bool(binding.get("condition")))
    return False, f"the policy of {level} does not grant it for certain" + (
        f": perhaps by {', '.join(perhaps)}" if perhaps else ""
    )


def _perhaps(account: str, role: str, members: set[str], *, conditional: bool) -> list[str]:
    """Bindings that may carry the permission to the account, or once did."""
    custom = "/roles/" in role or role == "roles/viewer"  # what is in them is not read
    if role not in _CARRY and not custom:
        return []
    if f"serviceAccount:{account}" in members or _EVERYBODY & members:
        return [f"{role} under a condition" if conditional else role]
    deleted = [member for member in sorted(members) if member.startswith(f"deleted:serviceAccount:{account}?")]
    return [f"{role} for {member}" for member in deleted] + [
        f"{role} through {member}" for member in sorted(members) if member.startswith(("group:", "domain:"))
    ]
