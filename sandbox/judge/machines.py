"""Which machines were renewed, and how: by the books of Compute and by the machines' own count."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from sandbox.books import Call
from sandbox.judge.check import Check, empty
from sandbox.machines.machine import Machine
from sandbox.world import World


def were_reset(world: World, names: Iterable[str]) -> Check:
    """Exactly these machines, each once, by Compute's books and by the machines' own count."""
    wanted = dict.fromkeys(names, 1)
    requests = {(call.name, call.body.get("requestId")) for call in _resets(world)}
    by_books = Counter(name for name, _ in requests)
    by_machines = {machine.name: machine.reset_count for machine in world.fleet if machine.reset_count}
    return Check(
        says=f"exactly {', '.join(wanted)} reset, once each" if wanted else "no machine was reset",
        holds=by_books == wanted == by_machines,
        why=f"Compute says {dict(by_books)}, the machines say {by_machines}",
    )


def resets(world: World, number: int) -> Check:
    """So many machines were reset so far, by their own count."""
    found = {machine.name: machine.reset_count for machine in world.fleet if machine.reset_count}
    says = f"{number} machine{'s were' if number != 1 else ' was'} reset"
    return Check(says=says, holds=sum(found.values()) == number, why=str(found))


def _resets(world: World) -> list[Call]:
    """A call whose answer got lost (status 0) was done all the same."""
    return [call for call in world.books.calls(api="compute", verb="reset") if call.status in (0, 200)]


def were_recreated(world: World, names: Iterable[str]) -> Check:
    """Exactly these machines, each once, by their groups' books and by the machines' own count."""
    return _by_their_groups(world, names, "recreateInstances", "recreated", lambda machine: machine.recreate_count)


def were_stopped_and_started(world: World, names: Collection[str]) -> Check:
    """Exactly these machines, each once, by their groups; and no group counts one as stopped in the end."""
    found = (
        _by_their_groups(world, names, "stopInstances", "stopped", lambda machine: machine.stop_count),
        _by_their_groups(world, names, "startInstances", "started", lambda machine: machine.start_count),
        empty("every group has its sizes back", world.inventory.stopped),
    )
    why = "; ".join(each.line for each in found if not each.holds)
    which = (
        f"exactly {', '.join(names)} stopped and started, once each" if names else "no machine was stopped or started"
    )
    return Check(says=f"{which}, and every group has its sizes back", holds=not why, why=why)


def _by_their_groups(world: World, names: Iterable[str], verb: str, did: str, count: Callable[[Machine], int]) -> Check:
    wanted = dict.fromkeys(names, 1)
    requests = {
        (str(url).rpartition("/")[2], call.body.get("requestId"))
        for call in world.books.calls(api="compute", verb=verb)
        if call.status in (0, 200)
        for url in call.body["instances"]
    }
    by_books = Counter(name for name, _ in requests)
    by_machines = {machine.name: count(machine) for machine in world.fleet if count(machine)}
    return Check(
        says=f"exactly {', '.join(wanted)} {did}, once each" if wanted else f"no machine was {did}",
        holds=by_books == wanted == by_machines,
        why=f"the groups say {dict(by_books)}, the machines say {by_machines}",
    )


def were_removed(world: World, names: Iterable[str]) -> Check:
    """Exactly these machines, by the autoscaler."""
    wanted, found = sorted(names), sorted(world.fleet.removed)
    says = f"the autoscaler removed exactly {', '.join(wanted)}" if wanted else "the autoscaler removed no machine"
    return Check(says=says, holds=wanted == found, why=", ".join(found))
