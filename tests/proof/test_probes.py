"""A probe is gone before anything is done to its node, and with its refresh where its maker has died."""

from sandbox.objects.kinds import name_of
from tests.proof.gate import Gate, Point
from tests.proof.laboratory import Laboratory
from tests.proof.product import Message
from tests.proof.story import Story
from tests.proof.watch import watched


def test_a_probe_is_gone_before_its_node_is_drained(here: Laboratory) -> None:
    seen: list[list[str]] = []

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("create pods/eviction", 1):
            seen.append(probes(here))

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)
    assert seen == [[]], story.told()


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


def probes(here: Laboratory) -> list[str]:
    return [name_of(each) for each in here.background.run(here.world.admin.list("pods", "repull"))]
