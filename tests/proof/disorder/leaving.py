"""Breakages by which something is left, lost or opened too early that must be brought to its end."""

from tests.proof.disorder.breakage import NEXT, ONE, amid, breakage
from tests.proof.disorder.plans import Act, Delivery, Plan

LEAVING = (
    breakage(
        "others-cordon",
        "a node that a person has cordoned is opened",
        Plan(before=(Act("cordon"),)),
        ("ownership.py", "unschedulable=None if stays else False", "unschedulable=False"),
    ),
    breakage(
        "others-taints",
        "taints of others are taken off with ours",
        Plan(before=(Act("taint"),)),
        (
            "ownership.py",
            "taints=tuple(taint for taint in node.taints if taint.key != STALE))",
            "taints=())",
        ),
    ),
    breakage(
        "stale-taint-kept",
        "nobody takes the stale taint off at the end",
        Plan(stale=(0, 1), before=(Act("ail_for_good"), Act("ail_for_good", node=1))),
        (
            "phases/marks.py",
            "(ownership.STALE, ownership.untaint)",
            "(ownership.STALE, lambda _node, _refresh: None)",
        ),
        (
            "tidying.py",
            "(ownership.CORDONED_BY, ownership.STALE, ownership.REFRESH)",
            "(ownership.CORDONED_BY, ownership.REFRESH)",
        ),
    ),
    breakage(
        "probe-left",
        "the pod of a probe is left behind",
        Plan(),
        (
            "phases/probing.py",
            "            remove(pods, name, seconds=leaving_seconds, seen=created)\n",
            "            pass\n",
        ),
        ("phases/conclude.py", "        hold.cluster.pods.delete(probe, grace_seconds=0)\n", ""),
        ("sweep.py", "                cluster.pods.delete(probe, grace_seconds=0)\n", "                pass\n"),
    ),
    breakage(
        "orphaned-cordon",
        "the cordon of a refresh that was deleted stays",
        Plan(asked=ONE, steps=(Delivery(), amid("create pods/eviction", 1, Act("forget"), Act("die")))),
        (
            "tidying.py",
            "        return Fate.GIVEN_BACK  # of a refresh that was deleted\n",
            "        return Fate.STAYS\n",
        ),
    ),
    breakage(
        "nobody-wakes",
        "a message that was lost is lost",
        Plan(steps=(Delivery(), Act("lose"))),
        ("waking.py", "            ports.outbox.publish_step(message.json())\n", ""),
    ),
    breakage(
        "unproven-opened",
        "a node is opened though its renewal did not help",
        Plan(before=(Act("ail_for_good"),)),
        (
            "phases/verify.py",
            "escalate(hold, reason) if denied and may_escalate(hold) else unproven(hold, reason)",
            "escalate(hold, reason) if denied and may_escalate(hold) else Next(phase=Phase.UNCORDON)",
        ),
    ),
    breakage(
        "not-verified",
        "a node is opened as soon as it has booted",
        Plan(),
        (
            "phases/await_boot.py",
            "return Next(phase=Phase.VERIFY, deadline_seconds",
            "return Next(phase=Phase.UNCORDON, deadline_seconds",
        ),
    ),
    breakage(
        "stop-not-noted",
        "nobody knows of a machine that is off when its refresh is gone",
        Plan(
            asked=(*ONE, ("method", "StopStart")),
            steps=(Delivery(), amid("stopInstances of Google", 1, Act("die_after")), Act("forget")),
        ),
        ("phases/renew.py", "        hold.cluster.stops.note(stopping.noted(hold))\n", "        pass\n"),
    ),
    breakage(
        "bad-input-lost",
        "what can never succeed is not kept",
        Plan(steps=(Act("garbage"),)),
        ("door.py", "            outbox.dead_letter(data, attributes, str(error))\n", "            pass\n"),
    ),
    breakage(
        "replicas-kept",
        "an outage that was called off is not ended",
        Plan(
            asked=(*ONE, ("method", "ScaleWorkloads"), ("acceptOutage", True)),
            before=(Act("roll_out"),),
            steps=(Delivery(), amid("watch nodes", 1, Act("abort"), NEXT)),
        ),
        (
            "phases/roll_back.py",
            "    refused = outage.give_back(hold) if hold.slot.workloads else ()\n",
            "    refused: tuple[str, ...] = ()\n",
        ),
        ("sweep.py", "        lambda: _end_outages(cluster, ports),\n", ""),
    ),
)
