"""Messages come twice at once, late, and out of order; an invocation is frozen while another takes over.

Where they end is where the undisturbed run ended, and no machine is renewed twice.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from functions import events
from functions.reply import Reply
from functions.settings import Consent
from tests.proof.crashes import Matrix, changing, harms
from tests.proof.gate import Gate, Point
from tests.proof.laboratory import laboratory
from tests.proof.product import Message
from tests.proof.redelivering import Doubled, Late
from tests.proof.scenes import SCENES
from tests.proof.story import SWEEP, Story
from tests.proof.watch import ends_as, watched

PATIENCE = 250.0
"""Seconds that an invocation stays frozen at most, while another one plays the story to its end."""


@pytest.fixture
def story(matrix: Matrix) -> Story:
    matrix.laboratory.prepare()
    return watched(matrix.laboratory, Story(laboratory=matrix.laboratory))


def test_every_message_twice_in_parallel(matrix: Matrix) -> None:
    matrix.laboratory.prepare()
    _ends_well(matrix, Doubled(laboratory=matrix.laboratory))


def test_every_message_late(matrix: Matrix) -> None:
    matrix.laboratory.prepare()
    _ends_well(matrix, Late(laboratory=matrix.laboratory))


def test_an_old_message_changes_nothing_once_its_slot_has_moved_on(matrix: Matrix, story: Story) -> None:
    story.play(story.start)
    published = list(story.mail.steps)
    assert len(published) >= 2
    written = len(matrix.laboratory.world.books.calls(verb="update", resource="noderefreshes/status"))
    replies = [story.deliver(message) for message in (*published, *reversed(published))]
    assert set(replies) == {Reply.DUPLICATE}
    assert len(matrix.laboratory.world.books.calls(verb="update", resource="noderefreshes/status")) == written
    ends_as(matrix.laboratory, story, matrix.twin)


def test_the_start_again_after_the_end_opens_nothing_new(matrix: Matrix, story: Story) -> None:
    story.play(story.start)
    story.play(story.start)
    ends_as(matrix.laboratory, story, matrix.twin)
    said = [line["event"] for line in story.mail.lines]
    assert said.count(events.REFRESH_OPENED) == 1, story.told()


def test_a_start_that_has_opened_its_refresh_is_not_rejected_later(matrix: Matrix) -> None:
    """Whatever it asks for may be gone by the time at which it comes again; or be forbidden, as here."""
    here, before = matrix.laboratory, matrix.laboratory.settings
    opened = Point(kind="create noderefreshes", nth=1, done=True)
    here.prepare()
    story = watched(here, Story(laboratory=here, gate=Gate(strikes=(opened,))))
    start = Message(id="start", body={**story.start.body, "force": True})
    assert story.deliver(start) is None
    here.settings = replace(before, force=Consent.FORBID)
    try:
        story.play(start)
    finally:
        here.settings = before
    assert Reply.REJECTED not in [reply for _, reply in story.replies], story.told()
    ends_as(here, story, matrix.twin)


def test_whoever_finds_it_opened_by_the_same_message_meanwhile_tells_of_it(matrix: Matrix) -> None:
    """Two deliveries at once: the one that opens it dies before it can say so."""
    here = matrix.laboratory
    here.prepare()
    dies = Gate(strikes=(Point(kind="create noderefreshes", nth=1, done=True),))
    other = watched(here, Story(laboratory=here, gate=dies))

    def passing(kind: str, nth: int) -> None:
        if (kind, nth) == ("create noderefreshes", 1):
            assert other.deliver(other.start) is None

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    assert story.deliver(story.start) is Reply.HANDLED
    said = [line["event"] for line in (*other.mail.lines, *story.mail.lines)]
    assert said.count(events.REFRESH_OPENED) == 1, story.told()
    story.play(*story.mail.steps)
    ends_as(here, story, matrix.twin)


def _ends_well(matrix: Matrix, story: Story) -> None:
    watched(matrix.laboratory, story).play(story.start)
    ends_as(matrix.laboratory, story, matrix.twin)


READS = ("get nodes", "list pods", "watch pods", "get configmaps", "list volumeattachments", "operations of Google")


@pytest.mark.timeout(600)
def test_a_frozen_invocation_that_wakes_up_after_another_took_over(
    matrix: Matrix, counted: Callable[[str], None]
) -> None:
    """Frozen before the first call of each kind that changes something, and some reads; awake when all is over."""
    kinds = {point.kind for point in changing(matrix.points())}
    for kind in (*sorted(kinds), *READS):
        matrix.laboratory.prepare()
        _freeze(matrix, kind)
    counted(f"frozen before {len(kinds) + len(READS)} kinds of calls")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "scene, kind",
    [
        ("recreate", "recreateInstances of Google"),
        ("stop-start", "stopInstances of Google"),
        ("stop-start", "startInstances of Google"),
        ("scale-workloads", "patch deployments"),
    ],
)
def test_whoever_is_frozen_before_its_renewal_renews_nothing_late(scene: str, kind: str) -> None:
    """By the other methods: right before the call at which it hurts."""
    with laboratory(SCENES[scene]) as here:
        matrix = Matrix(laboratory=here)
        matrix.count()
        here.prepare()
        _freeze(matrix, kind)


def _freeze(matrix: Matrix, kind: str) -> None:
    """What is harmless aside, all that it still does is the call at which it was.

    A start has no hold that could expire: it goes on, and opens nothing new.
    """
    here, reached, go_on = matrix.laboratory, threading.Event(), threading.Event()

    def passing(called: str, nth: int) -> None:
        if called == kind and nth == 1:
            reached.set()
            go_on.wait(PATIENCE)

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    with ThreadPoolExecutor(max_workers=1) as thread:
        waiting: list[Message] = [story.start]
        future, message = None, story.start
        while not reached.is_set():
            assert waiting, f"never reached: {kind}{story.told()}"
            message = waiting.pop(0)
            taken = len(story.mail.steps)
            future = thread.submit(story.deliver, message)
            while not future.done() and not reached.wait(0.01):
                continue
            if future.done():
                waiting += story.mail.steps[taken:]
        frozen = story.lives[-1]
        called = len(frozen.calls)
        here.time.skip(here.settings.holder_seconds)
        try:
            story.play(message, *waiting)
        finally:
            go_on.set()
        assert future is not None
        future.result(PATIENCE)
    holds = message.body["action"] == "continue"
    late = [each for each in frozen.calls[called:] if holds and harms(each)]
    assert late == [], f"frozen before {kind}, and after its time it did {late}{story.told()}"
    story.play(SWEEP)
    ends_as(here, story, matrix.twin)
