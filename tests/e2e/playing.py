"""Plays a story in a world of its own, and keeps what happened for whoever has to find out why it went wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from sandbox import witnesses
from sandbox.judge import Check
from sandbox.scenarios.stage import Stage
from sandbox.viewer.journal import Journal
from sandbox.world import running
from tests.e2e import roles

EMBEDDED = {"SANDBOX_PUBSUB": "embedded"}
"""The queue that can also double, delay and lose a message. Whether the emulator behaves alike, one test asks."""

Play = Callable[[Stage], Awaitable[tuple[Check, ...]]]


def assert_ends_well(
    play: Play,
    *,
    ring: int = 1,
    settings: Mapping[str, str] | None = None,
    environ: Mapping[str, str] = EMBEDDED,
    in_vain: bool = False,
) -> None:
    """Play it, and fail with the judge's findings and the whole story where anything is not as it should be.

    Whatever the story, the functions' accounts ask for nothing that their roles don't let them do. Where a story takes
    away or refuses what an optional role grants, they may ask for that `in_vain`.
    """
    journal = Journal()

    async def telling() -> tuple[Check, ...]:
        async with running(ring=ring, settings=settings, environ=environ) as world:
            world.logs.listeners.append(journal.logged)
            world.tap.listeners.append(journal.published)
            checks = await play(Stage(world=world, say=journal.say)) + await witnesses.hear(world)
            assert roles.beyond(world.books, in_vain=in_vain) == set()
            return checks

    checks = asyncio.run(telling())
    story = (f"{line.at:%X.%f} {line.kind:9} {line.text}" for line in journal.lines)
    assert checks
    assert all(check.holds for check in checks), "\n".join(("", *(check.line for check in checks), "", *story))
