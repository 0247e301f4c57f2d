"""An overlay on infra/cluster for one installation: the base as it is, with names put in: accounts, topic, cluster.

Nothing else is changed, so what `kubectl apply -k infra/cluster` would apply and what is applied can't drift apart.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.model.names import ClusterKey

BASE = Path(__file__).parents[1] / "infra" / "cluster"


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """Which cluster it is, whom it lets in, by their e-mail addresses, and where the functions listen."""

    cluster: ClusterKey
    diagnose: str
    refresh: str
    step_topic: str

    @classmethod
    def of(
        cls, project: str, *, cluster: ClusterKey, diagnose: str = "", refresh: str = "", step_topic: str = ""
    ) -> "Installation":
        """What is not given has the name that Terraform gives it in the functions' project."""
        return cls(
            cluster=cluster,
            diagnose=diagnose or f"repull-diagnose@{project}.iam.gserviceaccount.com",
            refresh=refresh or f"repull-refresh@{project}.iam.gserviceaccount.com",
            step_topic=step_topic or f"projects/{project}/topics/node-refresh",
        )


def write(folder: Path, installation: Installation, *, base: Path = BASE) -> Path:
    """Write the overlay into `folder`, for `kubectl apply -k`. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    overlay = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(base, folder)],
        "patches": [
            _patch("ClusterRoleBinding", "repull-diagnose", "/subjects/0/name", installation.diagnose),
            _patch("ClusterRoleBinding", "repull-refresh", "/subjects/0/name", installation.refresh),
            _patch("RoleBinding", "repull-refresh", "/subjects/0/name", installation.refresh),
            _patch("Namespace", "repull", "/metadata/annotations/repull.dev~1cluster", str(installation.cluster)),
            _patch("Namespace", "repull", "/metadata/annotations/repull.dev~1step-topic", installation.step_topic),
        ],
    }
    (folder / "kustomization.yaml").write_text(f"{json.dumps(overlay, indent=2)}\n")  # JSON is YAML
    return folder


def _patch(kind: str, name: str, path: str, value: str) -> dict[str, Any]:
    """One value, at a place that must be there already."""
    return {
        "target": {"kind": kind, "name": name},
        "patch": json.dumps([{"op": "replace", "path": path, "value": value}]),
    }
