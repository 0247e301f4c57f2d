"""What the other nodes are, and whether they have room for the pods."""

from tools.mutations.row import row

ROOM = ("tests/unit/test_room.py",)
LAST = ("tests/proof/test_guards.py::test_what_is_in_the_way_is_named_and_nothing_is_touched[last-node]",)
NEIGHBOURS = ("tests/unit/test_neighbours.py",)

ROWS = (
    row(
        "a zone of a large pool that is down is not seen",
        "phases/neighbours.py",
        "sorted(zones) if len(zones) > 1 else",
        "",
        NEIGHBOURS,
    ),
    row(
        "the last one of a pool goes while other pools have room",
        "phases/neighbours.py",
        "nodes.of_pool(pool, zone=zone, limit=limit) for zone in parts",
        "nodes.of_pool(each.name, zone=zone, limit=limit) for each in self._hold.gke.pools for zone in parts",
        LAST,
    ),
    row("pods of any priority give way", "room.py", "other.needs.priority < first", "True", ROOM),
    row("more is free than there is", "room.py", "        if asked > there:\n", "        if False:\n", ROOM),
    row(
        "half of what is free is none",
        "room.py",
        "        if asked > there:\n",
        "        if asked * 2 > there:\n",
        ROOM,
    ),
    row(
        "the largest pods go in first",
        "room.py",
        "for each in wanted))\n    return",
        "for each in wanted)[::-1])\n    return",
        ROOM,
    ),
    row("taints keep nobody off", "room.py", "    if closed:\n", "    if False:\n", ROOM),
    row(
        "nodes in slots count as down by themselves, and as ready",
        "phases/neighbours.py",
        "for each in found if each.name not in self._away)",
        "for each in found)",
        NEIGHBOURS,
    ),
    row(
        "nodes that boot count as down by themselves",
        "phases/neighbours.py",
        "each.name != node.name and each.created < made)",
        "each.name != node.name)",
        NEIGHBOURS,
    ),
    row(
        "nobody is down",
        "phases/neighbours.py",
        "for each in found if not each.ready and each.name",
        "for each in found if False and each.name",
        NEIGHBOURS,
    ),
    row(
        "the node is one of its own neighbours",
        "phases/neighbours.py",
        "for each in found if each.name != node.name)",
        "for each in found)",
        NEIGHBOURS,
    ),
    row(
        "cordoned nodes take pods",
        "phases/neighbours.py",
        "return other.ready and not other.unschedulable and",
        "return other.ready and",
        NEIGHBOURS,
    ),
    row(
        "nodes that a taint closes take pods",
        "phases/neighbours.py",
        " and not closed - set(node.taints)",
        "",
        NEIGHBOURS,
    ),
    row(
        "nodes that are stale are none",
        "phases/neighbours.py",
        " and taint.key != ownership.STALE",
        "",
        NEIGHBOURS,
    ),
    row(
        "nodes in slots have room",
        "phases/neighbours.py",
        "        away = {node.name} | self._away\n",
        "        away = {node.name}\n",
        NEIGHBOURS,
    ),
    row(
        "probes take room",
        "phases/neighbours.py",
        "for pod in pods if not probe.is_ours(pod)",
        "for pod in pods",
        NEIGHBOURS,
    ),
    row(
        "a lack of room is certain where nobody can tell",
        "phases/neighbours.py",
        "            if len(found) < limit:\n",
        "            if most is MOST or len(found) < limit:\n",
        NEIGHBOURS,
    ),
    row(
        "pods that nothing brings back need room",
        "phases/neighbours.py",
        "for pod in moved if pod.owner and not",
        "for pod in moved if not",
        NEIGHBOURS,
    ),
)
