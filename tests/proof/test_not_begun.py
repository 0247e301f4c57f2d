"""A NodeRefresh that was asked of another cluster, or long ago, ends before it begins: none of its consents holds here.

It comes by kubectl in a wrong context, or by a backup, which restores objects without their status. So does one that
somebody has made by hand, and by whose image no node could be verified.
"""

from datetime import timedelta
from typing import Any

import pytest

from functions.reply import Reply
from sandbox import deployment, judge
from sandbox.faults import Fault
from tests.e2e.smallest import IMAGE, OTHER, STALE
from tests.proof.laboratory import Laboratory
from tests.proof.product import Message
from tests.proof.story import SWEEP, Story

FOREIGN = "other-project/europe-west1/other"
NAME = "restored"
CORDONING = {"index": 0, "step": 3, "phase": "Cordon", "node": STALE}
WITHOUT: dict[str, Any] = {}
"""As kubectl and most backups make it."""
WITH = {"phase": "Running", "total": 1, "slots": [CORDONING, {"index": 1, "step": 2, "phase": "Choose"}]}
"""As a backup may restore it that was taken in the middle of a run."""
RUNNING = {"phase": "Running", "total": 2, "slots": [{"index": 0, "step": 1, "phase": "Choose"}]}
ELSEWHERE = "ghcr.io/acme/private:v1"
WAITING = {"phase": "Pending", "message": "waiting for another", "slots": [{"index": 0, "step": 0, "phase": "Choose"}]}


@pytest.mark.parametrize("status", [WITHOUT, WITH], ids=["without its status", "with its status"])
def test_a_refresh_of_another_cluster_touches_nothing_and_ends(here: Laboratory, status: dict[str, Any]) -> None:
    create(here, status, cluster=FOREIGN, force=True, nodes=[STALE])
    fails_untouched(here, FOREIGN, deployment.CLUSTER_KEY)


def test_a_refresh_that_nobody_has_begun_for_a_day_touches_nothing_and_ends(here: Laboratory) -> None:
    """Its object is as new as can be."""
    asked = here.time.now() - timedelta(days=1)
    create(here, WITHOUT, askedAt=asked.isoformat(), force=True, nodes=[STALE])
    fails_untouched(here, f"{asked:%Y-%m-%d %H:%M} UTC")


def test_nor_does_it_begin_after_something_has_failed(here: Laboratory) -> None:
    """What is written of that is no sign that it waits for another."""
    asked = here.time.now() - timedelta(days=1)
    here.world.faults.add(Fault(verb="list", resource="nodes", user=deployment.REFRESH, status=503, times=3))
    create(here, WITHOUT, askedAt=asked.isoformat(), force=True, nodes=[STALE])
    step = {"action": "continue", "cluster": deployment.CLUSTER_KEY, "refresh": NAME, "slot": 0, "step": 0}
    assert Story(laboratory=here).deliver(Message(id="m-0", body=step)) is Reply.RETRY
    assert here.world.view.get("noderefreshes", NAME)["status"]["message"]
    fails_untouched(here, f"{asked:%Y-%m-%d %H:%M} UTC")


def test_nor_does_one_that_somebody_made_by_hand_while_repull_was_away(here: Laboratory) -> None:
    """It names no time: its object's counts."""
    create(here, WITHOUT, force=True, nodes=[STALE])
    here.time.skip(timedelta(days=1).total_seconds())
    fails_untouched(here, "nobody has begun it for a day")


def test_a_refresh_that_has_waited_for_another_for_days_is_begun(here: Laboratory) -> None:
    """The other one may have been held that long."""
    asked = here.time.now() - timedelta(days=9)
    create(here, WAITING, askedAt=asked.isoformat(), nodes=[OTHER])
    Story(laboratory=here).play(SWEEP)
    ended = here.world.view.get("noderefreshes", NAME)["status"]
    assert (ended["phase"], ended["fresh"]) == ("Succeeded", 1)


