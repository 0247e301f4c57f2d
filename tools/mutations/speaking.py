"""What a workload promises of its pods' log."""

from tools.mutations.row import row

SPEAKING = ("tests/unit/test_speaking.py",)

ROWS = (
    row(
        "what a Deployment promises is nobody's promise",
        "phases/speaking.py",
        'workloads.deployment_of(namespace, owner.name) if owner.kind == "ReplicaSet" else owner',
        "owner",
        SPEAKING,
    ),
    row(
        "a renewed node is done before its pods speak",
        "phases/retry_pods.py",
        " or speaking.silent(hold, affected)",
        "",
        SPEAKING,
    ),
    row(
        "an outage is over before its pods speak",
        "phases/scale_up.py",
        " or speaking.silent(hold, pods)",
        "",
        SPEAKING,
    ),
)
