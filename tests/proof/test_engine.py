"""The engine's road in the test's own process: how it ends, and what happens where it is disturbed at one point."""

import pytest

from sandbox.scenarios import runbook
from tests.e2e.smallest import STALE
from tests.proof.crashes import Matrix
from tests.proof.ending import ending
from tests.proof.gate import Gate, Point
from tests.proof.laboratory import laboratory
from tests.proof.scenes import SCENES
from tests.proof.story import SWEEP, Story
from tests.proof.watch import ends_as, watched


def test_the_undisturbed_end(matrix: Matrix) -> None:
    untouched = {"cordoned": False, "taints": [], "ours": []}
    alone = {"reset": 0, "recreated": 0, "stopped": 0, "started": 0, "stale": False, "status": "RUNNING"}
    none = dict.fromkeys(("fresh", "failed", "passedOver", "refused", "givenBack", "new"), 0)
    counted = {"total": 1, "places": 1, "renewed": 1, **none}
    said = dict.fromkeys(("canaryVerified", "anyPassed", "startedAt", "endedAt"), True)
    unsaid = dict.fromkeys(("aborting", "stopping", "held", "notBefore"), False)
    assert matrix.twin == {
        "refreshes": [
            {"phase": "Succeeded", "true": ["Complete"], "slots": [("Finished", "")], **counted, **said, **unsaid}
        ],
        "nodes": {STALE: untouched, runbook.B1: untouched},
        "probes": [],
        "leases": [""],
        "remembered": {"state": {"renewals": [(STALE, "Reset", "")], "else": []}},
        "machines": {STALE: {**alone, "reset": 1}, runbook.B1: alone},
        "removed": [],
        "scaled": [],
        "deployments": {"prod-app/ocr-worker": {"replicas": 2, "ours": []}},
    }


@pytest.mark.parametrize(
    "point",
    [
        Point(kind="create pods", nth=1, done=True),
        Point(kind="patch nodes", nth=2, done=True),
        Point(kind="reset of Google", nth=1, done=False),
        Point(kind="reset of Google", nth=1, done=True),
        Point(kind="publish step", nth=2, done=True),
    ],
    ids=str,
)
def test_a_process_that_dies_changes_nothing(matrix: Matrix, point: Point) -> None:
    matrix.strike(point)


def test_a_reset_is_found_after_its_boot_and_not_made_again(matrix: Matrix) -> None:
    """The process died before it could say so, and the message comes when the machine is up again."""
    here = matrix.laboratory
    here.prepare()
    point = Point(kind="reset of Google", nth=1, done=True)
    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(point,))))
    story.deliver(story.start)
    (step,) = story.mail.steps
    assert story.deliver(step) is None

    def booted() -> bool:
        outages = here.world.fleet[STALE].outages
        return bool(outages) and outages[-1].ready_at is not None

    assert here.background.run(here.stage.until(booted, "the boot"))
    here.time.skip(here.settings.holder_seconds)
    story.play(step)
    ends_as(here, story, matrix.twin)


def test_a_step_that_was_not_published_comes_without_the_sweep(matrix: Matrix) -> None:
    """The slot learns of the next step only once that is published."""
    matrix.laboratory.prepare()
    point = Point(kind="publish step", nth=2, done=False)
    story = watched(matrix.laboratory, Story(laboratory=matrix.laboratory, gate=Gate(strikes=(point,))))
    story.play(story.start)
    assert point in story.gate.reached
    assert SWEEP not in [message for message, _ in story.replies], story.told()


def test_a_lost_message_comes_again_with_the_sweep(matrix: Matrix) -> None:
    here = matrix.laboratory
    here.prepare()
    story = watched(here, Story(laboratory=here))
    story.deliver(story.start)
    lost = story.mail.steps.pop()
    story.deliver(SWEEP)
    assert [message.body for message in story.mail.steps] == [lost.body]
    story.play()
    assert ending(here) == matrix.twin


def test_a_node_that_a_person_took_back_is_not_reset(matrix: Matrix) -> None:
    """Right before the last look at the volumes."""
    here = matrix.laboratory
    here.prepare()

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("list volumeattachments", 1):
            here.background.run(here.world.admin.patch("nodes", STALE, {"spec": {"unschedulable": False}}))

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)
    (refresh,) = here.world.view.list("noderefreshes")
    assert refresh["status"]["phase"] == "Failed"
    assert "took back the cordon" in refresh["status"]["message"]
    assert here.world.fleet[STALE].reset_count == 0


def test_a_renewal_in_vain_stops_the_run_and_names_the_command() -> None:
    with laboratory(SCENES["in-vain"]) as opened:
        Matrix(laboratory=opened).count()
        (refresh,) = opened.world.view.list("noderefreshes")
        assert f"kubectl uncordon {STALE}" in refresh["status"]["stopping"]
        assert ending(opened)["nodes"][STALE]["cordoned"]
