"""A machine that is stopped is started again, whoever is left to do it, and a stop that never began is owed nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.reply import Reply
from sandbox import deployment
from sandbox.faults import Fault
from tests.e2e.smallest import STALE
from tests.proof.gate import Gate, Point
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.scenes import SCENES
from tests.proof.story import SWEEP, Story
from tests.proof.watch import watched

LOOKS = 9
"""At a group whose machine is off: more than it takes to have it started."""


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    with laboratory(SCENES["stop-start"]) as found:
        yield found


def test_the_undisturbed_end(here: Laboratory) -> None:
    sizes, looks = here.world.inventory.stopped.copy(), 0

    def passing(kind: str, _: int) -> None:
        nonlocal looks
        looks += kind.startswith("listManagedInstances") and here.world.fleet[STALE].status == "TERMINATED"
        assert looks <= LOOKS, "the machine is off, and nobody starts it"

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)
    assert status(here)["phase"] == "Succeeded", story.told()
    assert (moved(here), owed(here)) == ((1, 1), {})
    assert here.world.inventory.stopped == sizes


def test_a_machine_whose_refresh_was_deleted_is_started_by_the_sweep(here: Laboratory) -> None:
    """The process died right after it had the machine stopped."""
    struck = Point(kind="stopInstances of Google", nth=1, done=True)
    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(struck,))))
    story.deliver(story.start)
    assert story.deliver(story.mail.steps[0]) is None
    (refresh,) = here.world.view.list("noderefreshes")
    here.background.run(here.world.admin.delete("noderefreshes", refresh["metadata"]["name"]))
    off = here.stage.until(lambda: here.world.fleet[STALE].status == "TERMINATED", "the machine to be off")
    assert here.background.run(off)
    assert story.deliver(SWEEP) is Reply.HANDLED
    assert (moved(here), owed(here)) == ((1, 1), {}), story.told()
    assert here.until_quiet()


def test_a_stop_that_was_refused_is_none(here: Laboratory) -> None:
    """The node is given back, and nothing remembers a renewal."""
    refused = Fault(api="compute", verb="stopInstances", user=deployment.REFRESH, status=403, times=9)
    here.world.faults.add(refused)
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    assert (moved(here), owed(here), data(here, "state")) == ((0, 0), {}, {"renewals": "[]"}), story.told()
    assert status(here)["phase"] == "Failed"
    assert not any(each["spec"].get("unschedulable") for each in here.world.view.list("nodes"))


def moved(here: Laboratory) -> tuple[int, int]:
    machine = here.world.fleet[STALE]
    return machine.stop_count, machine.start_count


def owed(here: Laboratory) -> dict[str, str]:
    return data(here, "stopped")


def data(here: Laboratory, name: str) -> dict[str, str]:
    found = (each for each in here.world.view.list("configmaps", "repull") if each["metadata"]["name"] == name)
    return next((each.get("data") or {} for each in found), {})


def status(here: Laboratory) -> dict[str, Any]:
    (refresh,) = here.world.view.list("noderefreshes")
    found: dict[str, Any] = refresh.get("status") or {}
    return found
