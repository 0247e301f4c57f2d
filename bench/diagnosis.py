"""From event to verdict, warm, for every kind of verdict: our own time, and how often the outside is asked.

The function runs as it is deployed, behind functions-framework in a process of its own that knows the cluster by then,
and every event is a new cause about a new image. Its own time is what `diagnosis_watch` measures between the event and
the verdict's line, without what went by inside a socket's calls: connecting, sending, waiting for an answer and taking
it in, which is the network and the simulators. The thread's CPU time is the cross-check: it counts the sockets' share
too, encryption above all, and no other process can lengthen it much.

The questions are counted in the simulators' books, so nothing is believed that the function says of itself. What is
asked after the verdict, for the Event on the pod or to open a refresh, is told apart.
"""

import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack

from bench import diagnosis_cases
from bench.diagnosis_cases import CASES
from bench.diagnosis_run import Run, Watched
from bench.figures import Figure
from sandbox import world

PODS = 400
"""That run in the cluster, among which whoever else uses the repository is sought: one page of the API's."""
ROUNDS = 20
"""Events of each case, besides the first."""


async def figures() -> tuple[Figure, ...]:
    """Also prints a table of every case."""
    runs = await diagnosed(ROUNDS, pods=PODS)
    print(told(runs))
    slowest = max(runs, key=lambda run: run.own)
    settled = max((run for run in runs if not run.case.by_text), key=lambda run: len(run.usual.asked))
    by_text = max((run for run in runs if run.case.by_text), key=lambda run: len(run.usual.asked_in_all))
    return (
        Figure(
            name="event to verdict, own time, p95",
            value=1000 * slowest.own,
            floor=150,
            unit="ms",
            detail=f"{slowest.name}, the slowest of {len(runs)}; CPU {1000 * slowest.cpu:.0f} ms",
        ),
        Figure(
            name="outside reads for a settled verdict",
            value=len(settled.usual.asked),
            floor=6,
            detail=f"{settled.name}: {', '.join(settled.usual.asked)}",
        ),
        Figure(
            name="outside reads where the message settles it",
            value=len(by_text.usual.asked_in_all),
            floor=1,
            detail=f"{by_text.name}: {', '.join(by_text.usual.asked_in_all)}, for the Event",
        ),
    )


async def diagnosed(rounds: int, *, pods: int = 0) -> list[Run]:
    """Every case so many times, and once before that, in a cluster of so many pods; the cases take turns."""
    runs = [Run(case=case) for case in CASES]
    async with world.running(python=sys.executable) as running, AsyncExitStack() as stack:
        await running.diagnose.stop()  # those with a stopwatch stand in for it
        await running.refresh.stop()  # that a renewal is asked for is where a diagnosis ends
        await diagnosis_cases.set_the_scene(running)
        await diagnosis_cases.crowd(running, pods)
        watched: dict[frozenset[tuple[str, str]], Watched] = {}
        for run in runs:
            key = frozenset(run.case.settings.items())
            if key not in watched:
                watched[key] = await stack.enter_async_context(Watched.running(running, run.case.settings))
        for _ in range(rounds + 1):
            for run in runs:
                run.costs.append(await watched[frozenset(run.case.settings.items())].diagnose(run.case))
    return runs


def told(runs: Iterable[Run]) -> str:
    """A line for each case.

    The times are milliseconds at the 95th percentile. The questions are those of a process that knows nothing, of one
    that knows the cluster (the median), and after the verdict.
    """
    rows: list[tuple[str, tuple[str, ...], str]] = [
        ("verdict, settled by", ("own", "CPU", "whole", "cold", "warm", "after"), "what is asked")
    ]
    for run in runs:
        usual = run.usual
        numbers = (1000 * run.own, 1000 * run.cpu, 1000 * run.whole, len(run.costs[0].asked))
        cells = (*(f"{each:.0f}" for each in numbers), str(len(usual.asked)), str(len(usual.asked_later)))
        asked = " | ".join(", ".join(each) for each in (usual.asked, usual.asked_later) if each)
        rows.append((f"{run.case.verdict}, {run.case.settled_by}", cells, asked))
    width = max(len(name) for name, _, _ in rows)
    return "\n".join(
        f"{name:<{width}}{''.join(f'{cell:>7}' for cell in cells)}  {asked}" for name, cells, asked in rows
    )
