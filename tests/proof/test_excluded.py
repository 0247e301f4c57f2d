"""A person excludes a node in the middle of its renewal: it is left alone, or given back."""

from collections.abc import Callable

from functions import events, ownership
from sandbox import deployment, judge
from tests.e2e.smallest import STALE
from tests.proof.gate import Gate, Life
from tests.proof.giving_back import given_back
from tests.proof.laboratory import Laboratory
from tests.proof.story import Story
from tests.proof.watch import watched

EXCLUDED = {"metadata": {"labels": {ownership.EXCLUDE: "ask-ann"}}}


def test_a_node_that_a_person_excludes_after_its_cordon_is_given_back_undrained(here: Laboratory) -> None:
    """They need not know that its cordon may be taken back instead."""

    def is_cordoned(_: str, __: int) -> bool:
        nodes = here.world.view.list("nodes")
        return any(each["metadata"]["name"] == STALE and each["spec"].get("unschedulable") for each in nodes)

    given_back(here, excluded(here, is_cordoned), f"somebody has excluded {STALE} during the drain")
    assert here.world.books.calls(verb="create", resource="pods/eviction", user=deployment.REFRESH) == []


def test_a_node_that_a_person_excludes_right_before_its_renewal_is_given_back(here: Laboratory) -> None:
    story = excluded(here, lambda kind, nth: (kind, nth) == ("list volumeattachments", 1))
    given_back(here, story, f"somebody has excluded {STALE}, by the label")


def test_a_node_that_a_person_excludes_while_it_is_probed_is_not_touched(here: Laboratory) -> None:
    """Nor is it on its way to its cordon: what the guards say of it is nobody's business."""
    story = excluded(here, lambda kind, nth: (kind, nth) == ("create pods", 1))
    assert [line["phase"] for line in story.mail.lines if line["event"] == events.PHASE] == ["Preflight"]
    for check in (
        judge.no_node_was_cordoned(here.world),
        judge.refresh_ended(here.world, "Succeeded", "Complete", naming=("1 passed over",)),
        judge.nothing_is_left(here.world),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"


def test_a_node_that_a_person_excludes_while_the_process_is_dead_right_before_its_cordon_is_passed_over(
    here: Laboratory,
) -> None:
    """The slot says Cordon, and the node is not: whoever takes it up leaves it alone, and nothing has failed."""
    story = watched(here, Story(laboratory=here))

    def dying(life: Life) -> None:
        life.dead = here.is_about_to_cordon()

    story.deliver(story.start)
    assert story.deliver(story.mail.steps[0], dying) is None, story.told()
    here.background.run(here.world.admin.patch("nodes", STALE, EXCLUDED))
    here.time.skip(here.settings.holder_seconds)
    try:
        story.play(story.mail.steps[0])
    finally:
        here.background.run(here.world.admin.patch("nodes", STALE, {"metadata": {"labels": {ownership.EXCLUDE: None}}}))
    for check in (
        judge.no_node_was_cordoned(here.world),
        judge.refresh_ended(here.world, "Succeeded", "Complete", naming=("1 passed over",)),
        judge.nothing_is_left(here.world),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"


def test_a_node_that_a_person_excludes_right_before_its_cordon_is_passed_over(here: Laboratory) -> None:
    """The process that has judged it is alive."""
    story = excluded(here, lambda _kind, _nth: here.is_about_to_cordon())
    assert "Cordon" in [line["phase"] for line in story.mail.lines if line["event"] == events.PHASE]
    assert judge.no_node_was_cordoned(here.world).holds, story.told()


def excluded(here: Laboratory, due: Callable[[str, int], bool]) -> Story:
    """A run to whose node a person gives the label as soon as it is `due`, and takes it off afterwards."""
    said = False

    def passing(kind: str, nth: int) -> None:
        nonlocal said
        if not said and due(kind, nth):
            said = True
            here.background.run(here.world.admin.patch("nodes", STALE, EXCLUDED))

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    try:
        story.play(story.start)
    finally:
        here.background.run(here.world.admin.patch("nodes", STALE, {"metadata": {"labels": {ownership.EXCLUDE: None}}}))
    return story
