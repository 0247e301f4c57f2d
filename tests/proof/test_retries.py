"""Pods that could not pull are retried on a node that can, whoever dies: who comes after does not look at it again."""

from sandbox import deployment
from tests.e2e.smallest import WORKER
from tests.proof.gate import Life
from tests.proof.laboratory import laboratory
from tests.proof.scenes import SCENES
from tests.proof.story import Story
from tests.proof.watch import ends_as, watched


def test_who_dies_as_it_has_counted_a_node_that_can_pull_has_retried_its_pods() -> None:
    with laboratory(SCENES["retries"]) as here:
        here.prepare()
        story = watched(here, Story(laboratory=here))

        def fresh() -> int:
            (refresh,) = here.world.view.list("noderefreshes")
            return int((refresh.get("status") or {}).get("fresh") or 0)

        def dying(life: Life) -> None:
            life.dead = bool(fresh())

        story.deliver(story.start)
        (step,) = story.mail.steps
        assert story.deliver(step, dying) is None, story.told()
        calls = here.world.books.calls(verb="delete", resource="pods", user=deployment.REFRESH)
        assert [call.name for call in calls if call.name.startswith(WORKER)] != [], story.told()
        here.time.skip(here.settings.holder_seconds)
        story.play(step)
        ends_as(here, story, None)
