"""Looks at the world after every step of a story, and once more at its end."""

from typing import Any

from functions.reply import Reply
from tests.proof.ending import ending
from tests.proof.evidence import Before, Evidence
from tests.proof.invariants import broken
from tests.proof.laboratory import Laboratory
from tests.proof.story import Story


def watched(laboratory: Laboratory, story: Story) -> Story:
    """The same story; a step after which an invariant is broken fails, with everything that was said until then."""
    before = Before.of(laboratory.world)

    def look() -> None:
        found = broken(_evidence(laboratory, story, before))
        assert not found, "\n".join((*found, story.told()))

    story.watching = look
    story.before = before
    return story


def ends_as(laboratory: Laboratory, story: Story, twin: dict[str, Any] | None) -> None:
    """At rest every invariant holds, and all is as after the undisturbed run, its `twin`, where there is one.

    And as the scene says.
    """
    assert story.before is not None
    assert laboratory.until_quiet(), story.told()
    evidence = _evidence(laboratory, story, story.before, at_rest=True, twin=twin, ended=ending(laboratory))
    checks = laboratory.scene.judged(laboratory.world, story.mail.lines)
    found = (*broken(evidence), *(check.line for check in checks if not check.holds))
    assert not found, "\n".join((*found, story.told()))


def _evidence(
    laboratory: Laboratory,
    story: Story,
    before: Before,
    *,
    at_rest: bool = False,
    twin: dict[str, Any] | None = None,
    ended: dict[str, Any] | None = None,
) -> Evidence:
    return Evidence(
        world=laboratory.world,
        before=before,
        at_rest=at_rest,
        may_write=laboratory.scene.may_write,
        given_up=tuple(message.data for message, reply in story.replies if reply is Reply.REJECTED),
        dead={letter.data: letter.reason for letter in story.mail.dead},
        twin=twin,
        ending=ended,
    )
