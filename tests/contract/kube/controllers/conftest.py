"""Controllers and the scheduler, simulated and real, asked the same questions.

No kubelet runs: what one would report, the tests write. Nothing here is about how fast they are.
"""

from collections.abc import Iterator

import httpx
import pytest

from tests.contract.kube.controllers.stage import Stage


@pytest.fixture
def stage(raw: httpx.Client, namespace: str) -> Iterator[Stage]:
    stage = Stage(raw=raw, namespace=namespace)
    yield stage
    for resource in ("daemonsets", "deployments", "statefulsets", "jobs", "pods"):
        raw.request("DELETE", stage.path(resource), json={"gracePeriodSeconds": 0})
    for node in stage.nodes:
        raw.delete(stage.path("nodes", node))
