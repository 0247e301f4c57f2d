"""The allow policies as each service shows them: getIamPolicy of Artifact Registry and of Resource Manager."""

from typing import Any

from starlette.routing import Route

from sandbox.google.door import Ask, Door
from sandbox.google.errors import GoogleError
from sandbox.google.policies import Policies
from sandbox.registry.store import ImageStore

_SERVICE = "//artifactregistry.googleapis.com"


class AllowPolicies:
    """A project exists where anything in it does; nothing here asks."""

    def __init__(self, *, door: Door, policies: Policies, catalog: ImageStore) -> None:
        self._door = door
        self._policies = policies
        self._catalog = catalog

    def routes(self) -> list[Route]:
        repository = "/v1/projects/{project}/locations/{location}/repositories/{name}"
        route = self._door.route
        return [
            route(
                f"{repository}:getIamPolicy",
                self._repository_policy,
                api="iam",
                verb="getIamPolicy",
                resource="repositories",
                name="name",
            ),
            route(
                repository, self._repository, api="artifactregistry", verb="get", resource="repositories", name="name"
            ),
            route(
                "/v3/projects/{name}:getIamPolicy",
                self._project_policy,
                api="iam",
                verb="getIamPolicy",
                resource="projects",
                name="name",
                method="POST",
            ),
        ]

    async def _repository_policy(self, ask: Ask) -> dict[str, Any]:
        return self._policies.policy(self._existing(ask, "artifactregistry.repositories.getIamPolicy"))

    async def _repository(self, ask: Ask) -> dict[str, Any]:
        path = self._existing(ask, "artifactregistry.repositories.get")
        return {"name": path, "format": "DOCKER", "mode": "STANDARD_REPOSITORY"}

    async def _project_policy(self, ask: Ask) -> dict[str, Any]:
        path = f"projects/{ask.path['name']}"
        self._door.require(ask, "resourcemanager.projects.getIamPolicy", path, "The caller does not have permission")
        return self._policies.policy(path)

    def _existing(self, ask: Ask, permission: str) -> str:
        path = f"projects/{ask.path['project']}/locations/{ask.path['location']}/repositories/{ask.path['name']}"
        message = f"Permission '{permission}' denied on resource '{_SERVICE}/{path}' (or it may not exist)."
        self._door.require(ask, permission, path, message)
        if path not in self._catalog.repositories:
            raise GoogleError(404, "Requested entity was not found.")
        return path
