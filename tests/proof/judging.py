"""What scenes ask of their end besides what must always hold. It is so wherever a process dies."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from sandbox import deployment, judge
from sandbox.judge import Check
from sandbox.scenarios.all_stale import canary_first
from sandbox.world import World
from tests.e2e import smallest
from tests.proof.scene import Lines

Judged = Callable[[World, Lines], Iterable[Check]]
"""Told the world, and the lines of the audit trail."""


def told(*words: str) -> Judged:
    """The audit trail says why it ended so."""

    def judged(_: World, lines: Lines) -> Iterator[Check]:
        said = "\n".join(str(line["message"]) for line in lines)
        for each in words:
            yield Check(says=f"the log says: {each}", holds=each in said, why=said)

    return judged


def every(*asked: Judged) -> Judged:
    return lambda world, lines: chain.from_iterable(each(world, lines) for each in asked)


def counted(**numbers: int) -> Judged:
    """What became of so many nodes."""
    return lambda world, _: (judge.counted(world, **numbers),)


def retried(workload: str, *, reset: tuple[str, ...]) -> Judged:
    """The pod that could not pull was deleted, once, so that its controller brings another; only these were reset."""

    def judged(world: World, _: Lines) -> Iterator[Check]:
        calls = world.books.calls(verb="delete", resource="pods", user=deployment.REFRESH)
        names = [call.name for call in calls if call.name.startswith(workload)]
        yield Check(says=f"one pod of {workload} was retried", holds=len(set(names)) == 1, why=", ".join(names))
        yield judge.were_reset(world, reset)

    return judged


def one_before_the_others(world: World, _: Lines) -> Iterator[Check]:
    """Nothing has proven that nodes are at fault."""
    yield canary_first(world)
    yield judge.were_reset(world, (smallest.STALE, smallest.OTHER))


def let_go(world: World, _: Lines) -> Iterator[Check]:
    """Nobody waits any more for a volume that somebody was to let go of."""
    left = [each["metadata"]["name"] for each in world.view.list("volumeattachments")]
    yield Check(says="the volume was waited for", holds=not left, why=", ".join(left))


def were_reset(*names: str) -> Judged:
    return lambda world, _: (judge.were_reset(world, names),)


def resets(number: int) -> Judged:
    """Whichever node came first."""
    return lambda world, _: (judge.resets(world, number),)


not_reset = were_reset()
