"""May the node's account read the repository? Policy Troubleshooter, else the allow policies of every level.

Policies that are read one by one prove a grant by an unconditional binding of the account itself, as long as no deny
policy forbids it, and nobody looked there. They prove that there is none only where every level was read and nothing
in it could carry the permission.
"""

from functions import grants
from functions.adapters.allow_policies import AllowPolicies, Level
from functions.adapters.troubleshooter import PolicyTroubleshooter
from functions.errors import Refused, Retryable
from functions.model.names import Repository
from functions.model.policy import AllowPolicy
from functions.ports import Access, AccessAnswer

_NOT_READ = "deny policies not read"


class IamPolicies:
    """`ports.Iam`."""

    def __init__(self, troubleshooter: PolicyTroubleshooter, policies: AllowPolicies) -> None:
        self._troubleshooter = troubleshooter
        self._policies = policies

    def may_pull(self, account: str, repository: Repository) -> AccessAnswer:
        """Never raises: what can't be found out is UNKNOWN, with the reason."""
        try:
            return self._troubleshooter.may_pull(account, repository)
        except (Refused, Retryable) as error:
            return self._by_policies(account, repository, f"Policy Troubleshooter can't tell ({error})")

    def default_account(self, project: str) -> str:
        return f"{self._policies.project_number(project)}-compute@developer.gserviceaccount.com"

    def _by_policies(self, account: str, repository: Repository, before: str) -> AccessAnswer:
        notes, read = [before], list[AllowPolicy]()
        open_questions = False
        for level in self._policies.over(repository):
            if level.policy is None:
                notes.append(f"the policy of {level.name} can't be read ({level.problem})")
                open_questions = True
                continue
            read.append(level.policy)
            if said := grants.certain(account, level.policy):
                notes.append(f"the policy of {level.name} grants {said}")
                return AccessAnswer(
                    access=Access.GRANTED,
                    evidence=f"{'; '.join(notes)} ({_NOT_READ})",
                    granted_at=level.name if grants.granted_itself(account, level.policy) else "",
                    policies=tuple(read),
                )
            perhaps = grants.perhaps(account, level.policy)
            open_questions = open_questions or bool(perhaps)
            notes.append(_nothing_certain(level, perhaps))
        return AccessAnswer(
            access=Access.UNKNOWN if open_questions else Access.DENIED,
            evidence="; ".join(notes),
            policies=tuple(read),
        )


def _nothing_certain(level: Level, perhaps: tuple[str, ...]) -> str:
    if perhaps:
        return f"the policy of {level.name} does not grant it for certain: perhaps by {', '.join(perhaps)}"
    return f"the policy of {level.name} does not grant it"
