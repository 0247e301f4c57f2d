"""What can't be found out before a node is cordoned ends the run in time; until then people see why it stands still."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions import events
from sandbox import deployment, judge
from sandbox.faults import Fault
from tests.e2e.smallest import STALE
from tests.proof.laboratory import Laboratory
from tests.proof.story import Story
from tests.proof.watch import watched

FOR_GOOD = 10_000
HOLDER_SECONDS = 300.0
"""After so long a message comes again."""


def fails(call: str, status: int, *, first: int = 1) -> Fault:
    """From the first of these calls on."""
    verb, resource = call.split()
    return Fault(user=deployment.REFRESH, verb=verb, resource=resource, status=status, first=first, times=FOR_GOOD)


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    opened.prepare()
    before = opened.settings
    opened.settings = replace(before, holder_seconds=HOLDER_SECONDS)
    yield opened
    opened.settings = before
    opened.world.faults.clear()


@pytest.mark.parametrize(
    "failing, end",
    [
        pytest.param(fails("create leases", 403), "it could not begin in time", id="begin"),
        pytest.param(fails("list pods", 403), "no node could be chosen in time", id="choose"),
        pytest.param(fails("patch nodes", 500), "no node could be chosen in time", id="choose-in-an-outage"),
        pytest.param(fails("list poddisruptionbudgets", 403), "whether it may be renewed", id="preflight"),
        pytest.param(fails("list poddisruptionbudgets", 503), "whether it may be renewed", id="preflight-in-an-outage"),
        pytest.param(fails("patch nodes", 500, first=2), f"{STALE} could not be brought to", id="cordon"),
        pytest.param(fails("update leases", 403), f"{STALE} could not be brought to", id="conclude"),
    ],
)
def test_the_run_ends_in_time_and_says_why(here: Laboratory, failing: Fault, end: str) -> None:
    """What its end leaves behind, as it can't be taken back either, is the sweep's."""
    fault = replace(failing)
    here.world.faults.add(fault)
    began = here.time.now()
    story = watched(here, Story(laboratory=here))
    story.play(story.start)

    assert fault.seen, story.told()
    least = 3600 if fault.status >= 500 else 300
    assert least <= (here.time.now() - began).total_seconds() < 2 * least + 4 * HOLDER_SECONDS
    for check in (
        judge.refresh_ended(here.world, "Failed", "Failed", naming=(end, str(fault.status))),
        judge.were_reset(here.world, ()),
    ):
        assert check.holds, f"{check.line}\n{story.told()}"


def test_a_run_that_stands_still_says_why(here: Laboratory) -> None:
    """In the object that people look at, and in the lines that `repull audit` finds."""
    here.world.faults.add(fails("list poddisruptionbudgets", 403))
    story = watched(here, Story(laboratory=here))
    story.deliver(story.start)
    story.deliver(story.mail.steps[0])

    (refresh,) = here.world.view.list("noderefreshes")
    (slot,) = refresh["status"]["slots"]
    assert "list poddisruptionbudgets: 403" in slot["reason"]
    assert slot["deadline"]
    assert refresh["status"]["message"] == f"node {STALE}: Preflight: {slot['reason']}"
    (line,) = (each for each in story.mail.lines if each["event"] == events.RETRY)
    assert (line["cluster"], line["refresh"], line["node"]) == (
        str(deployment.CLUSTER_KEY),
        refresh["metadata"]["name"],
        STALE,
    )
