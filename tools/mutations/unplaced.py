"""Pods that found no other place than the node that was renewed."""

from tools.mutations.row import row

UNPLACED = ("tests/unit/test_unplaced.py",)
RETRIES = ("tests/unit/test_retry_pods.py",)

ROWS = (
    row(
        "a cluster is searched as often as a node's pods change",
        "phases/retry_pods.py",
        "            hold.ports.clock.pause(min(PAUSE, hold.seconds_left(hold.slot.deadline)))",
        "            pass",
        UNPLACED,
    ),
    row(
        "a pod whose image is nowhere is a failed renewal",
        "phases/retry_pods.py",
        "pulls.fails_by_its_node(",
        "pulls.fails(",
        UNPLACED,
    ),
    row(
        "a renewed node is done before those come that found no other place",
        "phases/retry_pods.py",
        "coming = unplaced.coming(hold, present)",
        "coming = ()",
        UNPLACED,
    ),
    row(
        "a renewed node is done before those are READY that are put there between two lists",
        "phases/retry_pods.py",
        "            missing = _missing(hold, hold.cluster.pods.on_node(node), listener)\n",
        "",
        UNPLACED,
    ),
    row(
        "a renewed node waits for pods that no scheduler places until its deadline",
        "phases/unplaced.py",
        "left = max(0.0, settings.ready_seconds - PLACED_WITHIN)",
        "left = 0.0 * settings.ready_seconds",
        UNPLACED,
    ),
    row(
        "a renewed node waits for pods that had no place before",
        "phases/unplaced.py",
        " if pods.came_since_the_cordon(hold, pod)",
        "",
        UNPLACED,
    ),
    row(
        "a renewed node waits for pods that it has no room for",
        "phases/unplaced.py",
        "if not room.lacking((pod,), (place,))",
        "if place",
        UNPLACED,
    ),
    row(
        "what may not be deleted is asked for at every look",
        "phases/pods.py",
        "            if self._not_before.get(pod.uid, hold.now()) > hold.now():\n                continue\n",
        "",
        RETRIES,
    ),
    row(
        "a renewed node waits for pods that live on another repository",
        "phases/pods.py",
        "if repository is None or pulls.uses(pod, repository)",
        "if repository is None or pod",
        UNPLACED,
    ),
)
