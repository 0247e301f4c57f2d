"""Deliberate breakages of what must always hold, each with a plan that must find it: `teeth` makes and tries them."""

from dataclasses import dataclass

from tests.proof.disorder.plans import NODES, Act, Delivery, Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """`before` stands in the file of functions/ exactly once."""

    file: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Breakage:
    name: str
    says: str
    edits: tuple[Edit, ...]
    plan: Plan


def _breakage(name: str, says: str, plan: Plan, *edits: tuple[str, str, str]) -> Breakage:
    made = tuple(Edit(file=f"functions/{file}", before=before, after=after) for file, before, after in edits)
    return Breakage(name=name, says=says, edits=made, plan=plan)


def _amid(kind: str, nth: int, *acts: Act, again: bool = False) -> Delivery:
    """A delivery in which these things happen before the n-th call of a kind."""
    return Delivery(again=again, amid=tuple((kind, nth, act) for act in acts))


_NEXT = Act("meanwhile")
_THREE = Plan(stale=(0, 1, 2))
_ONE = (("nodes", NODES[0]),)


_STOPPING = 'note=f"node {slot.node}: not renewed: {hold.status.stopping}")\n'
_OPENED = """        for index in slots.openable(status):
            status = slots.put(status, Slot(index=index))
"""

BREAKAGES = (
    _breakage(
        "one-place-more",
        "a further slot is opened than maxUnavailable allows",
        _THREE,
        ("slots.py", "for index in range(status.places) if", "for index in range(status.places + 1) if"),
    ),
    _breakage(
        "no-canary",
        "slots are opened before the first node is verified",
        Plan(
            stale=(0, 1, 2),
            asked=(("maxUnavailable", "2"),),
            steps=(Delivery(), _amid("create pods/eviction", 1, Act("sweep"), _NEXT, _NEXT)),
        ),
        ("slots.py", "    if not status.canary_verified or status.stopping", "    if status.stopping"),
        (
            "refresh.py",
            "        if slot.phase is Phase.CHOOSE and not choose",
            f"{_OPENED}        if slot.phase is Phase.CHOOSE and not choose",
        ),
    ),
    _breakage(
        "no-fencing",
        "an invocation that was frozen goes on after another took over",
        Plan(
            asked=_ONE,
            steps=(
                Delivery(),
                Delivery(
                    again=True,
                    amid=(
                        *(("patch nodes", 2, each) for each in (Act("freeze"), _NEXT, _NEXT)),
                        ("patch nodes", 3, Act("die_after")),
                    ),
                ),
            ),
        ),
        ("hold.py", "        expires = self.slot.holder_expires\n        if self", "        return\n        if self"),
        ("hold.py", "        if self.slot.holder != self.holder:\n", "        if False:\n"),
    ),
    _breakage(
        "another-request",
        "a call that is repeated is another request",
        Plan(
            asked=_ONE,
            before=(Act("boot_slowly", number=7),),
            steps=(Delivery(), _amid("reset of Google", 1, Act("die_after"))),
        ),
        (
            "phases/renew.py",
            'return str(uuid5(NAMESPACE, "/".join(filter(None, (refresh_uid, instance_id, str(attempt), call)))))',
            "return str(__import__('uuid').uuid4())",
        ),
    ),
    _breakage(
        "no-cooldown",
        "a machine is renewed again as soon as somebody asks",
        Plan(asked=_ONE, steps=(*(4 * (Delivery(),)), Act("go_stale"), Act("start", number=1))),
        (
            "guards.py",
            '    return tuple(f"node {facts.node.name}: {reason}" for reason in reasons if reason)\n',
            "    return ()\n",
        ),
    ),
    _breakage(
        "no-recheck",
        "nothing is looked at again right before the renewal",
        Plan(steps=(Delivery(), _amid("list volumeattachments", 1, Act("uncordon")))),
        (
            "phases/renew.py",
            "        return recheck.look(hold) or _write_down(hold, way)\n",
            "        return _write_down(hold, way)\n",
        ),
        ("phases/recheck.py", "        if result := look(hold, patient=True):\n", "        if result := None:\n"),
    ),
    _breakage(
        "others-cordon",
        "a node that a person has cordoned is opened",
        Plan(before=(Act("cordon"),)),
        ("ownership.py", "unschedulable=None if stays else False", "unschedulable=False"),
    ),
    _breakage(
        "others-taints",
        "taints of others are taken off with ours",
        Plan(before=(Act("taint"),)),
        (
            "ownership.py",
            "taints=tuple(taint for taint in node.taints if taint.key != STALE))",
            "taints=())",
        ),
    ),
    _breakage(
        "stale-taint-kept",
        "nobody takes the stale taint off at the end",
        Plan(stale=(0, 1), before=(Act("ail_for_good"), Act("ail_for_good", node=1))),
        (
            "phases/marks.py",
            "((ownership.STALE, ownership.untaint), (ownership.REFRESH, ownership.unmark))",
            "((ownership.REFRESH, ownership.unmark),)",
        ),
        (
            "tidying.py",
            "(ownership.CORDONED_BY, ownership.STALE, ownership.REFRESH)",
            "(ownership.CORDONED_BY, ownership.REFRESH)",
        ),
    ),
    _breakage(
        "probe-left",
        "the pod of a probe is left behind",
        Plan(),
        (
            "phases/probing.py",
            "            remove(pods, name, seconds=leaving_seconds, seen=created)\n",
            "            pass\n",
        ),
        ("phases/conclude.py", "        hold.cluster.pods.delete(probe, grace_seconds=0)\n", ""),
    ),
    _breakage(
        "orphaned-cordon",
        "the cordon of a refresh that was deleted stays",
        Plan(asked=_ONE, steps=(Delivery(), _amid("create pods/eviction", 1, Act("forget"), Act("die")))),
        (
            "tidying.py",
            "            released = gone or not node.unschedulable\n",
            "            released = not node.unschedulable\n",
        ),
    ),
    _breakage(
        "nobody-wakes",
        "a message that was lost is lost",
        Plan(steps=(Delivery(), Act("lose"))),
        ("sweep.py", "            ports.outbox.publish_step(message.json())\n", ""),
    ),
    _breakage(
        "cordon-after-abort",
        "further nodes are taken after a failure or an abort",
        Plan(steps=(Delivery(), _amid("create pods", 1, Act("abort"), _NEXT))),
        ("phases/choose.py", "        if hold.status.stopping:\n", "        if False:\n"),
        (
            "phases/preflight.py",
            f"    if hold.status.stopping:\n        return Done(outcome=Outcome.REFUSED, {_STOPPING}",
            "",
        ),
        ("refresh.py", "(status.stopping or brakes.closed_to(hold, status)):", "brakes.closed_to(hold, status):"),
        (
            "phases/cordon.py",
            f"        if hold.status.stopping:\n            return Done(outcome=Outcome.REFUSED, {_STOPPING}",
            "",
        ),
    ),
    _breakage(
        "unproven-opened",
        "a node is opened though its renewal did not help",
        Plan(before=(Act("ail_for_good"),)),
        (
            "phases/verify.py",
            "escalate(hold, reason) if denied and may_escalate(hold) else unproven(hold, reason)",
            "escalate(hold, reason) if denied and may_escalate(hold) else Next(phase=Phase.UNCORDON)",
        ),
    ),
    _breakage(
        "not-verified",
        "a node is opened as soon as it has booted",
        Plan(),
        (
            "phases/await_boot.py",
            "return Next(phase=Phase.VERIFY, deadline_seconds",
            "return Next(phase=Phase.UNCORDON, deadline_seconds",
        ),
    ),
    _breakage(
        "stop-not-noted",
        "nobody knows of a machine that is off when its refresh is gone",
        Plan(
            asked=(*_ONE, ("method", "StopStart")),
            steps=(Delivery(), _amid("stopInstances of Google", 1, Act("die_after")), Act("forget")),
        ),
        ("phases/renew.py", "        hold.cluster.stops.note(stopping.noted(hold))\n", "        pass\n"),
    ),
    _breakage(
        "observing-writes",
        "observe mode goes on with what is under way",
        Plan(steps=(Delivery(), Act("deploy", number=3), Delivery())),
        ("operations.py", "    if settings.mode is Mode.OBSERVE and not isinstance(step, Start):\n", "    if False:\n"),
    ),
    _breakage(
        "bad-input-lost",
        "what can never succeed is not kept",
        Plan(steps=(Act("garbage"),)),
        ("door.py", "            outbox.dead_letter(data, attributes, str(error))\n", "            pass\n"),
    ),
    _breakage(
        "bare-pods-lost",
        "pods that nothing brings back are evicted without consent",
        Plan(before=(Act("bare_pod", number=1),)),
        (
            "evictions.py",
            "    if pod.owner is not None or pod.finished or facts.consents.bare_pods:\n",
            "    if True:\n",
        ),
    ),
    _breakage(
        "excluded-taken",
        "a node is taken that a person has excluded",
        Plan(before=(Act("label", number=1),)),
        ("ownership.py", "    return EXCLUDE in node.labels\n", "    return False\n"),
    ),
    _breakage(
        "pause-ignored",
        "further nodes are taken while a person has paused it",
        Plan(steps=(Delivery(), Act("pause", number=1), Delivery())),
        (
            "holding.py",
            "(cant_be_read, paused, breaker_is_open,",
            "(cant_be_read, breaker_is_open,",
        ),
    ),
    _breakage(
        "freeze-ignored",
        "further nodes are taken in a change freeze",
        Plan(steps=(Delivery(), Act("deploy", number=2), Delivery())),
        ("holding.py", "breaker_is_open, frozen, outside_the_windows,", "breaker_is_open, outside_the_windows,"),
    ),
    _breakage(
        "window-ignored",
        "further nodes are taken outside the maintenance windows",
        Plan(steps=(Delivery(), Act("deploy", number=4), Delivery())),
        ("holding.py", "breaker_is_open, frozen, outside_the_windows,", "breaker_is_open, frozen,"),
    ),
    _breakage(
        "forged-node",
        "a Node is believed whose machine it is",
        Plan(before=(Act("forge"),)),
        ("guards.py", "    if ref.name != node.name:\n", "    if False:\n"),
    ),
    _breakage(
        "forged-afterwards",
        "a Node is believed whose machine it is, once that machine's own node was given back",
        Plan(
            asked=(("nodes", ",".join(NODES[:2])), ("maxUnavailable", "2")),
            steps=(
                Delivery(),
                _amid("create pods/eviction", 1, Act("abort"), _NEXT),
                *(4 * (Delivery(),)),
                Act("heal"),
                Act("go_stale", node=1),
                Act("forge", node=1, number=2),
                Act("start", number=1),
                Delivery(),
                _amid("reset of Google", 1, Act("reboot", node=1)),  # so that all seems to go well
            ),
        ),
        ("guards.py", "    if ref.name != node.name:\n", "    if False:\n"),
    ),
    _breakage(
        "replicas-kept",
        "an outage that was called off is not ended",
        Plan(
            asked=(*_ONE, ("method", "ScaleWorkloads"), ("acceptOutage", True)),
            before=(Act("roll_out"),),
            steps=(Delivery(), _amid("watch nodes", 1, Act("abort"), _NEXT)),
        ),
        (
            "phases/roll_back.py",
            "    refused = outage.give_back(hold) if hold.slot.workloads else ()\n",
            "    refused: tuple[str, ...] = ()\n",
        ),
        ("sweep.py", "        lambda: _end_outages(cluster, ports),\n", ""),
    ),
    _breakage(
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
