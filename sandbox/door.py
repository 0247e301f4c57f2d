"""`python -m sandbox [SCENARIO] [--ring N] [--hold]`: plays a scenario and judges the world; 0 only if all is well."""

import argparse
import asyncio
import logging
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console

from sandbox import operator, witnesses
from sandbox.breakdown import Breakdown, Complaints
from sandbox.hosting import end_in_order, stay_on_loopback
from sandbox.pubsub.choice import refusal
from sandbox.real import needs, programs
from sandbox.real.binaries import Binaries
from sandbox.real.building import BuildFailed
from sandbox.rings import RINGS
from sandbox.scenarios import DEFAULT, SCENARIOS
from sandbox.scenarios.runbook import NAMESPACE
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.viewer import ending
from sandbox.viewer.journal import Journal, Kind, Line
from sandbox.viewer.live import Live
from sandbox.viewer.plain import Plain
from sandbox.viewer.screen import Screen
from sandbox.voice import complain, export, say, spell_out
from sandbox.world import World, running

_FAILED, _REFUSED, _INTERRUPTED = 1, 2, 130
_TRY = (
    "kubectl get nodes,pods,noderefreshes -A",
    "repull diagnose -A",
    "repull start --dry-run",
    """publish '{"action": "start", "dryRun": true}'""",
)
"""What the first line makes possible, in the same shell."""


def main(arguments: Sequence[str]) -> int:
    spell_out()
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Play a story on a simulated cluster.")
    parser.add_argument("scenario", nargs="?", default=DEFAULT, help="a scenario's name, or `list`")
    parser.add_argument("--hold", action="store_true", help="keep the cluster up afterwards, until Ctrl-C")
    parser.add_argument("--ring", type=int, choices=RINGS, default=1, help=f"how much is real; {_rings()}")
    options = parser.parse_args(arguments)
    if options.scenario == "list":
        width = max(map(len, SCENARIOS))
        for scenario in SCENARIOS.values():
            say(f"{scenario.name.ljust(width)}  {scenario.shows}")
        return 0
    if why := tuple(_refusal(options.scenario, options.ring)):
        complain(*why)
        return _REFUSED
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C, also while something is built
    try:
        Binaries.ensure(programs.of(options.ring), say)
        scenario = SCENARIOS[options.scenario]
        return asyncio.run(_demo_or_complaint(scenario, ring=options.ring, hold=options.hold))
    except BuildFailed as error:
        complain(str(error))
        return _FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


def _refusal(scenario: str, ring: int) -> Iterator[str]:
    """Why the story can't be played; nothing where it can."""
    if scenario not in SCENARIOS:
        yield f"there is no scenario {scenario!r}; the scenarios are {', '.join(SCENARIOS)}"
    elif why := refusal(os.environ):
        yield why
    elif missing := needs.of(ring):
        yield f"this machine lacks what ring {ring} needs:"
        yield from (f"  {need}" for need in missing)


def _rings() -> str:
    return "; ".join(f"{number}: {ring.says}" for number, ring in RINGS.items())


async def _demo_or_complaint(scenario: Scenario, *, ring: int, hold: bool) -> int:
    complaints = Complaints(complain)
    complaints.listen()
    try:
        return await _demo(scenario, ring=ring, hold=hold, environ=os.environ)
    except* Breakdown as broken:
        complaints.hear(broken)
    return _FAILED


async def _demo(scenario: Scenario, *, ring: int, hold: bool, environ: Mapping[str, str]) -> int:
    end_in_order()
    stay_on_loopback()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # a client that was killed and hung up is part of the story
    console = Console()
    screen: Screen = Live(console) if console.is_terminal else Plain()
    screen.line(f"{scenario.name}: {scenario.shows}")
    screen.line("starting the cluster, the cloud around it and the two functions …")
    async with running(ring=ring, settings=scenario.settings, environ=environ, python=sys.executable) as world:
        journal = Journal()
        world.tap.listeners.append(journal.published)
        world.logs.listeners.append(journal.logged)
        async with screen.showing(world, journal, _title(scenario, world)):
            checks = await scenario.play(Stage(world=world, say=journal.say))
            checks += await witnesses.hear(world)
        if console.is_terminal and journal.diagnosis:  # the picture cuts its lines, and plain lines are whole
            for line in ending.diagnosis(journal.diagnosis):
                screen.line(line)
        await _end(screen, world)
        for line in ending.findings(checks):
            screen.line(line)
        if hold:
            await _hold(screen, world, journal)
    return 0 if all(check.holds for check in checks) else _FAILED


def _title(scenario: Scenario, world: World) -> str:
    ring = f"ring {world.ring.number}: {world.ring.says}"
    return f"{scenario.name} | {ring} | Pub/Sub: {world.broker.name}\n{export('KUBECONFIG', world.cluster.kubeconfig)}"


async def _end(screen: Screen, world: World) -> None:
    screen.line()
    for line in ending.pods(world, NAMESPACE):
        screen.line(line)
    screen.line()
    for line in (*await ending.logs(world, NAMESPACE), "", *ending.renewed_and_spared(world.fleet), ""):
        screen.line(line)


async def _hold(screen: Screen, world: World, journal: Journal) -> None:
    screen.line()
    screen.line("the cluster stays up, and what the functions say is told; Ctrl-C ends it")
    async with operator.at_a_shell(world) as file:
        for line in (f". {shlex.quote(str(file))}", *_TRY, ""):
            screen.line(line)
        await _go_on_telling(screen, journal)


async def _go_on_telling(screen: Screen, journal: Journal) -> None:
    def tell(line: Line) -> None:
        if line.kind is not Kind.MESSAGE:  # a failing pod's never end
            screen.line(f"{line.at:%H:%M:%S} {line.text}")

    journal.listeners.append(tell)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current is not None:
            current.uncancel()
