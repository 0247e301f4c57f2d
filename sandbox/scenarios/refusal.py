"""The story of a node that is not touched: whatever is in the way is named, and nothing is done to the node."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import obstacles, placing, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.world import World

NODE = placing.NODE


class End(StrEnum):
    """How the story ends."""

    REFUSED = "refused"
    PASSED_OVER = "passed over"
    HELD = "held"
    NOT_OPENED = "not opened"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """`inside` puts something in the way of the renewal of NODE, and takes it away again."""

    name: str
    shows: str
    words: tuple[str, ...] = ()  # by which the obstacle is named
    inside: Callable[[Stage], AbstractAsyncContextManager[None]] = obstacles.nothing
    settings: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, object] = field(default_factory=dict)  # more of the start message; None leaves a field out
    end: End = End.REFUSED

    def judged(self, world: World, said: str) -> tuple[Check, ...]:
        """What the world is like when the story is over; `said` is all that the functions have logged."""
        if self.end is End.NOT_OPENED:
            return self.is_named(said), judge.no_refresh(world), judge.nothing_was_touched(world), *untouched(world)
        return (*_ENDS[self.end](world, self.words), *untouched(world))

    def is_named(self, said: str) -> Check:
        """In what the functions have logged."""
        named = all(word in said for word in self.words)
        return Check(says=f"the log names {' and '.join(self.words)}", holds=named, why=said)

    def judged_afterwards(self, world: World) -> tuple[Check, ...]:
        """Once the obstacle is gone as well; a run that is held is not over."""
        return () if self.end is End.HELD else (judge.nothing_is_left(world),)


def untouched(world: World) -> tuple[Check, ...]:
    """Nothing was done to any node."""
    return (
        judge.no_node_was_cordoned(world),
        judge.nothing_was_evicted(world),
        judge.were_reset(world, ()),
        judge.were_recreated(world, ()),
    )


def _refused(world: World, words: tuple[str, ...]) -> tuple[Check, ...]:
    ended = judge.refresh_ended(world, "Failed", "Failed", naming=words)
    return ended, judge.counted(world, refused=1)


def _passed_over(world: World, words: tuple[str, ...]) -> tuple[Check, ...]:
    ended = judge.refresh_ended(world, "Succeeded", "Complete", naming=words)
    return ended, judge.counted(world, passedOver=1)


def _held(world: World, words: tuple[str, ...]) -> tuple[Check, ...]:
    return (judge.is_held(world, *words),)


_ENDS = {End.REFUSED: _refused, End.PASSED_OVER: _passed_over, End.HELD: _held}


def scenario(refusal: Refusal) -> Scenario:
    """The row as a story of its own."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        async with refusal.inside(stage):
            runbook.go_stale(stage, NODE)
            asked = {"image": placing.IMAGE, "nodes": NODE, **refusal.asked}
            said = {field: value for field, value in asked.items() if value is not None}
            await stage.start(reason=refusal.shows, **said)
            await _OVER[refusal.end](stage, refusal)
            lines = (entry.get("jsonPayload", {}).get("message", "") for entry in stage.world.logs)
            checks = refusal.judged(stage.world, "\n".join(map(str, lines)))
        return (*checks, *refusal.judged_afterwards(stage.world))

    return Scenario(name=refusal.name, shows=refusal.shows, play=play, settings=refusal.settings)


async def _ends(stage: Stage, _: Refusal) -> bool:
    return await stage.refresh_is_over()


async def _is_held(stage: Stage, refusal: Refusal) -> bool:
    return await stage.is_held(refusal.words[0])


async def _is_answered(stage: Stage, _: Refusal) -> bool:
    """By the last line of a plan, or that the message is kept."""

    def answered() -> bool:
        return bool(stage.audit("repull.observed") or stage.audit("repull.rejected"))

    return await stage.until(answered, "an answer in the log")


_OVER: Mapping[End, Callable[[Stage, Refusal], Awaitable[bool]]] = {
    End.REFUSED: _ends,
    End.PASSED_OVER: _ends,
    End.HELD: _is_held,
    End.NOT_OPENED: _is_answered,
}
