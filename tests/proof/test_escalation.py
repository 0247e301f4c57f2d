"""A reset in vain may be followed by one re-creation, and by nothing else; not where something speaks against it."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions import events
from functions.settings import read_settings
from tests.e2e.smallest import STALE
from tests.proof.gate import Gate
from tests.proof.laboratory import Laboratory, laboratory
from tests.proof.scenes import SCENES
from tests.proof.story import Story
from tests.proof.watch import watched


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    with laboratory(SCENES["in-vain"]) as found:
        found.settings = read_settings(found.world.refresh.environ | {"REPULL_ESCALATE": "on"})
        yield found


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    opened.prepare()
    machine = opened.world.fleet[STALE]
    machine.replacement_heals = False
    yield opened
    machine.local_ssds = 0


def test_a_recreation_in_vain_is_the_end(here: Laboratory) -> None:
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    assert renewals(here) == ["reset", "recreateInstances"], story.told()
    assert "kubectl uncordon" in status(here)["stopping"]
    assert escalated(story)
    assert "can't be recreated" not in status(here)["stopping"]  # nobody has thought of it


def test_an_abort_before_it_is_heeded(here: Laboratory) -> None:
    """It comes while the node is verified after its reset."""

    def passing(kind: str, nth: int) -> None:
        if kind == "create pods" and renewals(here) and not status(here).get("stopping"):
            name = here.world.view.list("noderefreshes")[0]["metadata"]["name"]
            said = {"status": {"stopping": "aborted", "aborting": True}}
            here.background.run(here.world.admin.patch("noderefreshes/status", name, said))

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)
    assert (renewals(here), status(here)["phase"]) == (["reset"], "Aborted"), story.told()
    assert not escalated(story)


def test_what_speaks_against_a_recreation_speaks_against_it_here(here: Laboratory) -> None:
    """A reset leaves local SSDs alone, and nothing else does."""
    here.world.fleet[STALE].local_ssds = 1
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    assert (renewals(here), "local-ssd-0" in status(here)["stopping"]) == (["reset"], True), story.told()
    assert not escalated(story)


def escalated(story: Story) -> bool:
    return any(line["event"] == events.ESCALATED for line in story.mail.lines)


def renewals(here: Laboratory) -> list[str]:
    return [call.verb for call in here.world.books if call.verb in ("reset", "recreateInstances")]


def status(here: Laboratory) -> dict[str, Any]:
    (refresh,) = here.world.view.list("noderefreshes")
    found: dict[str, Any] = refresh.get("status") or {}
    return found
