"""The allow policies as each service shows them, and what lies above a project.

getIamPolicy of Artifact Registry and of Resource Manager, and Resource Manager's projects.get and getAncestry.
"""

from typing import Any

from starlette.routing import Route

from sandbox.google.door import Ask, Door, Work
from sandbox.google.errors import GoogleError
from sandbox.google.policies import Policies
from sandbox.registry.store import ImageStore

_SERVICE = "//artifactregistry.googleapis.com"
_NOT_PERMITTED = "The caller does not have permission"


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
            *(
                route(
                    f"/v3/{kind}/{{name}}:getIamPolicy",
                    self._policy_of(kind),
                    api="iam",
                    verb="getIamPolicy",
                    resource=kind,
                    name="name",
                    method="POST",
                )
                for kind in ("projects", "folders", "organizations")
            ),
            route("/v3/projects/{name}", self._project, api="iam", verb="get", resource="projects", name="name"),
            route(
                "/v1/projects/{name}:getAncestry",
                self._ancestry,
                api="iam",
                verb="getAncestry",
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

    def _policy_of(self, kind: str) -> Work:
        async def work(ask: Ask) -> dict[str, Any]:
            path = f"{kind}/{ask.path['name']}"
            self._door.require(ask, f"resourcemanager.{kind}.getIamPolicy", path, _NOT_PERMITTED)
            return self._policies.policy(path)

        return work

    async def _project(self, ask: Ask) -> dict[str, Any]:
        path = f"projects/{ask.path['name']}"
        self._door.require(ask, "resourcemanager.projects.get", path, _NOT_PERMITTED)
        hierarchy = self._policies.hierarchy
        return {
            "name": f"projects/{hierarchy.number(path)}",
            "parent": hierarchy.above(path)[0],
            "projectId": ask.path["name"],
            "state": "ACTIVE",
        }

    async def _ancestry(self, ask: Ask) -> dict[str, Any]:
        path = f"projects/{ask.path['name']}"
        self._door.require(ask, "resourcemanager.projects.get", path, _NOT_PERMITTED)
        parts = (each.split("/") for each in (path, *self._policies.hierarchy.above(path)))
        return {"ancestor": [{"resourceId": {"type": kind.removesuffix("s"), "id": name}} for kind, name in parts]}

    def _existing(self, ask: Ask, permission: str) -> str:
        path = f"projects/{ask.path['project']}/locations/{ask.path['location']}/repositories/{ask.path['name']}"
        message = f"Permission '{permission}' denied on resource '{_SERVICE}/{path}' (or it may not exist)."
        self._door.require(ask, permission, path, message)
        if path not in self._catalog.repositories:
            raise GoogleError(404, "Requested entity was not found.")
        return path
