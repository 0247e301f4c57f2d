"""Nodes, pods and refreshes for tests of pure decisions: say only what matters."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.model.cluster import Budget, Container, Node, Owner, Pod
from functions.model.names import ClusterKey, ImageRef
from functions.model.placement import Requirement
from functions.model.refresh import Refresh, RefreshSpec

T0 = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CLUSTER = ClusterKey(project="acme-prod", location="us-central1", name="main")
IMAGE = ImageRef.parse("us-central1-docker.pkg.dev/acme-prod/apps/ocr-worker:v2")
ACCOUNT = "nodes@acme-prod.iam.gserviceaccount.com"

REMEDY = re.compile(
    r"; (?:wait|see |give |consent |let |delete |move |add |keep one|take |upgrade |start |look at|renew it"
    r"|nothing to do|to go on|once you have looked|opens |ends |it goes on|mend |it wants acceptOutage"
    r"|which the sweep undoes|ScaleWorkloads alone needs it, and gets it by )"
)
"""How a refusal goes on after what is in the way: with what to change, or with what it waits for."""


def node(name: str = "n1", **fields: Any) -> Node:
    defaults: dict[str, Any] = {
        "uid": f"uid-{name}",
        "resource_version": "1",
        "created": T0 - timedelta(days=1),
        "provider_id": f"gce://acme-prod/us-central1-a/{name}",
        "ready": True,
        "labels": {"cloud.google.com/gke-nodepool": "pool-1"},
    }
    return Node(name=name, **(defaults | fields))


def owner(kind: str = "ReplicaSet", name: str = "web", *, api_version: str = "apps/v1") -> Owner:
    return Owner(kind=kind, name=name, uid=f"uid-{kind}-{name}", api_version=api_version)


def pod(name: str = "p1", **fields: Any) -> Pod:
    defaults: dict[str, Any] = {
        "namespace": "prod-app",
        "uid": f"uid-{name}",
        "node": "n1",
        "phase": "Running",
        "created": T0 - timedelta(hours=1),
        "owner": owner(),
        "labels": {"app": "web"},
        "ready": True,
        "containers": (Container(name="main", image=str(IMAGE), image_id="sha256:1", ready=True),),
    }
    return Pod(name=name, **(defaults | fields))


def failing(name: str = "p1", *, message: str = "", image: str = str(IMAGE), **fields: Any) -> Pod:
    """A pod that waits on a pull."""
    waiting = Container(name="main", image=image, waiting_reason="ImagePullBackOff", waiting_message=message)
    return pod(name, **({"phase": "Pending", "ready": False, "containers": (waiting,)} | fields))


def budget(**fields: Any) -> Budget:
    defaults: dict[str, Any] = {
        "namespace": "prod-app",
        "name": "web",
        "selector": (Requirement(key="app", operator="In", values=("web",)),),
        "disruptions_allowed": 0,
        "current_healthy": 2,
        "desired_healthy": 2,
        "expected_pods": 2,
    }
    return Budget(**(defaults | fields))


def refresh(**spec: Any) -> Refresh:
    defaults: dict[str, Any] = {"cluster": CLUSTER, "account": ACCOUNT, "repository": IMAGE.repository, "image": IMAGE}
    return Refresh(
        name="r1",
        uid="uid-r1",
        resource_version="1",
        created=T0 - timedelta(minutes=5),
        spec=RefreshSpec(**(defaults | spec)),
    )
