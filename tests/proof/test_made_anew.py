"""A node whose reset was in vain, and that somebody else makes anew: nothing goes on before it is proven.

As GKE's auto-repair does it, or by hand: the Node is deleted, and its kubelet registers again after a boot.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from sandbox.objects.kinds import labels_of, name_of
from tests.e2e.smallest import OTHER, STALE
from tests.proof import acts
from tests.proof.gate import Gate
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.scenes import SCENES
from tests.proof.story import Story
from tests.proof.watch import watched

BOTH = (STALE, OTHER)
SCENE = replace(SCENES["escalated"], name="made-anew", nodes=BOTH, ails=BOTH, silent=acts.abort)
"""A reset helps none of the nodes, and a re-creation does. Whoever is held by the circuit breaker is aborted."""
SOON = 3.0
"""Seconds after which a machine that is to be another one by then, and is not, counts as lost."""
WAYS = pytest.mark.parametrize("repaired", [True, False], ids=["repaired", "deleted"])


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    with laboratory(SCENE) as found:
        yield found


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    opened.prepare()
    settings = opened.settings
    yield opened
    opened.settings = settings


def status(here: Laboratory) -> dict[str, Any]:
    found = here.world.view.list("noderefreshes")
    return (found[0].get("status") or {}) if found else {}


def played(here: Laboratory, *, repaired: bool) -> Story:
    """The first node is made anew as soon as its slot is back in the re-check."""
    done: list[str] = []

    async def make_anew() -> None:
        machine = here.world.fleet[STALE]
        if repaired:
            await machine.recreate()
            machine.recreate_count -= 1  # it is none of ours
        else:
            await here.world.admin.delete("nodes", STALE)
            await machine.reset()
            machine.reset_count -= 1

    def passing(kind: str, _: int) -> None:
        slots = status(here).get("slots") or []
        if not done and any(slot["phase"] == "Recheck" and slot.get("escalated") for slot in slots):
            done.append(kind)
            here.background.run(make_anew())

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)
    assert done
    return story


def renewals(here: Laboratory) -> list[str]:
    return [call.verb for call in here.world.books if call.verb in ("reset", "recreateInstances")]


@WAYS
def test_one_whose_reset_was_in_vain_is_proven_before_another_is_touched(here: Laboratory, *, repaired: bool) -> None:
    """The machine that GKE made heals; the one that only its Node came back of does not, and stays cordoned.

    That one counts as the second renewal of a pool of two.
    """
    if not repaired:
        here.settings = replace(here.settings, boot_seconds=SOON)
    story = played(here, repaired=repaired)
    cordoned = {
        name_of(each)
        for each in here.world.view.list("nodes")
        if each["spec"].get("unschedulable") and labels_of(each).get("repull.dev/cordoned-by")
    }
    if repaired:
        assert (status(here)["phase"], renewals(here), cordoned) == ("Aborted", ["reset"], set()), story.told()
        assert status(here)["renewed"] == 1
    else:
        assert (status(here)["phase"], renewals(here), cordoned) == ("Failed", ["reset"], {STALE}), story.told()
