"""What a deployment makes in the cloud: accounts with their grants, topics, and the environment of each function."""

import json
from collections.abc import Mapping
from pathlib import Path

from sandbox.google.hierarchy import ORGANIZATION
from sandbox.google.policies import Policies
from sandbox.pubsub.topology import Route

PROJECT = "acme-prod"
LOCATION = "us-central1"
CLUSTER = "main"
CLUSTER_KEY = f"{PROJECT}/{LOCATION}/{CLUSTER}"
CONTEXT = f"gke_{PROJECT}_{LOCATION}_{CLUSTER}"
"""As gcloud names a kubeconfig's context."""

REGISTRY_HOST = f"{LOCATION}-docker.pkg.dev"
REPOSITORY = f"projects/{PROJECT}/locations/{LOCATION}/repositories/apps"
IMAGES = f"{REGISTRY_HOST}/{PROJECT}/apps"

DIAGNOSE = f"repull-diagnose@{PROJECT}.iam.gserviceaccount.com"
REFRESH = f"repull-refresh@{PROJECT}.iam.gserviceaccount.com"
OPERATOR = f"repull-operator@{PROJECT}.iam.gserviceaccount.com"
EVENT_EXPORTER = "system:event-exporter"
NODES = f"gke-nodes@{PROJECT}.iam.gserviceaccount.com"

EVENTS_TOPIC = "image-pull-events"
STEPS_TOPIC = "node-refresh"
TOPICS = (EVENTS_TOPIC, STEPS_TOPIC, f"{EVENTS_TOPIC}-dead-letters", f"{STEPS_TOPIC}-dead-letters")
_ATTEMPTS = 10  # of a delivery, before it is a dead letter: they must outlast a holder that fell silent
_BACKOFF_SECONDS = 5.0  # until a message that was not acknowledged is delivered again, doubling

READER = "roles/artifactregistry.reader"
PERMISSIONS: Mapping[str, Mapping[str, list[str]]] = json.loads(
    (Path(__file__).parents[1] / "infra" / "terraform" / "permissions.json").read_text()
)
"""Of each account, by what they are granted on: the deployed custom roles, with which alone every story runs."""
_ACCOUNTS = {"diagnose": DIAGNOSE, "refresh": REFRESH, "operator": OPERATOR}
_GRANTED_ON = {
    "cluster": f"projects/{PROJECT}",
    "repository": f"projects/{PROJECT}",  # all of the project's
    "policy": f"projects/{PROJECT}",
    "hierarchy": ORGANIZATION,
    "trail": f"projects/{PROJECT}",
}
"""What is not granted here is optional, or Pub/Sub's, which has no IAM in the sandbox."""

_DURATIONS: dict[str, tuple[float, float, float]] = {
    "PROPAGATION": (2, 2, 2),  # less than production's: a grant in the sandbox holds everywhere at once
    "MEMORY": (15, 30, 60),
    "WINDOW": (300, 300, 600),
    "COOLDOWN": (540, 540, 1800),
    "HOLDER": (6, 6, 12),
    "PROBE": (20, 20, 60),
    "DRAIN": (45, 45, 120),
    "EVICT_RETRY": (0.12, 0.25, 1),
    "LB_DRAIN": (0.75, 0.75, 1),
    "STOP": (30, 30, 60),
    "BOOT": (30, 30, 120),
    "READY": (30, 30, 120),
    "RETRY_PODS_AFTER": (1.5, 1.5, 5),
}
"""Real seconds on each ring. On rings 1 and 2 they are production's at the speed at which machines are simulated there,
but no less than real processes need on a busy computer; on ring 3 machines take their own time, and what is only
waited for is short."""


def grant_all(policies: Policies) -> None:
    """Each account may do what it is deployed with, and the nodes' account may read the repository."""
    for account, email in _ACCOUNTS.items():
        for scope in PERMISSIONS[account].keys() & _GRANTED_ON:
            role = f"projects/{PROJECT}/roles/repull.{account}.{scope}"
            policies.roles[role] = frozenset(PERMISSIONS[account][scope])
            policies.grant(f"serviceAccount:{email}", role, _GRANTED_ON[scope])
    policies.grant(f"serviceAccount:{NODES}", READER, REPOSITORY)


def service(target: str) -> str:
    """What the function with this entry point is called, and so Cloud Run's service under which it logs."""
    return target.replace("_", "-")


def topic(name: str) -> str:
    """A topic's full name."""
    return f"projects/{PROJECT}/topics/{name}"


def routes(*, diagnose_url: str, refresh_url: str) -> tuple[Route, Route]:
    """The two topics and where they are pushed to."""
    return (
        Route(topic=EVENTS_TOPIC, endpoint=f"{diagnose_url}/", minimum_backoff=_BACKOFF_SECONDS, attempts=_ATTEMPTS),
        Route(topic=STEPS_TOPIC, endpoint=f"{refresh_url}/", minimum_backoff=_BACKOFF_SECONDS, attempts=_ATTEMPTS),
    )


def environment(
    *,
    home: Path,
    metadata: str,
    pubsub: str,
    google: str,
    registry: str,
    events_topic: str,
    ring: int,
    settings: Mapping[str, str],
) -> dict[str, str]:
    """All that a function's process knows. `settings` go before what is set here."""
    durations = {f"REPULL_{name}_SECONDS": f"{seconds[ring - 1]:g}" for name, seconds in _DURATIONS.items()}
    return {
        "HOME": str(home),
        "CLOUDSDK_CONFIG": str(home / "no-gcloud"),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "GCE_METADATA_HOST": metadata,
        "GCE_METADATA_IP": metadata,
        "PUBSUB_EMULATOR_HOST": pubsub,
        "REPULL_CLUSTERS": CLUSTER_KEY,
        "REPULL_STEP_TOPIC": topic(STEPS_TOPIC),
        "REPULL_DEAD_LETTER_TOPIC": topic(f"{events_topic}-dead-letters"),
        **{
            f"REPULL_{name}_ENDPOINT": google
            for name in (
                "COMPUTE",
                "CONTAINER",
                "TROUBLESHOOTER",
                "ARTIFACT_REGISTRY",
                "RESOURCE_MANAGER",
                "CREDENTIALS",
                "LOGGING",
            )
        },
        "REPULL_REGISTRY_ENDPOINT": registry,
        **durations,
        **settings,
    }
