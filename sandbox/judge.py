"""The judge: what became of the world, by the cluster's objects, the simulators' books and the machines' history."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox import deployment
from sandbox.absences import absences
from sandbox.books import REVIEWS, WRITES, Call
from sandbox.machines.machine import Machine
from sandbox.objects.conditions import is_true
from sandbox.objects.kinds import Object, key_of, name_of
from sandbox.objects.pods import is_active, is_ready
from sandbox.world import World

_FUNCTIONS = (deployment.DIAGNOSE, deployment.REFRESH)
_CHANGE_NOTHING = frozenset({"events", REVIEWS})
_RENEWS = frozenset({"reset", "recreateInstances", "stopInstances", "startInstances"})
_OURS = "repull.dev/"
_PROMISE = "repull.dev/ready-log"  # its team's own
_MARKS = (
    "cluster-autoscaler.kubernetes.io/scale-down-disabled",
    "node.kubernetes.io/exclude-from-external-load-balancers",
)
"""What the product puts on a cordoned node besides its own keys."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One sentence about the world, and whether it is true; `why` says what was found instead."""

    says: str
    holds: bool
    why: str = ""

    @property
    def line(self) -> str:
        return f"{'✅' if self.holds else '❌'} {self.says}{f': {self.why}' if self.why and not self.holds else ''}"


def every_pod_is_ready(world: World, namespace: str) -> Check:
    pods = [pod for pod in world.view.list("pods", namespace) if is_active(pod)]
    waiting = [key_of(pod) for pod in pods if not is_ready(pod)]
    return _empty(f"every pod of {namespace} is READY ({len(pods)})", waiting) if pods else _fails("there are pods", "")


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


def no_node_is_cordoned(world: World) -> Check:
    """Now, whatever was before."""
    cordoned = [name_of(node) for node in world.view.list("nodes") if node["spec"].get("unschedulable")]
    return _empty("no node is cordoned at this moment", cordoned)


def _resets(world: World) -> list[Call]:
    """A call whose answer got lost (status 0) was done all the same."""
    return [call for call in world.books.calls(api="compute", verb="reset") if call.status in (0, 200)]


def were_recreated(world: World, names: Iterable[str]) -> Check:
    """Exactly these machines, each once, by their groups' books and by the machines' own count."""
    return _by_their_groups(world, names, "recreateInstances", "recreated", lambda machine: machine.recreate_count)


def were_stopped_and_started(world: World, names: Iterable[str]) -> Check:
    """Exactly these machines, each once, by their groups; and no group counts one as stopped in the end."""
    found = (
        _by_their_groups(world, names, "stopInstances", "stopped", lambda machine: machine.stop_count),
        _by_their_groups(world, names, "startInstances", "started", lambda machine: machine.start_count),
        _empty("every group has its sizes back", world.inventory.stopped),
    )
    why = "; ".join(each.line for each in found if not each.holds)
    says = f"exactly {', '.join(names)} stopped and started, once each, and every group has its sizes back"
    return Check(says=says, holds=not why, why=why)


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


def have_replicas(world: World, namespace: str, number: int) -> Check:
    """Every Deployment there, whatever it had in between."""
    found = {name_of(each): each["spec"]["replicas"] for each in world.view.list("deployments", namespace)}
    says = f"every Deployment of {namespace} has its {number} replicas"
    return Check(says=says, holds=set(found.values()) == {number}, why=str(found))


def scaled_to_zero(world: World) -> list[str]:
    """The Deployments that the product has scaled to zero, each as often as it did."""
    calls = world.books.calls(api="kubernetes", verb="patch", resource="deployments", user=deployment.REFRESH)
    return [call.name for call in calls if call.status < 300 and call.body.get("spec") == {"replicas": 0}]


def one_at_a_time(world: World) -> Check:
    return at_most(world, 1)


