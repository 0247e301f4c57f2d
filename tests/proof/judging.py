"""What scenes ask of their end besides what must always hold. It is so wherever a process dies."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, pairwise

from sandbox import deployment, judge
from sandbox.books import Call
from sandbox.judge.check import Check, empty
from sandbox.scenarios import runbook
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


def renewed(
    *,
    reset: tuple[str, ...] = (),
    recreated: tuple[str, ...] = (),
    restarted: tuple[str, ...] = (),
    removed: tuple[str, ...] = (),
) -> Judged:
    """Exactly these machines, each once and in this way."""
    return lambda world, _: (
        judge.were_reset(world, reset),
        judge.were_recreated(world, recreated),
        judge.were_stopped_and_started(world, restarted),
        judge.were_removed(world, removed),
    )


def says_how_to_open(node: str) -> Judged:
    """Whoever reads why the refresh has failed."""
    return lambda world, _: (judge.refresh_ended(world, "Failed", "Failed", naming=(f"kubectl uncordon {node}",)),)


def stays_cordoned(node: str) -> Judged:
    """It and no other, and nothing else is left."""
    return every(says_how_to_open(node), lambda world, _: (judge.nothing_is_left(world, ours=(node,)),))


def retried(workload: str, *, reset: tuple[str, ...]) -> Judged:
    """The pod that could not pull was deleted, once, so that its controller brings another; only these were reset."""

    def judged(world: World, _: Lines) -> Iterator[Check]:
        calls = world.books.calls(verb="delete", resource="pods", user=deployment.REFRESH)
        names = [call.name for call in calls if call.name.startswith(workload)]
        yield Check(says=f"one pod of {workload} was retried", holds=len(set(names)) == 1, why=", ".join(names))
        yield judge.were_reset(world, reset)

    return judged


def one_before_the_others(world: World, _: Lines) -> Iterator[Check]:
    """However many may be out of service at once."""
    yield canary_first(world)


def waited_for_the_budget(name: str) -> Judged:
    """A pod left by an eviction alone, granted once the budget was gone, and its node was reset only then."""

    def judged(world: World, _: Lines) -> Iterator[Check]:
        books, ours = world.books, deployment.REFRESH
        asked = books.calls(verb="create", resource="pods/eviction", user=ours)
        times = [
            [each.at for each in books.calls(verb="delete", resource="poddisruptionbudgets", name=name)],
            [each.at for each in asked if each.status < 300],
            [each.at for each in books.calls(verb="reset")],
        ]
        deleted = [call.name for call in books.calls(verb="delete", resource="pods", user=ours) if _of_the_worker(call)]
        yield empty("no pod left but by its eviction", deleted)
        holds = all(times) and all(max(first) <= min(second) for first, second in pairwise(times))
        yield Check(says=f"first budget {name} went, then pods, then the machine", holds=holds, why=str(times))

    return judged


def _of_the_worker(call: Call) -> bool:
    return call.name.startswith(smallest.WORKER)


def counts_what_was_done(world: World, _: Lines) -> Iterator[Check]:
    """The one node was renewed where its machine was reset, and else given back."""
    number = world.fleet[smallest.STALE].reset_count
    yield judge.counted(world, renewed=number, givenBack=1 - number)
    yield judge.were_reset(world, (smallest.STALE,) * number)


def pods_are_ready(world: World, _: Lines) -> Iterator[Check]:
    yield judge.every_pod_is_ready(world, runbook.NAMESPACE)


def let_go(world: World, _: Lines) -> Iterator[Check]:
    """Nobody waits any more for a volume that somebody was to let go of."""
    left = [each["metadata"]["name"] for each in world.view.list("volumeattachments")]
    yield Check(says="the volume was waited for", holds=not left, why=", ".join(left))


def resets(number: int) -> Judged:
    """Whichever node came first."""
    return lambda world, _: (judge.resets(world, number),)


not_renewed = renewed()