def test_nor_does_its_wait_end_when_something_fails(here: Laboratory) -> None:
    """It is its turn, and the first who takes it up is given no answer."""
    asked = here.time.now() - timedelta(days=9)
    here.world.faults.add(Fault(verb="list", resource="nodes", user=deployment.REFRESH, status=503, times=3))
    create(here, WAITING, askedAt=asked.isoformat(), nodes=[OTHER])
    step = {"action": "continue", "cluster": deployment.CLUSTER_KEY, "refresh": NAME, "slot": 0, "step": 0}
    story = Story(laboratory=here)
    assert story.deliver(Message(id="m-0", body=step)) is Reply.RETRY
    failing = here.world.view.get("noderefreshes", NAME)["status"]
    assert (failing["message"], "503" in failing["slots"][0]["reason"]) == (WAITING["message"], True)
    story.play(SWEEP)
    ended = here.world.view.get("noderefreshes", NAME)["status"]
    assert (ended["phase"], ended["fresh"]) == ("Succeeded", 1), story.told()


def test_one_whose_name_no_label_could_have_touches_nothing_and_ends(here: Laboratory) -> None:
    """Nor is anything asked for by that name, which an API server would refuse."""
    name = "hand-long" * 9
    create(here, WITHOUT, name=name, force=True, nodes=[STALE])
    fails_untouched(here, "its name has 81 characters, and a label takes 63", name=name)


@pytest.mark.parametrize(
    "image, force, said",
    [
        pytest.param(None, False, "no image to probe with; give image", id="no-image"),
        pytest.param(None, True, "no image to probe with; give image", id="no-image-and-forced"),
        pytest.param(ELSEWHERE, True, "give an image of Artifact Registry or gcr.io", id="another-registry"),
    ],
)
def test_a_refresh_whose_nodes_could_never_be_verified_is_not_begun(
    here: Laboratory, image: str | None, said: str, *, force: bool
) -> None:
    """No node is asked, and no lease taken."""
    create(here, WITHOUT, image=image, force=force, nodes=[STALE, OTHER])
    assert fails(here, said) == {"noderefreshes/status"}


def test_nor_does_one_go_on_that_was_restored_in_the_middle_of_its_run(here: Laboratory) -> None:
    create(here, RUNNING, image=ELSEWHERE, force=True, nodes=[STALE, OTHER])
    assert fails(here, "give an image of Artifact Registry or gcr.io") <= {"noderefreshes/status", "leases"}


def fails(here: Laboratory, said: str) -> set[str]:
    """It stops with these words; what was written by then."""
    before, story = len(judge.writes(here.world)), Story(laboratory=here)
    story.play(SWEEP)
    ended = here.world.view.get("noderefreshes", NAME)["status"]
    assert ended["phase"] == "Failed", story.told()
    assert said in ended["stopping"]
    return {call.resource for call in judge.writes(here.world)[before:]}


def create(here: Laboratory, status: dict[str, Any], *, name: str = NAME, **spec: Any) -> None:
    run, admin = here.background.run, here.world.admin
    made = {
        "apiVersion": "repull.dev/v1alpha1",
        "kind": "NodeRefresh",
        "metadata": {"name": name},
        "spec": {"cluster": deployment.CLUSTER_KEY, "method": "Reset", "image": IMAGE} | spec,
    }
    run(admin.create("noderefreshes", made))
    if status:
        run(admin.patch("noderefreshes/status", name, {"status": status}))


def fails_untouched(here: Laboratory, *words: str, name: str = NAME) -> None:
    """It says so with these words, and the next sweep lets it rest."""
    before, story = len(judge.writes(here.world)), Story(laboratory=here)
    story.play(SWEEP)
    ended = here.world.view.get("noderefreshes", name)["status"]
    (failed,) = (each for each in ended["conditions"] if each["type"] == "Failed")
    assert (ended["phase"], failed["status"]) == ("Failed", "True"), story.told()
    for said in (*words, f"kubectl delete noderefresh {name}"):
        assert said in failed["message"]
    touched = {call.resource for call in judge.writes(here.world)[before:]} - {"noderefreshes/status"}
    assert touched == set()
    published = len(story.mail.steps)
    assert story.deliver(SWEEP) is Reply.HANDLED
    assert len(story.mail.steps) == published