def at_most(world: World, limit: int) -> Check:
    """Never more nodes out of service at once than that."""
    found = absences(world)
    crowds = [{other.node for other in found if other.since <= each.since < other.until} for each in found]
    largest = max(crowds, key=len, default=set())
    says = "one node out of service at a time" if limit == 1 else f"at most {limit} nodes out of service at once"
    return Check(says=says, holds=len(largest) <= limit, why=f"at once: {', '.join(sorted(largest))}")


def nothing_is_left(world: World, *, cordoned: Iterable[str] = (), ours: Iterable[str] = ()) -> Check:
    """No cordon (but of `cordoned`), taint or mark (but on `ours`), probe or lock of the product's is left."""
    kept = frozenset(ours)
    left = []
    for node in world.view.list("nodes"):
        name = name_of(node)
        if node["spec"].get("unschedulable") and name not in {*cordoned, *kept}:
            left.append(f"{name} is cordoned")
        if name not in kept:
            left += [f"{name} still has {mark}" for mark in _marks(node)]
    left += [f"node {name} is not cordoned" for name in (*cordoned, *kept) if not _is_cordoned(world, name)]
    left += [f"pod {key_of(pod)} is still there" for pod in world.view.list("pods", "repull")]
    left += [f"lease {key_of(lease)} is held" for lease in world.view.list("leases", "repull") if _is_held(lease)]
    left += [
        f"Deployment {key_of(each)} still has {mark}"
        for each in world.view.list("deployments")
        for mark in _marks(each)
    ]
    exceptions = f" (but for the cordon of {', '.join((*cordoned, *kept))})" if (*cordoned, *kept) else ""
    return _empty(f"nothing is left cordoned, tainted, marked, probed or locked{exceptions}", left)


def _marks(found: Object) -> Iterable[str]:
    """Of a node, or of a Deployment that is scaled."""
    metadata = found["metadata"]
    for key in (*(metadata.get("labels") or {}), *(metadata.get("annotations") or {})):
        if (key.startswith(_OURS) and key != _PROMISE) or key in _MARKS:
            yield key
    for taint in found["spec"].get("taints") or ():
        if taint["key"].startswith(_OURS):
            yield f"taint {taint['key']}"


def _is_cordoned(world: World, name: str) -> bool:
    return any(name_of(node) == name and node["spec"].get("unschedulable") for node in world.view.list("nodes"))


def _is_held(lease: Object) -> bool:
    return bool(lease["spec"].get("holderIdentity"))


def nothing_was_touched(world: World) -> Check:
    """The functions' accounts wrote nothing to the cluster and to Compute, but for what they said in Events."""
    wrote = [f"{call.verb} {call.resource} {call.name}" for call in writes(world)]
    return _empty("the functions changed nothing, in the cluster or in Compute", wrote)


def no_node_was_cordoned(world: World, *, but: Iterable[str] = ()) -> Check:
    """Nor was any out of service otherwise."""
    chosen = frozenset(but)
    says = f"no node but {', '.join(chosen)} was cordoned" if chosen else "no node was cordoned"
    return _empty(says, [each.node for each in absences(world) if each.node not in chosen])


def nothing_was_evicted(world: World) -> Check:
    calls = world.books.calls(api="kubernetes", verb="create", resource="pods/eviction", user=deployment.REFRESH)
    return _empty("no pod was evicted", [f"{call.namespace}/{call.name}" for call in calls if call.status < 300])


def logs_were_read(world: World, nodes: Iterable[str]) -> Check:
    """The product has looked into the log of a pod on each of these, as their workloads' promises ask for."""
    calls = world.books.calls(api="kubernetes", verb="get", resource="pods/log", user=deployment.REFRESH)
    heard = {(call.namespace, call.name) for call in calls if call.status == 200}
    on_nodes = {
        pod["spec"].get("nodeName", "")
        for pod in world.view.list("pods")
        if (pod["metadata"]["namespace"], name_of(pod)) in heard
    }
    says = "on every renewed node a pod's log was read for the line that its workload promises"
    return _empty(says, [f"none on {name}" for name in nodes if name not in on_nodes])


