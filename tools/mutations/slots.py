"""Who may work on which node, and what is ours on it."""

from tools.mutations.row import row

SLOTS = ("tests/unit/test_slots.py", "tests/unit/test_slot_chains.py")
SWEEP = "tests/unit/test_sweep.py"
BESIDE = "tests/proof/test_beside.py::test_"
OWNERSHIP = ("tests/unit/test_ownership.py",)

ROWS = (
    row(
        "a held slot is taken",
        "slots.py",
        "    if slot.held(now, ttl=ttl) and slot.holder != holder:\n",
        "    if False:\n",
        SLOTS,
    ),
    row(
        "a holder is believed for ever",
        "model/refresh.py",
        "return now < self.holder_expires <= now + max(LONGEST_HOLD, timedelta(seconds=ttl))",
        "return now < self.holder_expires",
        (*SLOTS, SWEEP),
    ),
    row(
        "a holder is believed for an hour, though a hold lasts for longer",
        "model/refresh.py",
        "max(LONGEST_HOLD, timedelta(seconds=ttl))",
        "LONGEST_HOLD",
        SLOTS,
    ),
    row(
        "two slots wait for each other",
        "slots.py",
        "(slot.phase is not Phase.PREFLIGHT or slot.index < index)",
        "True",
        SLOTS,
    ),
    row(
        "what passes refuses a node for good",
        "phases/preflight.py",
        "guards.lasting(facts) if facts.away else reasons",
        "reasons",
        (f"{BESIDE}two_nodes_that_are_a_whole_pool_go_one_after_the_other",),
    ),
    row(
        "a node is refused for what another slot has done since",
        "phases/preflight.py",
        "        if slots.away(hold.status, hold.index) != facts.away:\n",
        "        if False:\n",
        (f"{BESIDE}who_is_overtaken_before_its_cordon_waits",),
    ),
    row(
        "a node is cordoned beside one that was meanwhile",
        "refresh.py",
        "bool(status.stopping or others)",
        "bool(status.stopping)",
        (f"{BESIDE}who_is_overtaken_before_its_cordon_waits",),
    ),
    row("an old message takes its slot", "slots.py", "    if step < slot.step:\n", "    if False:\n", SLOTS),
    row(
        "a message from the future takes its slot",
        "slots.py",
        "    if step > slot.step + 1:\n",
        "    if False:\n",
        SLOTS,
    ),
    row(
        "a refresh that is over is taken",
        "slots.py",
        "    if status.phase.over:\n        return Refusal.OVER\n",
        "",
        SLOTS,
    ),
    row(
        "slots open before the canary is verified",
        "slots.py",
        "    if not status.canary_verified or status.stopping or status.phase.over:\n",
        "    if status.stopping or status.phase.over:\n",
        SLOTS,
    ),
    row(
        "slots open while the run is stopping",
        "slots.py",
        "    if not status.canary_verified or status.stopping or status.phase.over:\n",
        "    if not status.canary_verified or status.phase.over:\n",
        SLOTS,
    ),
    row(
        "a percentage is rounded up",
        "slots.py",
        "total * int(max_unavailable[:-1]) // 100",
        "-(-total * int(max_unavailable[:-1]) // 100)",
        SLOTS,
    ),
    row(
        "another refresh's cordon that lost its label is undone",
        "ownership.py",
        ' and found.refresh in ("", refresh)\n',
        "\n",
        OWNERSHIP,
    ),
    row(
        "somebody else's cordon is undone",
        "ownership.py",
        "    if not ours(node, refresh) and not unlabelled:\n",
        "    if False:\n",
        OWNERSHIP,
    ),
    row(
        "a cordon from before does not stay",
        "ownership.py",
        "unschedulable=None if stays else False",
        "unschedulable=False",
        OWNERSHIP,
    ),
    row(
        "others' taints are taken off as well",
        "ownership.py",
        "return NodeChange(labels={STALE: None}, taints=tuple(taint for taint in node.taints if taint.key != STALE))",
        "return NodeChange(labels={STALE: None}, taints=())",
        OWNERSHIP,
    ),
    row(
        "the stale taint never gets strict",
        "ownership.py",
        'effect="NoSchedule" if any_passed else "PreferNoSchedule"',
        'effect="PreferNoSchedule"',
        OWNERSHIP,
    ),
)
