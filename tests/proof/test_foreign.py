"""A NodeRefresh that was asked of another cluster ends in this one before it begins: no consent of its own holds here.

It comes by kubectl in a wrong context, or by a backup of one cluster that is restored into another.
"""

from typing import Any

import pytest

from functions.reply import Reply
from sandbox import deployment, judge
from tests.e2e.smallest import IMAGE, STALE
from tests.proof.laboratory import Laboratory
from tests.proof.story import SWEEP, Story

FOREIGN = "other-project/europe-west1/other"
NAME = "restored"
CORDONING = {"index": 0, "step": 3, "phase": "Cordon", "node": STALE}
WITHOUT: dict[str, Any] = {}
"""As kubectl and most backups make it."""
WITH = {"phase": "Running", "total": 1, "slots": [CORDONING, {"index": 1, "step": 2, "phase": "Choose"}]}
"""As a backup may restore it that was taken in the middle of a run."""


@pytest.mark.parametrize("status", [WITHOUT, WITH], ids=["without its status", "with its status"])
def test_a_refresh_of_another_cluster_touches_nothing_and_ends(here: Laboratory, status: dict[str, Any]) -> None:
    made = {
        "apiVersion": "repull.dev/v1alpha1",
        "kind": "NodeRefresh",
        "metadata": {"name": NAME},
        "spec": {"cluster": FOREIGN, "method": "Reset", "image": IMAGE, "force": True, "nodes": [STALE]},
    }
    here.background.run(here.world.admin.create("noderefreshes", made))
    if status:
        here.background.run(here.world.admin.patch("noderefreshes/status", NAME, {"status": status}))
    before = len(judge.writes(here.world))
    story = Story(laboratory=here)

    story.play(SWEEP)

    ended = here.world.view.get("noderefreshes", NAME)["status"]
    (failed,) = (each for each in ended["conditions"] if each["type"] == "Failed")
    assert (ended["phase"], failed["status"]) == ("Failed", "True"), story.told()
    for said in (FOREIGN, deployment.CLUSTER_KEY, f"kubectl delete noderefresh {NAME}"):
        assert said in failed["message"]
    touched = {call.resource for call in judge.writes(here.world)[before:]} - {"noderefreshes/status"}
    assert touched == set()
    assert sweeps_nothing(story)


def sweeps_nothing(story: Story) -> bool:
    """Whether the next sweep lets it rest."""
    published = len(story.mail.steps)
    assert story.deliver(SWEEP) is Reply.HANDLED
    return len(story.mail.steps) == published
