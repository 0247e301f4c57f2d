"""Breakages by which a node is taken, or renewed, that must be left alone."""

from tests.proof.disorder.breakage import NEXT, ONE, THREE, amid, breakage
from tests.proof.disorder.plans import NODES, Act, Delivery, Plan

_STOPPING = 'note=f"node {slot.node}: not renewed: {hold.status.stopping}")\n'
_OPENED = """        for index in slots.openable(status):
            status = slots.put(status, Slot(index=index))
"""

TAKING = (
    breakage(
        "one-place-more",
        "a further slot is opened than maxUnavailable allows",
        THREE,
        ("slots.py", "for index in range(status.places) if", "for index in range(status.places + 1) if"),
    ),
    breakage(
        "no-canary",
        "slots are opened before the first node is verified",
        Plan(
            stale=(0, 1, 2),
            asked=(("maxUnavailable", "2"),),
            steps=(Delivery(), amid("create pods/eviction", 1, Act("sweep"), NEXT, NEXT)),
        ),
        ("slots.py", "    if not status.canary_verified or status.stopping", "    if status.stopping"),
        (
            "refresh.py",
            "        if slot.phase is Phase.CHOOSE and not choose",
            f"{_OPENED}        if slot.phase is Phase.CHOOSE and not choose",
        ),
    ),
    breakage(
        "in-vain-passed-over",
        "a node whose reset was in vain is passed over once somebody makes it anew, and the next one is taken",
        Plan(
            stale=(0, 1, 2),
            settings=(("REPULL_ESCALATE", "on"),),
            before=tuple(Act("ail_for_good", node) for node in (0, 1, 2)),
            steps=(Delivery(), amid("list volumeattachments", 3, Act("delete_node", 0))),
        ),
        ("phases/vanished.py", "    if slot.escalated:\n", "    if False:\n"),
    ),
    breakage(
        "no-fencing",
        "an invocation that was frozen goes on after another took over",
        Plan(
            asked=ONE,
            steps=(
                Delivery(),
                Delivery(
                    again=True,
                    amid=(
                        *(("patch nodes", 2, each) for each in (Act("freeze"), NEXT, NEXT)),
                        ("patch nodes", 3, Act("die_after")),
                    ),
                ),
            ),
        ),
        ("hold.py", "        expires = self.slot.holder_expires\n        if self", "        return\n        if self"),
        ("hold.py", "        if self.slot.holder != self.holder:\n", "        if False:\n"),
    ),
    breakage(
        "another-request",
        "a call that is repeated is another request",
        Plan(
            asked=ONE,
            before=(Act("boot_slowly", number=7),),
            steps=(Delivery(), amid("reset of Google", 1, Act("die_after"))),
        ),
        (
            "phases/renew.py",
            'return str(uuid5(NAMESPACE, "/".join(filter(None, (refresh_uid, instance_id, str(attempt), call)))))',
            "return str(__import__('uuid').uuid4())",
        ),
    ),
    breakage(
        "no-cooldown",
        "a machine is renewed again as soon as somebody asks",
        Plan(asked=ONE, steps=(*(4 * (Delivery(),)), Act("go_stale"), Act("start", number=1))),
        (
            "guards.py",
            '    return tuple(f"node {facts.node.name}: {reason}" for reason in reasons if reason)\n',
            "    return ()\n",
        ),
    ),
    breakage(
        "no-recheck",
        "nothing is looked at again right before the renewal",
        Plan(steps=(Delivery(), amid("list volumeattachments", 1, Act("uncordon")))),
        (
            "phases/renew.py",
            "        return last_look(hold) or _write_down(hold, way) or _taken_back(hold)\n",
            "        return _write_down(hold, way)\n",
        ),
        ("phases/recheck.py", "        if result := look(hold):\n", "        if result := None:\n"),
        (
            "phases/renew.py",
            "    if node is not None and ownership.ours(node, hold.name) and node.unschedulable:\n",
            "    if True:\n",
        ),
    ),
    breakage(
        "cordon-after-abort",
        "further nodes are taken after a failure or an abort",
        Plan(steps=(Delivery(), amid("create pods", 1, Act("abort"), NEXT))),
        ("phases/choose.py", "        if hold.status.stopping:\n", "        if False:\n"),
        (
            "phases/preflight.py",
            f"    if hold.status.stopping:\n        return Done(outcome=Outcome.REFUSED, {_STOPPING}",
            "",
        ),
        ("refresh.py", "bool(status.stopping or others)", "bool(others)"),
        (
            "phases/cordon.py",
            f"    if hold.status.stopping:\n        return Done(outcome=Outcome.REFUSED, {_STOPPING}",
            "",
        ),
    ),
    breakage(
        "observing-writes",
        "observe mode goes on with what is under way",
        Plan(steps=(Delivery(), Act("deploy", number=3), Delivery())),
        ("operations.py", "    if settings.mode is Mode.OBSERVE and not isinstance(step, Start):\n", "    if False:\n"),
    ),
    breakage(
        "bare-pods-lost",
        "pods that nothing brings back are evicted without consent",
        Plan(before=(Act("bare_pod", number=1),)),
        (
            "evictions.py",
            "    if pod.owner is not None or pod.finished or facts.consents.bare_pods:\n",
            "    if True:\n",
        ),
    ),
    breakage(
        "excluded-taken",
        "a node is taken that a person has excluded",
        Plan(before=(Act("label", number=1),)),
        ("ownership.py", "    return EXCLUDE in node.labels\n", "    return False\n"),
    ),
    breakage(
        "pause-ignored",
        "further nodes are taken while a person has paused it",
        Plan(steps=(Delivery(), Act("pause", number=1), Delivery())),
        (
            "holding.py",
            "(cant_be_read, paused, breaker_is_open,",
            "(cant_be_read, breaker_is_open,",
        ),
    ),
    breakage(
        "freeze-ignored",
        "further nodes are taken in a change freeze",
        Plan(steps=(Delivery(), Act("deploy", number=2), Delivery())),
        ("holding.py", "breaker_is_open, frozen, outside_the_windows,", "breaker_is_open, outside_the_windows,"),
    ),
    breakage(
        "window-ignored",
        "further nodes are taken outside the maintenance windows",
        Plan(steps=(Delivery(), Act("deploy", number=4), Delivery())),
        ("holding.py", "breaker_is_open, frozen, outside_the_windows,", "breaker_is_open, frozen,"),
    ),
    breakage(
        "forged-node",
        "a Node is believed whose machine it is",
        Plan(before=(Act("forge"),)),
        ("guards.py", "    if ref.name != node.name:\n", "    if False:\n"),
    ),
    breakage(
        "forged-afterwards",
        "a Node is believed whose machine it is, once that machine's own node was given back",
        Plan(
            asked=(("nodes", ",".join(NODES[:2])), ("maxUnavailable", "2")),
            steps=(
                Delivery(),
                amid("create pods/eviction", 1, Act("abort"), NEXT),
                *(4 * (Delivery(),)),
                Act("heal"),
                Act("go_stale", node=1),
                Act("forge", node=1, number=2),
                Act("start", number=1),
                Delivery(),
                amid("reset of Google", 1, Act("reboot", node=1)),  # so that all seems to go well
            ),
        ),
        ("guards.py", "    if ref.name != node.name:\n", "    if False:\n"),
    ),
    breakage(
        "breaker-ignored",
        "further nodes are taken while the circuit breaker is open",
        Plan(stale=(0, 1, 2), settings=(("REPULL_BREAKER_RENEWALS", "1"),), steps=6 * (Delivery(),)),
        ("holding.py", "paused, breaker_is_open, frozen", "paused, frozen"),
        ("phases/brakes.py", "    return look(hold)\n", "    return None\n"),
        (
            "phases/brakes.py",
            "return held(hold, brakes) is not None or bool(_trips(hold, status, brakes))",
            "return held(hold, brakes) is not None",
        ),
    ),
)
