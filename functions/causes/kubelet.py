"""What the kubelet says by itself, before any registry is asked, and what is no pull failure at all."""

from functions.causes.row import Row
from functions.model.verdict import Cause

ROWS = (
    Row(
        cause=Cause.NOT_A_PULL_FAILURE,
        words=(
            "^Back-off restarting failed container",
            "^Unable to retrieve some image pull secrets",
            "already present on machine",
            "^Successfully pulled image",
            "^Pulling image",
            r"\b(?:[Rr]eadiness|[Ll]iveness|[Ss]tartup) probe (?:failed|errored)",
            "MountVolume",
            "AttachVolume",
            "Unable to attach or mount volumes",
            "nodes are available",
            "^(?:Created|Started|Stopping|Killing) (?:container|pod)",
            r"\bpods? <name> is forbidden",
            "^Error: (?:secret|configmap|couldn't find key)",
            r"failed (?:liveness|readiness|startup) probe",
            r"^Error: (?:Create|Run|Start|Kill|PreCreate|PreStart)\w+Error",
            "failed to (?:create|start) (?:containerd task|container)",
            "OCI runtime|CNI network|pod network sandbox",
            "^Node is not ready",
            "failed to (?:setup network|set up sandbox|create shim)",
            "(?:secret|configmap) <name> not found",
            "runAsNonRoot",
            "KillContainer",
            "OOMKilled",
            "PostStartHook",
            "PreStopHook",
            "^Successfully assigned",
        ),
        example="Readiness probe failed: HTTP probe failed with statuscode: 503",
    ),
    Row(
        cause=Cause.PULL_POLICY,
        words=(
            "not present with pull policy of Never",
            "ErrImageNeverPull",
        ),
        example='Container image "postgres:9.4" is not present with pull policy of Never',
    ),
    Row(
        cause=Cause.INVALID_NAME,
        words=(
            "InvalidImageName",
            "invalid reference format",
            "couldn't parse image",
            "must be lowercase",
            "[Ii]nvalid (?:image name|tag format|checksum digest|digest format|repository name)",
            "NAME_INVALID",
            "failed to parse reference",
            "Invalid image (?:name|reference)",
        ),
        example='Failed to apply default image tag "a:b:c": couldn\'t parse image name "a:b:c": invalid reference',
    ),
    Row(
        cause=Cause.CREDENTIAL_PROVIDER,
        words=(
            "credential provider",
            "google-dockercfg",
            "error getting credentials",
            r"docker-credential-\w+",
            "auth-provider-gcp",
            "while reading <name> metadata",
        ),
        example="error execing credential provider plugin auth-provider-gcp for image a/b: context deadline exceeded",
    ),
    Row(
        cause=Cause.NO_CAUSE,
        words=(r"^\W*$",),
        example='Back-off pulling image "gcr.io/acme/api:1"',
    ),
    Row(
        cause=Cause.REGISTRY_ERROR,
        words=(
            "because the registry is unavailable",
            "RegistryUnavailable",
        ),
        example="image pull failed for gcr.io/acme/api:1 because the registry is unavailable: connection refused",
    ),
)
