"""An outage takes every pod of a Deployment down, and with each what it keeps on its node."""

from dataclasses import replace
from typing import Any

import pytest

from functions.model.cluster import Pod
from functions.model.refresh import Method, Phase
from functions.model.workload import Deployment
from functions.phases import outage
from functions.settings import Consent
from tests.unit.make import T0, failing, node, owner, pod
from tests.unit.renewing import Machine

WEB = Deployment(namespace="prod-app", name="web", uid="u", resource_version="1")
FAILS = failing("web-new", owner=owner("ReplicaSet", "web-2"))
"""Of the latest revision, which keeps nothing."""
KEEPS = pod("web-old", owner=owner("ReplicaSet", "web-1"), local_volumes=("cache",), node="another")


class Ports:
    """As far as a look at an outage asks."""

    def __init__(self, *pods: Pod) -> None:
        self._pods = pods

    def deployment_of(self, *_: object) -> Any:
        return owner("Deployment", "web")

    def get(self, *_: object) -> Deployment:
        return WEB

    def pods(self, found: Deployment) -> tuple[Pod, ...]:
        assert found is WEB
        return self._pods

    def autoscalers(self, _: str) -> tuple[()]:
        return ()

    def may_scale(self, _: Deployment) -> bool:
        return True

    def count(self, **_: object) -> int:
        return 5


@pytest.mark.parametrize(
    "pods, consent, kept",
    [
        pytest.param((FAILS, KEEPS), Consent.ASK, (KEEPS,), id="another-revision-on-another-node"),
        pytest.param((FAILS, KEEPS), Consent.ALLOW, (), id="consented"),
        pytest.param((FAILS,), Consent.ASK, (), id="nothing-to-lose"),
        pytest.param((FAILS, replace(KEEPS, deleting_since=T0)), Consent.ASK, (), id="goes-already"),
    ],
)
def test_what_would_be_lost_is_found_wherever_it_is(
    pods: tuple[Pod, ...], consent: Consent, kept: tuple[Pod, ...]
) -> None:
    hold, ports = Machine().hold(Phase.PREFLIGHT, method=Method.SCALE_WORKLOADS), Ports(*pods)
    hold.settings = replace(hold.settings, delete_local_storage=consent)
    asked: Any = dict.fromkeys(("workloads", "deployments", "rights", "nodes"), ports)
    hold.cluster = replace(hold.cluster, **asked)

    found = outage.look(hold, node(), {}, (FAILS,))

    assert (found.failing, found.with_data) == ((WEB,), kept)
    assert found.to_local_storage.endswith("deleteLocalStorage") or consent is not Consent.ASK
