"""Cloud Audit Logs' entries about grants and deny policies, as Admin Activity: in the log of the project."""

from typing import Any

from sandbox.google.logstore import LogStore
from sandbox.google.policies import Grant

_PROJECT_SERVICE = "cloudresourcemanager.googleapis.com"
_REPOSITORY_SERVICE = "artifactregistry.googleapis.com"


class AuditLog:
    """What is set above a project stands in logs of folders and organizations, which are not modelled."""

    def __init__(self, logs: LogStore) -> None:
        self._logs = logs

    def granted(self, grant: Grant) -> None:
        project = "/".join(grant.resource.split("/")[:2])
        self._write(grant.resource, _of_project(grant) if grant.resource == project else _of_repository())

    def denial_changed(self, resource: str) -> None:
        """It says which policy, and not what it says."""
        attached = f"cloudresourcemanager.googleapis.com/{resource}".replace("/", "%2F")
        payload = {"serviceName": "iam.googleapis.com", "methodName": "google.iam.v2.Policies.UpdatePolicy"}
        self._write(resource, payload | {"resourceName": f"policies/{attached}/denypolicies/sandbox"})

    def _write(self, resource: str, payload: dict[str, Any]) -> None:
        parts = resource.split("/")
        if parts[0] != "projects":
            return
        project = "/".join(parts[:2])
        self._logs.write(
            {
                "logName": f"{project}/logs/cloudaudit.googleapis.com%2Factivity",
                "severity": "NOTICE",
                "resource": {"type": "audited_resource", "labels": {"project_id": parts[1]}},
                "protoPayload": {
                    "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                    "resourceName": resource,
                    **payload,
                },
            }
        )


def _of_project(grant: Grant) -> dict[str, Any]:
    """Resource Manager says what was changed."""
    delta = {"action": "ADD", "role": grant.role, "member": grant.member}
    return {
        "serviceName": _PROJECT_SERVICE,
        "methodName": "SetIamPolicy",
        "serviceData": {
            "@type": "type.googleapis.com/google.iam.v1.logging.AuditData",
            "policyDelta": {"bindingDeltas": [delta]},
        },
    }


def _of_repository() -> dict[str, Any]:
    """Whether Artifact Registry tells the change is not known here, so nobody may rely on it."""
    return {
        "serviceName": _REPOSITORY_SERVICE,
        "methodName": "google.devtools.artifactregistry.v1.ArtifactRegistry.SetIamPolicy",
    }
