"""Predefined roles, each with the permissions that some simulated API asks for."""

DOWNLOAD = "artifactregistry.repositories.downloadArtifacts"

_REGISTRY_READ = frozenset({DOWNLOAD, "artifactregistry.repositories.get"})
_READ_POLICIES = frozenset(
    {
        "artifactregistry.repositories.getIamPolicy",
        "resourcemanager.projects.getIamPolicy",
        "resourcemanager.folders.getIamPolicy",
        "resourcemanager.organizations.getIamPolicy",
    }
)
_COMPUTE_READ = frozenset(
    {
        "compute.instances.get",
        "compute.instanceGroupManagers.get",
        "compute.zoneOperations.get",
        "compute.zoneOperations.list",
    }
)
_COMPUTE_CHANGE = frozenset({"compute.instances.reset", "compute.instanceGroupManagers.update"})

PREDEFINED: dict[str, frozenset[str]] = {
    "roles/artifactregistry.reader": _REGISTRY_READ,
    "roles/artifactregistry.writer": _REGISTRY_READ,
    "roles/browser": frozenset({"resourcemanager.projects.get"}),
    "roles/compute.instanceAdmin.v1": _COMPUTE_READ | _COMPUTE_CHANGE,
    "roles/compute.viewer": _COMPUTE_READ,
    "roles/container.viewer": frozenset({"container.clusters.get", "container.operations.list"}),
    "roles/container.clusterViewer": frozenset({"container.clusters.get"}),
    # the least that GKE wants of a node; it does not let the node pull private images
    "roles/container.defaultNodeServiceAccount": frozenset({"logging.logEntries.create"}),
    "roles/editor": _REGISTRY_READ
    | _COMPUTE_READ
    | _COMPUTE_CHANGE
    | {"container.clusters.get", "container.operations.list"},
    "roles/iam.securityReviewer": _READ_POLICIES,
    "roles/iam.serviceAccountTokenCreator": frozenset({"iam.serviceAccounts.getAccessToken"}),
    "roles/logging.logWriter": frozenset({"logging.logEntries.create"}),
    "roles/logging.viewer": frozenset({"logging.logEntries.list"}),
    # of the days of Container Registry: says nothing about Artifact Registry
    "roles/storage.objectViewer": frozenset({"storage.objects.get"}),
}
