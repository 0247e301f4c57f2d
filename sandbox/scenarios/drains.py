"""What a drain would hang on, would lose or would crowd, a row each."""

from sandbox.scenarios import budgets, obstacles, surroundings
from sandbox.scenarios.refusal import Refusal

ROWS = (
    Refusal(
        name="bare-pod",
        shows="a pod that no controller brings back, and nobody has consented to its loss",
        words=("pod prod-app/lone has no controller, so nothing would bring it back", "deleteBarePods"),
        inside=obstacles.bare_pod,
    ),
    Refusal(
        name="local-data",
        shows="a pod that keeps data in an emptyDir, and nobody has consented to its loss",
        words=("keeps data in emptyDir (cache)", "deleteLocalStorage"),
        inside=obstacles.local_data,
    ),
    Refusal(
        name="bare-pods-forbidden",
        shows="a pod that no controller brings back, where no message may consent to its loss",
        words=("pod prod-app/lone has no controller", "move it, or let REPULL_DELETE_BARE_PODS be ask"),
        inside=obstacles.bare_pod,
        settings={"REPULL_DELETE_BARE_PODS": "forbid"},
    ),
    Refusal(
        name="local-data-forbidden",
        shows="a pod that keeps data in an emptyDir, where no message may consent to its loss",
        words=("keeps data in emptyDir (cache)", "move it, or let REPULL_DELETE_LOCAL_STORAGE be ask"),
        inside=obstacles.local_data,
        settings={"REPULL_DELETE_LOCAL_STORAGE": "forbid"},
    ),
    Refusal(
        name="two-budgets",
        shows="two disruption budgets select one pod, which the Eviction API refuses to evict then",
        words=("pod prod-app/guarded-", "is selected by more than one PodDisruptionBudget (first, second)", "keep one"),
        inside=budgets.two,
    ),
    Refusal(
        name="budget-uncounted",
        shows="a disruption budget wants a share of a Job's pods, which nobody can count: it never allows the drain",
        words=("PodDisruptionBudget prod-app/half", "its pods can't be counted", "give minAvailable as a number"),
        inside=budgets.of_a_job,
    ),
    Refusal(
        name="budget-of-bare-pods",
        shows="a disruption budget wants a share of pods that no controller has: it never allows the drain",
        words=("PodDisruptionBudget prod-app/half", "it counts by controllers, and its pods have none"),
        inside=budgets.of_bare_pods,
        asked={"deleteBarePods": True},
    ),
    Refusal(
        name="volume-stays",
        shows="a DaemonSet's pod has a volume, which a drain leaves attached: the node would be drained in vain",
        words=(f"{obstacles.VOLUME} stays attached for pod prod-app/scratch-", "take the pod off the node first"),
        inside=obstacles.volume_stays,
    ),
    Refusal(
        name="no-room",
        shows="a pod that would find no room on the other nodes, where the setting says that this is a refusal",
        words=("no other node takes pod prod-app/giant-", "with too little cpu"),
        inside=surroundings.no_room,
        settings={"REPULL_ROOM": "refuse"},
    ),
    Refusal(
        name="crowded",
        shows="pods that find room elsewhere one by one, and not together, where the setting refuses that",
        words=("there is no room for pods", "prod-app/twins-", "together on other nodes (1 would take one)"),
        inside=surroundings.crowded,
        settings={"REPULL_ROOM": "refuse"},
    ),
    Refusal(
        name="last-node",
        shows="somebody has cordoned the other nodes of its pool, and another pool has room",
        words=("is the last Ready node of pool apps that takes pods", "REPULL_LAST_NODE"),
        inside=surroundings.others_cordoned,
    ),
    Refusal(
        name="left-cordoned",
        shows="a node that an earlier refresh had to leave cordoned takes the only place",
        words=("still cordoned after unproven renewals", "(by earlier)"),
        inside=surroundings.left_cordoned,
    ),
)
