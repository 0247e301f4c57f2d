"""Refreshes of one cluster wait for each other; whoever ends wakes the next, which need not wait for a sweep."""

from dataclasses import replace

from tests.proof.laboratory import Laboratory
from tests.proof.story import Story
from tests.proof.watch import watched


def test_a_refresh_that_waits_is_woken_by_the_end_of_the_one_before(here: Laboratory) -> None:
    story = watched(here, Story(laboratory=here))
    story.deliver(story.start)
    story.deliver(story.mail.steps[-1])
    (last,) = story.mail.steps[1:]
    story.deliver(replace(story.start, id="second"))
    (waits,) = story.mail.steps[2:]
    story.deliver(waits)
    assert len(story.mail.steps) == 3, story.told()

    story.deliver(last)

    (woken,) = story.mail.steps[3:]
    assert woken.body["refresh"] == waits.body["refresh"] != last.body["refresh"], story.told()
    story.play(woken)
    assert {each["status"]["phase"] for each in here.world.view.list("noderefreshes")} == {"Succeeded"}, story.told()
