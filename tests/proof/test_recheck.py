"""Right before the reset: what the emptied node still holds on to is waited for, and not for ever."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from functions import ownership
from sandbox import deployment
from sandbox.scenarios.attached_volume import attachment
from tests.e2e.smallest import STALE
from tests.proof.gate import Gate, Life
from tests.proof.giving_back import given_back
from tests.proof.laboratory import Laboratory
from tests.proof.story import Story
from tests.proof.watch import watched

VOLUME = "pvc-of-the-day-before"
LB_SECONDS = 60.0
HOLDER_SECONDS = 9.0
"""Of which a third is waited before anybody looks again."""
HOUR = 3600.0


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    opened.prepare()
    before = opened.settings
    yield opened
    opened.settings = before


def test_a_volume_that_nobody_detaches_keeps_the_machine_from_its_reset(here: Laboratory) -> None:
    """The drain's deadline is the re-check's; then the node is given back, and the volume is named."""
    here.settings = replace(here.settings, holder_seconds=3 * HOUR, drain_seconds=HOUR)
    run, admin = here.background.run, here.world.admin
    run(admin.create("volumeattachments", attachment(VOLUME, node=STALE)))

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("list volumeattachments", 2):
            here.time.skip(HOUR)

    try:
        story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
        story.play(story.start)
    finally:
        run(admin.delete("volumeattachments", VOLUME))
    named = f"before the renewal of {STALE}: volumes are still attached: {VOLUME}"
    given_back(here, story, named)


def test_a_volume_that_is_attached_after_the_re_check_is_waited_for(here: Laboratory) -> None:
    """Its process has died right before the renewal, and the next one goes on there."""
    story, stale = watched(here, Story(laboratory=here)), here.world.fleet[STALE]
    run, admin = here.background.run, here.world.admin
    seen: list[int] = []  # resets, whenever somebody asks for volumes

    def dying(life: Life) -> None:
        life.dead = phase_of_the_slot(here) == "Renew"

    def detaching(life: Life) -> None:
        if life.at[0] == "list volumeattachments":
            seen.append(stale.reset_count)
            if len(seen) == 3:
                run(admin.delete("volumeattachments", VOLUME))

    story.deliver(story.start)
    assert story.deliver(story.mail.steps[0], dying) is None, story.told()
    run(admin.create("volumeattachments", attachment(VOLUME, node=STALE)))
    here.time.skip(here.settings.holder_seconds)
    story.deliver(story.mail.steps[0], detaching)

    # Attached right before the call, and in the re-check; gone there, and right before the call.
    assert seen == [0] * 4, story.told()
    assert stale.reset_count == 1


def phase_of_the_slot(here: Laboratory) -> str:
    (refresh,) = here.world.view.list("noderefreshes")
    slots = (refresh.get("status") or {}).get("slots") or [{}]
    return str(slots[0].get("phase"))


def test_load_balancers_have_their_time_before_the_reset(here: Laboratory) -> None:
    """From the cordon on, which tells them to let go of the node; it has passed when they are looked at again."""
    here.settings = replace(here.settings, lb_drain_seconds=LB_SECONDS, holder_seconds=HOLDER_SECONDS)

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("list volumeattachments", 2) and phase_of_the_slot(here) != "Renew":
            here.time.skip(LB_SECONDS)

    story, began = watched(here, Story(laboratory=here, gate=Gate(passing=passing))), here.time.now()
    story.play(story.start)
    (reset,) = here.world.books.calls(api="compute", verb="reset")
    asked, noted = cordoned(here)
    assert began <= noted <= asked
    assert reset.at - noted >= timedelta(seconds=LB_SECONDS), story.told()


def cordoned(here: Laboratory) -> tuple[datetime, datetime]:
    """When the API server was asked to, which a busy machine delays; and since when, by what was written."""
    patches = here.world.books.calls(api="kubernetes", verb="patch", resource="nodes", user=deployment.REFRESH)
    (found,) = (call for call in patches if (call.body.get("spec") or {}).get("unschedulable") is True)
    before = json.loads(found.body["metadata"]["annotations"][ownership.BEFORE])
    return found.at, datetime.fromisoformat(before["at"])