def writes(world: World) -> list[Call]:
    """Every changing call of the functions' accounts, refused or not. An Event says something, a review asks."""
    return [
        call
        for call in world.books
        if call.user in _FUNCTIONS
        and call.resource not in _CHANGE_NOTHING
        and ((call.api == "kubernetes" and call.verb in WRITES) or (call.api == "compute" and call.verb in _RENEWS))
    ]


def refresh_ended(world: World, phase: str, condition: str, *, naming: Iterable[str] = ()) -> Check:
    """There was one NodeRefresh; it ended so, with exactly that condition True, and its message names these."""
    found = world.view.list("noderefreshes")
    what = f"one NodeRefresh, ended {phase}{', naming ' + ' and '.join(naming) if naming else ''}"
    if len(found) != 1:
        return _fails(what, f"there are {len(found)}")
    status = found[0].get("status") or {}
    true = [kind for kind in ("Complete", "Failed", "Aborted") if is_true(found[0], kind)]
    message = " ".join((str(status.get("message", "")), *map(str, status.get("notes") or ())))
    good = status.get("phase") == phase and true == [condition] and all(word in message for word in naming)
    return Check(says=what, holds=good, why=f"{status.get('phase')}, {', '.join(true)}: {message}")


def is_held(world: World, *words: str) -> Check:
    """The one NodeRefresh is not over, and its message says that it is held, with these words."""
    found = [each.get("status") or {} for each in world.view.list("noderefreshes")]
    messages = [str(status.get("message", "")) for status in found if status.get("held") and not status.get("endedAt")]
    holds = len(found) == 1 and len(messages) == 1 and all(word in messages[0] for word in words)
    return Check(says=f"the NodeRefresh is held, naming {' and '.join(words)}", holds=holds, why=str(found))


def not_before(world: World, moment: datetime) -> Check:
    """The one NodeRefresh says that it is held until then at least."""
    found = [(each.get("status") or {}).get("notBefore", "") for each in world.view.list("noderefreshes")]
    holds = len(found) == 1 and bool(found[0]) and datetime.fromisoformat(found[0]) >= moment
    return Check(says=f"the NodeRefresh waits until {moment:%Y-%m-%d} at least", holds=holds, why=str(found))


def counted(world: World, **numbers: int) -> Check:
    """The one NodeRefresh counts these, and every node of its total once."""
    found = world.view.list("noderefreshes")
    status = (found[0].get("status") or {}) if len(found) == 1 else {}
    counts = {key: status.get(key, 0) for key in ("fresh", "renewed", "failed", "passedOver", "refused")}
    says = (
        f"the NodeRefresh counts {', '.join(f'{number} {key}' for key, number in numbers.items())}, and each node once"
    )
    holds = all(counts[key] == number for key, number in numbers.items()) and sum(counts.values()) == status.get(
        "total"
    )
    return Check(says=says, holds=holds, why=f"{counts} of {status.get('total')}")


def no_refresh(world: World) -> Check:
    return _empty("no NodeRefresh was opened", [name_of(each) for each in world.view.list("noderefreshes")])


def no_dead_letter(world: World) -> Check:
    found = [f"{each.attributes.get('reason')}" for each in world.tap.messages if each.topic.endswith("-dead-letters")]
    return _empty("no message ended in the dead letters", found)


def advised(verdict: Mapping[str, Any], *words: str) -> Check:
    """The diagnosis came, and its advice has these words."""
    advice = str(verdict.get("advice", "there was no such verdict"))
    missing = [word for word in words if word not in advice]
    return Check(says=f"the advice names {' and '.join(words)}", holds=not missing, why=advice)


def _empty(says: str, found: Iterable[str]) -> Check:
    listed = list(found)
    return Check(says=says, holds=not listed, why="; ".join(listed))


def _fails(says: str, why: str) -> Check:
    return Check(says=says, holds=False, why=why)
