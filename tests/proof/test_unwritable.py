"""No Node may be written, by a policy or as the right is gone: a run has an end all the same, and says why."""

from typing import Any

import pytest

from functions.reply import Reply
from sandbox import deployment
from sandbox.faults import Fault
from tests.e2e.smallest import STALE
from tests.proof.gate import Gate, Life
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.scene import Scene
from tests.proof.story import SWEEP, Story
from tests.proof.watch import watched

HEALTHY = Scene(name="healthy", ends="Failed", before=lambda _: None)


def refuse(here: Laboratory) -> None:
    fault = Fault(api="kubernetes", verb="patch", resource="nodes", user=deployment.REFRESH, status=403, times=10**6)
    here.world.faults.add(fault)


def status(here: Laboratory) -> dict[str, Any]:
    (found,) = here.world.view.list("noderefreshes")
    status: dict[str, Any] = found["status"]
    return status


def lease_is_free(here: Laboratory) -> bool:
    return all(not each["spec"].get("holderIdentity") for each in here.world.view.list("leases", "repull"))


def ends(here: Laboratory, story: Story) -> str:
    """What is said of its end, which nobody has to ask for."""
    story.play(story.start)
    assert (status(here)["phase"], lease_is_free(here)) == ("Failed", True), story.told()
    assert here.world.fleet[STALE].reset_count == 0
    return str(status(here)["message"])


def test_a_node_that_can_pull_and_can_t_be_marked_so_stops_the_run() -> None:
    """It would be chosen again and again."""
    with laboratory(HEALTHY) as here:
        here.prepare()
        refuse(here)
        story = watched(here, Story(laboratory=here))
        assert f"node {STALE} ended as fresh and can't be marked so" in ends(here, story)
        said = [line["message"] for line in story.mail.lines if line["event"] == "repull.not_marked"]
        assert len(said) == 1, story.told()


@pytest.fixture(params=[{}, {"force": True}], ids=["denied", "forced"])
def asked(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_a_node_that_is_to_be_renewed_and_can_t_be_closed_is_left_alone(asked: dict[str, Any]) -> None:
    with laboratory(Scene(name="denied", ends="Failed", asked=asked)) as here:
        here.prepare()
        refuse(here)
        story = watched(here, Story(laboratory=here))
        said = ends(here, story) + "\n".join(status(here).get("notes", ()))
        wanted = "it can't be cordoned" if asked else "can't be closed to new pods by the taint repull.dev/stale"
        assert wanted in said
        told = [line["message"] for line in story.mail.lines if line["event"] == "repull.not_marked"]
        assert asked or any(wanted in each for each in told), story.told()


REFUSED_LATER = {
    "before-its-renewal": (
        "Recheck -> Renew",
        False,
        f"node {STALE} keeps its cordon until the sweep may take it back, or kubectl uncordon {STALE} does: ",
    ),
    "after-it-was-verified": (
        "Verify -> Uncordon",
        True,
        f"node {STALE} stays cordoned (when it is well again: kubectl uncordon {STALE}): it can pull, and its ",
    ),
}


@pytest.mark.parametrize("after, renewed, words", REFUSED_LATER.values(), ids=REFUSED_LATER)
def test_a_node_that_is_cordoned_by_then_keeps_no_run_from_its_end(after: str, words: str, *, renewed: bool) -> None:
    """Of one that was never renewed the sweep takes the cordon back, once it may."""
    with laboratory(Scene(name="closed", ends="Failed")) as here:
        here.prepare()
        story = Story(laboratory=here)

        def passing(_kind: str, _nth: int) -> None:
            if story.mail.lines and story.mail.lines[-1]["message"].endswith(after):
                here.world.faults.clear()
                refuse(here)

        story.gate = Gate(passing=passing)
        watched(here, story).play(story.start)
        assert (status(here)["phase"], lease_is_free(here)) == ("Failed", True), story.told()
        assert (words in status(here)["message"], here.world.fleet[STALE].reset_count) == (True, renewed), story.told()
        here.world.faults.clear()
        assert story.deliver(SWEEP) is Reply.HANDLED
        node = here.world.view.get("nodes", STALE)
        assert bool(node["spec"].get("unschedulable")) is renewed
        assert ("repull.dev/before" in node["metadata"].get("annotations", {})) is renewed


def test_what_can_t_be_taken_off_at_the_end_is_told_and_the_sweep_takes_it_off_later() -> None:
    with laboratory(Scene(name="marked", ends="Succeeded", before=lambda _: None)) as here:
        here.prepare()
        story = watched(here, Story(laboratory=here))

        def amid(_: Life) -> None:
            marked = "repull.dev/refresh" in here.world.view.get("nodes", STALE)["metadata"]["labels"]
            if marked:
                here.world.faults.clear()
                refuse(here)

        story.deliver(story.start)
        while not story.over():
            assert story.deliver(story.mail.steps[-1], amid) is Reply.HANDLED, story.told()
        assert (status(here)["phase"], lease_is_free(here)) == ("Succeeded", True), story.told()
        told = [line["message"] for line in story.mail.lines if line["event"] == "repull.not_marked"]
        assert any(f"node {STALE} keeps what repull has put there" in each for each in told)
        assert story.deliver(SWEEP) is Reply.RETRY
        here.world.faults.clear()
        assert story.deliver(SWEEP) is Reply.HANDLED
        assert "repull.dev/refresh" not in here.world.view.get("nodes", STALE)["metadata"]["labels"]
