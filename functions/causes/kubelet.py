"""What the kubelet says by itself, before any registry is asked, and what is no pull failure at all."""

from functions.causes.row import Row
from functions.model.verdict import Cause

ROWS = (
    Row(
        cause=Cause.CREDENTIAL_PROVIDER,
        words=(
            "credential[ -]?provider",
            r"\w_credentials\.go",
            "ecr:GetAuthorizationToken|ECR authorization token",
            "google-dockercfg",
            "error getting credentials",
            "cached docker config",
            r"docker-credential-\w+",
            "auth-provider-gcp",
            "while reading <name> metadata",
        ),
        example="error execing credential provider plugin auth-provider-gcp for image a/b: context deadline exceeded",
    ),
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
            "denied by autogke-",
            r"^Predicate \w+ failed",
            "^Taint manager",
            "unable to get metrics",
            "^(?:Created|Started|Stopping|Killing) (?:container|pod)",
            r"\b[a-z]+s(?:[./][a-z.]+)* <name> is forbidden: (?!image policy webhook)",
            "^Error: (?:secret|configmap|couldn't find key|cannot find volume)",
            r"failed (?:liveness|readiness|startup) probe",
            r"^Error: (?:Create|Run|Start|Kill|PreCreate|PreStart)\w+Error",
            "failed to (?:create|start) (?:containerd )?(?:task|container)(?!.*unpack)",
            "failed to (?:generate|reserve) (?:container|sandbox)",
            # A sandbox without its image, and not for want of time
            "^Failed (?:to )?create pod sandbox: (?!.*(?:image|deadline|cancel|<socket>|closing|server))",
            r"OCI runtime|CNI network|pod network sandbox|NetworkPluginNotReady|\bcni (?:config|plugin)",
            "^Node is not ready",
            "failed to (?:setup network|set up sandbox|create shim)",
            "(?:secret|configmap) <name> not found",
            "runAsNonRoot",
            "KillContainer|KillPodSandbox",
            "lifecycle hook",
            "failed to (?:tear ?down|destroy) network",
            "plugin type=<name>",
            "OOMKilled",
            "PostStart ?[Hh]ook",
            "PreStop ?[Hh]ook",
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
            "short.name (?:<name>|mode|resolution)",
            "must be canonical",
            "[Ii]nvalid (?:image name|tag format|checksum digest|digest format|repository name)",
            "NAME_INVALID",
            "failed to (?:parse|normalize) (?:image )?reference",
            "Invalid image (?:name|reference)",
            "name invalid|Missing image name",
            # LOCATION-docker.pkg.dev/PROJECT/REPOSITORY without an image: Artifact Registry answers 400 for ever
            r"<short \w+ url>[^<]*\b400\b",
        ),
        example='Failed to apply default image tag "a:b:c": couldn\'t parse image name "a:b:c": invalid reference',
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
