"""What holds a run before it takes a node, a row each."""

from sandbox.scenarios import obstacles
from sandbox.scenarios.refusal import End, Refusal

ROWS = (
    Refusal(
        name="change-freeze",
        shows="a change freeze: no node is taken until it is over",
        words=("change freeze, 2020-01-01",),
        settings={"REPULL_FREEZES": "2020-01-01..2099-12-31"},
        end=End.HELD,
    ),
    Refusal(
        name="paused-by-setting",
        shows="REPULL_PAUSE is on: no node of any cluster is taken",
        words=("paused by the setting REPULL_PAUSE",),
        settings={"REPULL_PAUSE": "on"},
        end=End.HELD,
    ),
    Refusal(
        name="cluster-paused",
        shows="the whole cluster is paused, as repull pause does: no node is taken until it is resumed",
        words=("the cluster is paused by ann: the launch is on",),
        inside=obstacles.cluster_paused,
        end=End.HELD,
    ),
    Refusal(
        name="breaker-percent",
        shows="of the pool as many nodes as the percentage allows were renewed within the hour: the breaker trips",
        words=("renewals within an hour in pool apps of", "and REPULL_BREAKER_PERCENT is 25"),
        inside=obstacles.others_renewed_of_late,
        settings={"REPULL_BREAKER_PERCENT": "25"},
        end=End.HELD,
    ),
    Refusal(
        name="spoilt-state",
        shows="somebody has spoilt the ConfigMap that remembers renewals: no node is taken until it can be read",
        words=("ConfigMap repull/state: data.renewals can't be read", "kubectl -n repull delete configmap state"),
        inside=obstacles.spoilt_state,
        end=End.HELD,
    ),
    Refusal(
        name="renewal-to-come",
        shows="a renewal is remembered that is yet to come, as of a wrong clock: no node is taken until that is mended",
        words=("which is yet to come, says data.renewals", "or forget all cooldowns"),
        inside=obstacles.renewal_to_come,
        end=End.HELD,
    ),
)
