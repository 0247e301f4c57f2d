"""A kubeconfig, so that the real kubectl can be pointed at the sandbox."""

import base64
import json
from pathlib import Path


def write(path: Path, *, url: str, ca: Path, token: str, user: str = "admin", context: str = "sandbox") -> Path:
    """For one cluster and one user, complete in itself. JSON, which is YAML too."""
    authority = base64.b64encode(ca.read_bytes()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": {"server": url, "certificate-authority-data": authority}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": context, "context": {"cluster": "sandbox", "user": user}}],
        "current-context": context,
    }
    path.write_text(json.dumps(config, indent=2))
    path.chmod(0o600)
    return path
