"""What the drain has moved is heard where it is by now: the promise of its workload is kept, or it is said that not.

No pod is left of it on the renewed node, and whoever has noted the promise is dead by then.
"""

from collections.abc import Iterator

import pytest

from sandbox import deployment
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook
from tests.e2e.smallest import OTHER, STALE, WORKER
from tests.proof.gate import Gate, Point
from tests.proof.laboratory import Laboratory
from tests.proof.story import Story
from tests.proof.watch import ends_as, watched

KEPT, BROKEN = "listening for messages...", "never written by anybody"
MOVED = Point(kind="create pods/eviction", nth=1, done=True)
"""The process dies as it has evicted the first pod of the node."""
READING = "get pods/log"


@pytest.fixture(params=[KEPT, BROKEN], ids=["kept", "broken"])
def promise(request: pytest.FixtureRequest, here: Laboratory) -> Iterator[str]:
    promised(here, request.param)
    yield request.param
    promised(here, None)


def test_what_has_moved_is_heard_wherever_it_is_by_now(here: Laboratory, promise: str) -> None:
    def passing(kind: str, _: int) -> None:
        if kind == READING:
            here.time.skip(here.settings.holder_seconds / 2)  # a few looks, and the node has had its time

    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(MOVED,), passing=passing)))
    story.play(story.start)

    assert story.gate.reached == {MOVED}, story.told()
    ends_as(here, story, None)
    assert {node_of(pod) for pod in here.world.view.list("pods", runbook.NAMESPACE)} == {OTHER}, story.told()
    (refresh,) = here.world.view.list("noderefreshes")
    (note,) = refresh["status"]["notes"]
    late = [line["event"] for line in story.mail.lines if line["event"] == "repull.not_at_work"]
    said = f"node {STALE}: renewed and verified"
    if promise == KEPT:
        assert (note, late) == (said, []), story.told()
    else:
        assert note.startswith(f"{said}; for another reason Deployment {runbook.NAMESPACE}/{WORKER}: "), story.told()
        assert (f"has not logged {BROKEN!r}" in note, len(late)) == (True, 1), story.told()
    assert here.world.books.calls(verb="get", resource="pods/log", user=deployment.REFRESH), story.told()


def promised(here: Laboratory, line: str | None) -> None:
    noted = {"metadata": {"annotations": {"repull.dev/ready-log": line}}}
    here.background.run(here.world.admin.patch("deployments", WORKER, noted, runbook.NAMESPACE))
