"""A probe is gone before anything is done to its node, and with its refresh where its maker has died.

Until then it is nobody's workload.
"""

from functions import events
from functions.probe import Answer, ProbeKind
from functions.reply import Reply
from sandbox.objects.kinds import name_of
from tests.e2e.smallest import STALE
from tests.proof import interference
from tests.proof.gate import Gate, Point
from tests.proof.laboratory import Laboratory
from tests.proof.product import Message
from tests.proof.story import Story
from tests.proof.watch import watched


def test_a_probe_is_gone_before_its_node_is_drained(here: Laboratory) -> None:
    """The process dies there: whoever meets a probe later on may well take it away."""
    struck = Point(kind="create pods/eviction", nth=1, done=False)
    story = Story(laboratory=here, gate=Gate(strikes=(struck,)))
    story.deliver(story.start)
    assert story.deliver(story.mail.steps[0]) is None, story.told()
    assert probes(here) == []


def test_a_probe_whose_maker_died_goes_with_the_refresh(here: Laboratory) -> None:
    """Nobody asks the node again, for the run is aborted."""
    struck = Point(kind="create pods", nth=1, done=True)
    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(struck,))))
    story.deliver(story.start)
    assert story.deliver(story.mail.steps[0]) is None
    assert len(probes(here)) == 1
    (refresh,) = here.world.view.list("noderefreshes")
    here.time.skip(here.settings.holder_seconds)
    story.play(Message(id="abort", body={"action": "abort", "refresh": name_of(refresh)}))
    assert probes(here) == [], story.told()


def test_a_node_is_asked_whether_it_may_read_and_a_renewed_one_to_pull_the_very_image(here: Laboratory) -> None:
    story = Story(laboratory=here)
    story.play(story.start)
    asked = [
        (line["node"], line["kind"], line["answer"]) for line in story.mail.lines if line["event"] == events.PROBED
    ]
    assert asked == [(STALE, ProbeKind.ACCESS, Answer.DENIED), (STALE, ProbeKind.IMAGE, Answer.PASS)], story.told()


def test_nobody_waits_for_a_probe_that_another_slot_has_left(here: Laboratory) -> None:
    """It is never READY, and its kubelet asks for what can't exist until its own deadline."""

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("create pods/eviction", 1):
            here.background.run(interference.leave_a_probe(here.stage))
        elif kind == "watch pods" and phase(here) == "RetryPods":  # somebody waits for a pod
            here.background.run(interference.probes_fail(here.stage))
            here.time.skip(here.settings.ready_seconds)

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)
    (refresh,) = here.world.view.list("noderefreshes")
    assert (refresh["status"]["phase"], probes(here)) == ("Succeeded", []), story.told()
    assert refresh["status"]["notes"] == [f"node {STALE}: renewed and verified"], story.told()


def test_a_probe_is_no_image_in_use(here: Laboratory) -> None:
    """What can't exist is not worth probing with."""
    here.background.run(interference.leave_a_probe(here.stage))
    story = Story(laboratory=here)
    asked = {"action": "start", "nodes": STALE, "reason": "a proof"}
    assert story.deliver(Message(id="start", body=asked)) is Reply.REJECTED
    assert "no pod fails to pull now" in story.mail.dead[0].reason


def phase(here: Laboratory) -> str:
    """Of the only slot."""
    (refresh,) = here.world.view.list("noderefreshes")
    return "".join(slot["phase"] for slot in refresh["status"].get("slots") or ())


def probes(here: Laboratory) -> list[str]:
    return [name_of(each) for each in here.background.run(here.world.admin.list("pods", "repull"))]
