"""The allow policies that hold for a repository, level by level: its own, its project's, and those above."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from functions.adapters.google_session import GoogleSession
from functions.adapters.policy_json import allow_policy
from functions.errors import Refused, Retryable
from functions.model.names import Repository
from functions.model.policy import AllowPolicy

PERMISSIONS = frozenset(
    {
        "artifactregistry.repositories.getIamPolicy",
        "resourcemanager.projects.getIamPolicy",
        "resourcemanager.projects.get",
        "resourcemanager.folders.getIamPolicy",
        "resourcemanager.organizations.getIamPolicy",
    }
)

_KINDS = {"folder": "folders", "organization": "organizations"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One level's policy; None where it can't be read, and then why."""

    name: str
    policy: AllowPolicy | None = None
    problem: str = ""


class AllowPolicies:
    def __init__(self, session: GoogleSession, *, artifact_registry: str, resource_manager: str) -> None:
        """Both are endpoints."""
        self._session = session
        self._artifact_registry = artifact_registry
        self._resource_manager = resource_manager

    def over(self, repository: Repository) -> Iterator[Level]:
        """From the repository upwards; each is read when it is asked for."""
        yield self._level(repository.resource)
        yield self._level(f"projects/{repository.project}")
        try:
            above = self._above(repository.project)
        except (Refused, Retryable) as error:
            yield Level(name="folders and the organization", problem=str(error))
            return
        for resource in above:
            yield self._level(resource)

    def project_number(self, project: str) -> str:
        """Raises Refused where it may not be read, and Retryable."""
        url = f"{self._resource_manager}/v3/projects/{project}"
        found = self._session.get(url, permission=f"resourcemanager.projects.get on {project}") or {}
        number = str(found.get("name", "")).removeprefix("projects/")
        if not number.isdecimal():
            raise Refused(f"GET {url}: it names no number of the project")
        return number

    def _level(self, resource: str) -> Level:
        try:
            found = self._read(resource)
        except (Refused, Retryable) as error:
            return Level(name=resource, problem=str(error))
        if found is None:
            return Level(name=resource, problem="it is not there")
        return Level(name=resource, policy=allow_policy(resource, found))

    def _read(self, resource: str) -> dict[str, Any] | None:
        if "/repositories/" in resource:
            url = f"{self._artifact_registry}/v1/{resource}:getIamPolicy?options.requestedPolicyVersion=3"
            return self._session.get(url, permission="artifactregistry.repositories.getIamPolicy")
        url = f"{self._resource_manager}/v3/{resource}:getIamPolicy"
        permission = f"resourcemanager.{resource.partition('/')[0]}.getIamPolicy"
        return self._session.post(url, {"options": {"requestedPolicyVersion": 3}}, permission=permission)

    def _above(self, project: str) -> tuple[str, ...]:
        """The project's folders and organization, the nearest first: one question (v3 would ask at every level)."""
        url = f"{self._resource_manager}/v1/projects/{project}:getAncestry"
        found = self._session.post(url, {}, permission="resourcemanager.projects.get") or {}
        names = [each.get("resourceId") or {} for each in found.get("ancestor") or ()]
        return tuple(f"{_KINDS[each['type']]}/{each['id']}" for each in names if each.get("type") in _KINDS)
