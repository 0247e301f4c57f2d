"""What somebody can do who may publish steps and nothing else: docs/security.md says it, and the world is asked.

Nodes that can pull are left alone unless `force` is given, and the chain's own messages move nothing that it would not
have moved by itself. A lie about the image costs one node: its renewal can't be verified.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox import deployment
from sandbox.objects.kinds import name_of
from tests.e2e import smallest
from tests.e2e.smallest import IMAGE
from tests.e2e.standing import Answered, Standing, as_json, standing

NODES = (smallest.STALE, smallest.OTHER)
UNREADABLE = f"{deployment.REGISTRY_HOST}/{deployment.PROJECT}/vault/secret:v1"
"""In a repository of which the nodes' account may read nothing."""
ENDS = {"Succeeded", "Failed", "Aborted"}
PATIENT = {f"REPULL_{name}_SECONDS": "60" for name in ("PROBE", "DRAIN", "BOOT", "READY")}
"""A slow machine must not look like a node that does not answer."""


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(scene=smallest.everything_runs, settings=PATIENT) as found:
        yield found


def test_a_start_made_up_for_every_node_resets_none_that_can_pull(here: Standing) -> None:
    before = resets(here)
    name = start(
        here,
        image=IMAGE,
        reason="urgent, do not ask",
        requestedBy="the head of everything",
        method="Recreate",
        maxUnavailable="50%",
        deleteBarePods=True,
        deleteLocalStorage=True,
        deleteLocalSsd=True,
    )
    ended = ends(here, name)

    assert (ended["phase"], ended["fresh"]) == ("Succeeded", len(NODES))
    assert resets(here) == before


def test_a_step_made_up_for_a_refresh_at_work_moves_nothing(here: Standing) -> None:
    with held(here) as name:
        before = here.written()
        for slot, step, why in ((0, 99, "ahead of its slot"), (7, 0, "no such slot")):
            answer = deliver(here, action="continue", refresh=name, slot=slot, step=step)

            assert answer.acknowledged
            assert why in answer.said("repull.stale_message")
        assert here.written() == before


def test_a_lie_about_the_image_costs_one_node_and_no_second(here: Standing) -> None:
    """Every node is denied there, and no renewal can change that."""
    before = resets(here)
    first = ends(here, start(here, image=UNREADABLE, reason="made up"))
    second = ends(here, start(here, image=UNREADABLE, reason="made up again"))

    assert (first["phase"], first["failed"], first.get("renewed", 0)) == ("Failed", 1, 0)
    assert "stays cordoned" in first["message"]
    assert (second["phase"], second.get("failed", 0), second["refused"]) == ("Failed", 0, len(NODES))
    assert resets(here) == before + 1


def resets(here: Standing) -> int:
    return sum(machine.reset_count + machine.recreate_count for machine in here.world.fleet)


def deliver(here: Standing, **message: object) -> Answered:
    return here.push(here.world.refresh, as_json(message))


def names(here: Standing) -> set[str]:
    return {name_of(each) for each in here.world.view.list("noderefreshes")}


def start(here: Standing, **fields: object) -> str:
    """Have it started; the name of the refresh."""
    known = names(here)
    assert deliver(here, action="start", **fields).acknowledged
    here.until(lambda: bool(names(here) - known), "a NodeRefresh")
    (name,) = names(here) - known
    return name


def ends(here: Standing, name: str) -> dict[str, Any]:
    """Its status once it is over."""
    over = here.stage.until(lambda: status(here, name).get("phase") in ENDS, f"the end of {name}")
    assert here.background.run(over)
    return status(here, name)


def status(here: Standing, name: str) -> dict[str, Any]:
    found: dict[str, Any] = here.world.view.get("noderefreshes", name).get("status") or {}
    return found


@contextmanager
def held(here: Standing) -> Iterator[str]:
    """A refresh that has begun and is paused; aborted in the end, since it keeps the cluster's lease."""
    name = "held-for-a-test"
    made = {
        "apiVersion": "repull.dev/v1alpha1",
        "kind": "NodeRefresh",
        "metadata": {"name": name, "annotations": {"repull.dev/pause": "a test"}},
        "spec": {"cluster": deployment.CLUSTER_KEY, "method": "Reset", "image": IMAGE},
    }
    here.background.run(here.world.admin.create("noderefreshes", made))
    deliver(here, action="continue", refresh=name, slot=0, step=0)
    try:
        here.until(lambda: bool(status(here, name).get("held")), f"{name} held")
        yield name
    finally:
        deliver(here, action="abort", refresh=name)
        ends(here, name)
