"""Replica counts come back one by one: a Deployment that can't be written keeps no other one down."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.errors import Retryable
from functions.hold import Hold
from functions.model.refresh import Method, Phase
from functions.model.workload import Deployment, Scaling
from functions.phases import outage
from functions.replicas import REPLICAS, SCALED_BY
from tests.unit.renewing import Machine

NOTED = {REPLICAS: "3", SCALED_BY: "r1"}
FIRST = Deployment(
    namespace="a", name="first", uid="1", resource_version="1", replicas=0, labels={SCALED_BY: "r1"}, annotations=NOTED
)
SECOND = replace(FIRST, namespace="b", name="second", uid="2", labels={})
"""Somebody has taken its label off."""


@dataclass
class Deployments:
    """Of two namespaces; the webhook of some answers nobody."""

    silent: tuple[str, ...]
    given: dict[str, int | None] = field(default_factory=dict)

    def carrying(self, *_: object, **__: object) -> tuple[Deployment, ...]:
        return (FIRST,)

    def get(self, namespace: str, name: str) -> Deployment | None:
        return next((each for each in (FIRST, SECOND) if each.key == f"{namespace}/{name}"), None)

    def change(self, found: Deployment, change: Scaling) -> Deployment:
        if found.namespace in self.silent:
            raise Retryable(f"the webhook of {found.namespace} gives no answer")
        self.given[found.key] = change.replicas
        return replace(found, replicas=change.replicas or 0)


def hold(*silent: str) -> tuple[Hold, Deployments]:
    found: Any = Machine().hold(Phase.SCALE_UP, method=Method.SCALE_WORKLOADS, workloads=(FIRST.key, SECOND.key))
    deployments = Deployments(silent=silent)
    found.cluster = replace(found.cluster, deployments=deployments)
    return found, deployments


def test_both_have_theirs_back() -> None:
    at_work, deployments = hold()

    assert outage.give_back(at_work) == ()
    assert deployments.given == {FIRST.key: 3, SECOND.key: 3}


@pytest.mark.parametrize("silent, other", [("a", SECOND), ("b", FIRST)], ids=["labelled", "unlabelled"])
def test_the_one_has_its_back_while_the_other_can_not(silent: str, other: Deployment) -> None:
    at_work, deployments = hold(silent)

    with pytest.raises(Retryable, match=f"the webhook of {silent} gives no answer"):
        outage.give_back(at_work)

    assert deployments.given == {other.key: 3}


def test_whom_no_sweep_would_find_is_named() -> None:
    at_work, _ = hold("a", "b")

    with pytest.raises(Retryable) as found:
        outage.give_back(at_work)

    first, second, hint = str(found.value).split("; ")
    assert (FIRST.key in first, SECOND.key in second) == (True, True)
    assert hint == "no sweep finds it without its label"
