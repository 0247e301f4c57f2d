"""Is there room for a node's pods on other nodes? Pure; it speaks only where it is certain that there is none.

A scheduler could fail to place pods of which nothing is said here: how they fit together is a puzzle that nobody
solves exactly, and volumes, topology spread, host ports and preferences are not looked at. But where something is
said, no scheduler that follows the rules of kube-scheduler (1.34) could place all of them; a pod may take the room of
those of a lower priority, and what others of a higher priority would drive away helps nobody: it lacks room then.
More nodes only take sentences away, so whoever gathers them may stop as soon as none is left.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from functions.model.cluster import Node, Pod, Taint
from functions.model.placement import DEFAULT_SCHEDULER, PLACES, NodeTerm, Toleration

_CORDON = Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule")
_NAMED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Another node, and the pods on it."""

    node: Node
    pods: tuple[Pod, ...]


def lacking(pods: Iterable[Pod], places: tuple[Place, ...]) -> tuple[str, ...]:
    """Why these pods can't all be put on these nodes; () where they can, or nobody can tell."""
    judged = tuple(pod for pod in pods if pod.needs.scheduler == DEFAULT_SCHEDULER)
    ground = _Ground(places)
    against = {pod.uid: tuple(ground.against(pod, index) for index in range(len(places))) for pod in judged}
    homeless = tuple(pod for pod in judged if all(against[pod.uid]))
    housed = tuple(pod for pod in judged if not all(against[pod.uid]))
    fits = {pod.uid: frozenset(index for index, why in enumerate(against[pod.uid]) if not why) for pod in housed}
    return (*_homeless(homeless, against), *_crowded(housed, fits, ground))


def may_go(pod: Pod, node: Node) -> bool:
    """Whether the node would be considered for the pod, whatever room it has."""
    return not _unsuited(pod, node)


class _Ground:
    """The places by their numbers, and what is free there, worked out once for each priority."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        self._places = places
        self._known: dict[tuple[int, int | None], dict[str, int]] = {}

    def against(self, pod: Pod, index: int) -> str:
        """Why the pod can't be put there even alone, by the first of the scheduler's filters; "" where it can."""
        place = self._places[index]
        if why := _unsuited(pod, place.node):
            return why
        if _too_near(pod, place):
            return "with a pod that it must be apart from"
        free = self.free((pod,), index)
        short = next((resource for resource, wanted in _wanted(pod).items() if wanted > free.get(resource, 0)), "")
        if short == PLACES:
            return "with too many pods"
        return f"with too little {short}" if short else ""

    def free(self, pods: tuple[Pod, ...], index: int) -> dict[str, int]:
        """What these pods could get there at the best: a scheduler may evict pods of a lower priority for them."""
        first = max((pod.needs.priority for pod in pods if pod.needs.preempts), default=None)
        if (index, first) not in self._known:
            place = self._places[index]
            free = Counter(place.node.allocatable)
            for other in place.pods:
                if _stays(other, first):
                    free.subtract(_wanted(other))
            self._known[index, first] = {resource: max(left, 0) for resource, left in free.items()}
        return self._known[index, first]


def _homeless(pods: tuple[Pod, ...], against: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Pods that no node takes even alone, those that have the same reasons together."""
    together: dict[str, list[Pod]] = {}
    for pod in pods:
        together.setdefault(_counted(against[pod.uid]), []).append(pod)
    for why, group in together.items():
        yield f"no other node takes {_named(group)}: {why}"


def _crowded(pods: tuple[Pod, ...], fits: dict[str, frozenset[int]], ground: _Ground) -> Iterator[str]:
    """Pods that fit one by one, and not together: of every set of nodes, those that have nowhere else to go."""
    said: list[frozenset[str]] = []
    sets = set(fits.values())
    for among in sorted({*sets, frozenset().union(*sets)}, key=lambda found: (len(found), sorted(found))):
        group = tuple(pod for pod in pods if fits[pod.uid] <= among)
        why = _too_much(group, [ground.free(group, index) for index in sorted(among)])
        names = frozenset(pod.uid for pod in group)
        if why and not any(names >= smaller for smaller in said):  # else it may follow from what was said
            said.append(names)
            yield f"there is no room for {_named(group)} together on other nodes ({len(among)} would take one): {why}"


