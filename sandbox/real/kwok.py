"""KWOK: nodes that are Ready and pods that are Running though nothing runs them, the background of a large cluster."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox.real.binaries import Binaries
from sandbox.real.controlplane import ControlPlane
from sandbox.real.daemon import Daemon
from sandbox.real.readiness import answers_ok
from sandbox.reservation import Reservation

_ANNOTATION = ("kwok.x-k8s.io/node", "fake")
LEASE_SECONDS = 40  # as a kubelet's; a fourth of it passes between two renewals


@asynccontextmanager
async def kwok(directory: Path, plane: ControlPlane, *, lease_seconds: int = LEASE_SECONDS) -> AsyncIterator[Daemon]:
    """Plays every node that `background_node` makes, and the pods on it; leaves every other alone."""
    config = directory / "kwok.yaml"  # else it would read the one in the user's home
    config.write_text(json.dumps({"apiVersion": "config.kwok.x-k8s.io/v1alpha1", "kind": "KwokConfiguration"}))
    reservation = Reservation()
    address = f"127.0.0.1:{reservation.port}"
    flags = [
        f"--kubeconfig={plane.kubeconfig}",
        f"--config={config}",
        f"--manage-nodes-with-annotation-selector={'='.join(_ANNOTATION)}",
        f"--node-lease-duration-seconds={lease_seconds}",
        f"--server-address={address}",
    ]
    daemon = Daemon("kwok", [Binaries.path("kwok"), *flags], directory=directory)
    try:
        await daemon.start(answers_ok(f"http://{address}/healthz"))
        yield daemon
    finally:
        await daemon.stop()
        reservation.release()


def background_node(name: str, *, labels: dict[str, str] | None = None, pods: int = 110) -> dict[str, Any]:
    """A Node for KWOK to play, with room for so many pods."""
    resources = {"cpu": "32", "memory": "128Gi", "pods": str(pods)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": dict([_ANNOTATION]),
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", **(labels or {})},
        },
        "status": {"capacity": resources, "allocatable": resources},
    }
