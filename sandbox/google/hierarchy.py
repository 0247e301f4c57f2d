"""What lies above what: repositories in projects, projects in folders, folders in the organization."""

import hashlib

ORGANIZATION = "organizations/1"


class Hierarchy:
    """Every project lies in the organization; in between where somebody put it."""

    def __init__(self) -> None:
        self._folders: dict[str, tuple[str, ...]] = {}

    def place(self, project: str, *folders: str) -> None:
        """Put `projects/P` into folders, each `folders/F`, the nearest first."""
        self._folders[project] = folders

    @staticmethod
    def number(project: str) -> str:
        """Of `projects/P`: twelve digits, always the same."""
        return str(10**11 + int(hashlib.sha256(project.encode()).hexdigest(), 16) % (9 * 10**11))

    def above(self, project: str) -> tuple[str, ...]:
        """The folders and the organization over a project, the nearest first."""
        return (*self._folders.get(project, ()), ORGANIZATION)

    def levels(self, resource: str) -> tuple[str, ...]:
        """Where a policy that governs the resource may be set: itself, its project, and what lies above that."""
        parts = resource.split("/")
        if parts[0] != "projects":
            return tuple(dict.fromkeys((resource, ORGANIZATION)))
        project = "/".join(parts[:2])
        return tuple(dict.fromkeys((resource, project, *self.above(project))))


def full_name(resource: str) -> str:
    """As Google's APIs name it across services."""
    service = "artifactregistry" if "/repositories/" in resource else "cloudresourcemanager"
    return f"//{service}.googleapis.com/{resource}"