def _too_much(pods: tuple[Pod, ...], free: list[dict[str, int]]) -> str:
    wanted = [_wanted(pod) for pod in pods]
    resources = sorted({resource for each in wanted for resource, value in each.items() if value})
    for resource in (each for each in resources if each != PLACES):
        asked, there = (sum(each.get(resource, 0) for each in found) for found in (wanted, free))
        if asked > there:
            return f"they ask for {_shown(resource, asked)} of {_shown(resource, there)} that is free"
    most = sum(min((_most(wanted, each, resource) for resource in resources), default=0) for each in free)
    return f"there is room for {most} of {len(pods)}" if most < len(pods) else ""


def _most(wanted: list[dict[str, int]], free: dict[str, int], resource: str) -> int:
    """No more of them go in there than of the smallest."""
    filled = accumulate(sorted(each.get(resource, 0) for each in wanted))
    return sum(total <= free.get(resource, 0) for total in filled)


def _unsuited(pod: Pod, node: Node) -> str:
    needs = pod.needs
    lasting = (each for each in node.taints if each != _CORDON)  # a controller takes that off once there is no cordon
    taints = (*lasting, *((_CORDON,) if node.unschedulable else ()))
    closed = next((each for each in taints if each.keeps_off and not _tolerated(each, needs.tolerations)), None)
    if closed:
        return "cordoned" if closed == _CORDON else f"with the taint {closed.key}"
    if any(node.labels.get(key) != value for key, value in needs.selector.items()):
        return "that its nodeSelector excludes"
    if needs.terms is not None and not any(_suits(term, node) for term in needs.terms):
        return "that its node affinity excludes"
    return ""


def _tolerated(taint: Taint, tolerations: Iterable[Toleration]) -> bool:
    return any(
        each.effect in ("", taint.effect)
        and each.key in ("", taint.key)
        and (each.operator != "Equal" or each.value == taint.value)
        for each in tolerations
    )


def _suits(term: NodeTerm, node: Node) -> bool:
    named = {"metadata.name": node.name}
    rows = (*(row.matches(node.labels) for row in term.labels), *(row.matches(named) for row in term.name))
    return bool(rows) and all(rows)


def _too_near(pod: Pod, place: Place) -> bool:
    """Only what runs on this very node is looked at; a whole zone would have to be known."""
    first = pod.needs.priority if pod.needs.preempts else None
    stays = tuple(other for other in place.pods if _stays(other, first) and other.namespace == pod.namespace)
    return any(
        apart.topology in place.node.labels
        and any(all(row.matches(other.labels) for row in apart.selector) for other in stays)
        for apart in pod.needs.apart
    )


def _stays(other: Pod, first: int | None) -> bool:
    """Whether it keeps its place before a pod of this priority; None is of a pod that never preempts."""
    gives_way = first is not None and other.needs.priority < first
    return other.living and not gives_way


def _wanted(pod: Pod) -> dict[str, int]:
    return {**pod.needs.requests, PLACES: 1}


def _counted(reasons: Iterable[str]) -> str:
    found = Counter(reasons)
    return ", ".join(f"{number} {why}" for why, number in sorted(found.items())) or "there are none"


def _named(pods: Iterable[Pod]) -> str:
    names = [pod.key for pod in pods]
    more = f" (+ {len(names) - _NAMED})" if len(names) > _NAMED else ""
    return f"{'pod' if len(names) == 1 else 'pods'} {', '.join(names[:_NAMED])}{more}"


def _shown(resource: str, value: int) -> str:
    if resource == "cpu":
        return f"{value / 1000:g} cpu"
    if resource in ("memory", "ephemeral-storage"):
        return f"{value / 2**20:.0f}Mi {resource}"
    return f"{value} {resource}"
