"""After an outage the pods are the only proof: where nothing has pulled from the repository, nothing is proven."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from functions.model.cluster import Container, Pod
from functions.model.refresh import Method, Outcome, Phase
from functions.model.workload import Deployment
from functions.phases import scale_up
from functions.phases.result import Done
from tests.unit.make import IMAGE, T0, pod
from tests.unit.renewing import Machine

NOTHING = "node n1 was removed, and nothing shows yet that what was scaled for it can pull: "
SIDECAR = Container(name="proxy", image="docker.io/envoyproxy/envoy:v1", image_id="sha256:2", ready=True)
STARTING = Container(name="main", image=str(IMAGE), waiting_reason="ContainerCreating")


@dataclass
class Team:
    """One Deployment and its pods, as every port sees it that is asked about workloads."""

    replicas: int | None = 1  # None: it is gone
    found: tuple[Pod, ...] = ()
    machine: Machine = field(default_factory=Machine)

    def play(self) -> Done:
        hold = self.machine.hold(
            Phase.SCALE_UP,
            method=Method.SCALE_WORKLOADS,
            workloads=("prod-app/ocr",),
            deadline=T0 + timedelta(minutes=5),
        )
        one: Any = self
        hold.cluster = replace(hold.cluster, workloads=one, deployments=one)
        done = scale_up.step(hold)
        assert isinstance(done, Done)
        return done

    def get(self, namespace: str, name: str) -> Deployment | None:
        if self.replicas is None:
            return None
        return Deployment(namespace=namespace, name=name, uid="u", resource_version="1", replicas=self.replicas)

    def pods(self, _: Deployment) -> tuple[Pod, ...]:
        return self.found

    def carrying(self, *_: object, **__: object) -> tuple[()]:
        return ()

    def deployment_of(self, *_: object) -> None: ...


def test_what_has_pulled_and_is_ready_is_the_proof() -> None:
    done = Team(found=(pod("ocr-1"),)).play()

    assert (done.outcome, done.stop) == (Outcome.RENEWED, "")


@pytest.mark.parametrize(
    "team, words",
    [
        pytest.param(Team(replicas=None), "Deployment prod-app/ocr is gone", id="deleted-meanwhile"),
        pytest.param(Team(replicas=0), "Deployment prod-app/ocr wants no pods", id="scaled-to-zero-meanwhile"),
        pytest.param(
            Team(found=(pod("ocr-1", containers=(SIDECAR,)),)),
            "the pods of Deployment prod-app/ocr have other images by now",
            id="rolled-out-meanwhile",
        ),
        pytest.param(
            Team(found=(pod("ocr-1", ready=False, containers=(STARTING, SIDECAR)),)),
            "0 of the 1 pods of Deployment prod-app/ocr are READY",
            id="a-sidecar-alone",
        ),
    ],
)
def test_where_nothing_has_pulled_the_run_fails_and_stops(team: Team, words: str) -> None:
    done = team.play()

    assert (done.outcome, done.note) == (Outcome.FAILED, f"{NOTHING}{words}")
    assert done.stop == done.note
