"""The outside fails or refuses, and noise."""

from typing import Any

import pytest

from functions.errors import NotOurs, Refused, Retryable
from functions.model.verdict import VerdictKind
from tests.unit import make
from tests.unit.diagnosing import DENIED, World, failure
from tests.unit.pulling import patient


@pytest.mark.parametrize("call", ["pods.get", "nodes.get", "gke.cluster", "instances.get", "pods.using"])
def test_what_fails_for_the_moment_is_asked_again(call: str) -> None:
    world = patient(faults={call: Retryable("no answer")})
    with pytest.raises(Retryable):
        world.diagnose()
    world.faults.clear()
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


@pytest.mark.parametrize("call", ["pods.get", "nodes.get", "gke.cluster", "instances.get", "pods.using"])
def test_a_refusal_is_unknown_and_names_what_is_missing(call: str) -> None:
    world = patient(faults={call: Refused("needs compute.instances.get")})
    said = world.verdict()
    assert said["kind"] == "UNKNOWN"
    assert "compute.instances.get" in said["message"]


@pytest.mark.parametrize(
    "event",
    [
        failure(namespace="repull"),
        failure(reason="Unhealthy"),
        failure(reason="BackOff", message="Back-off restarting failed container main in pod p1"),
        failure(message='Error: secret "key" not found'),
    ],
    ids=["a-probe", "another-reason", "a-crash-loop", "no-container"],
)
def test_noise_is_dropped_before_any_question(event: Any) -> None:
    world = World()
    with pytest.raises(NotOurs):
        world.diagnose(event)
    assert not world.asked


def test_a_probe_is_noise_wherever_it_is() -> None:
    world = World(pods=[make.failing("p1", message=DENIED, labels={"repull.dev/probe": "access"})])
    with pytest.raises(NotOurs):
        world.diagnose()
