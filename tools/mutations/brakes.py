"""What holds the chain, and when the circuit breaker trips."""

from tools.mutations.row import row

GKE = ("tests/proof/test_others_at_work.py::test_gke_is_asked_anew_right_before_the_call",)
IN_A_ROW = ("tests/proof/test_others_at_work.py::test_a_slot_gives_way_twice_in_a_row_and_no_more",)
BEGUN = (
    "tests/proof/test_others_at_work.py::test_a_node_that_gke_has_begun_to_drain_is_not_refused_by_an_older_answer",
)
HOLDING = ("tests/unit/test_holding.py",)
BREAKER = ("tests/unit/test_breaker.py",)
FREEZE = ("tests/proof/test_guards.py::test_what_is_in_the_way_is_named_and_nothing_is_touched",)
_BRAKES = "tests/proof/test_brakes.py::test_"
TRIPPED = (f"{_BRAKES}the_breaker_stays_open_until_a_person_has_closed_it",)
SIDE_BY_SIDE = (f"{_BRAKES}slots_side_by_side_do_not_pass_the_breaker_together",)
PREFLIGHT = (f"{_BRAKES}a_pause_during_the_preflight_is_seen_by_its_compare_and_set",)
ESCALATING = ("tests/unit/test_escalating.py",)
TOGETHER = ("tests/unit/test_escalating.py::test_two_slots_do_not_escalate_together_where_there_is_room_for_one",)
RENEWING = ("tests/unit/test_renewing.py",)
SPOILT = ("tests/unit/test_preflight.py::test_what_is_remembered_is_spoilt_once_a_node_was_chosen",)
BEGINS = ("tests/unit/test_preflight.py::test_what_gke_begins_while_the_node_is_looked_at_refuses_none",)
ENDED = ("tests/unit/test_preflight.py::test_nor_does_what_has_ended_when_gke_is_asked_anew",)
OPERATIONS = ("tests/contract/google/test_gke_adapter.py",)
CORDON = (f"{_BRAKES}a_pause_right_before_a_cordon_is_heeded",)

ROWS = (
    row(
        "a pause that comes while a node is looked for is not seen before it is asked",
        "phases/choose.py",
        "        hold.reread()  # a pause is written on it\n",
        "",
        ("tests/proof/test_brakes.py::test_a_pause_while_a_node_is_looked_for_is_seen_before_it_is_asked",),
    ),
    row(
        "nobody waits for GKE",
        "holding.py",
        "    if gke.status == RECONCILING or pools:\n",
        "    if pools and not pools:\n",
        (*HOLDING, *GKE),
    ),
    row(
        "whatever GKE says keeps the chain",
        "holding.py",
        "if pool.status == RECONCILING)",
        'if pool.status != "RUNNING")',
        HOLDING,
    ),
    row(
        "an escalation is refused by what GKE said a minute ago",
        "phases/escalate.py",
        "    hold.ports.gke.at_work(hold.cluster.key, anew=True)  # a refusal is for good here\n",
        "",
        ("tests/unit/test_escalating.py",),
    ),
    row(
        "what GKE is at work on beside a pool's status keeps nobody",
        "holding.py",
        'what = ", ".join(map(str, gke.at_work_on({pool.name for pool in ours})))',
        'what = ""',
        HOLDING,
    ),
    row(
        "work on other accounts' pools keeps the chain",
        "model/google.py",
        "if not each.pool or each.pool in pools)",
        "if True)",
        HOLDING,
    ),
    row(
        "what has been done keeps the chain",
        "adapters/gke_operations.py",
        ' or found.get("status") == "DONE"',
        "",
        OPERATIONS,
    ),
    row(
        "work on other clusters keeps the chain",
        "adapters/gke_operations.py",
        ' or target["cluster"] != cluster',
        "",
        OPERATIONS,
    ),
    row(
        "what GKE is at work on is not asked anew",
        "adapters/gke.py",
        "if known is None or anew or not",
        "if known is None or not",
        OPERATIONS,
    ),
    row(
        "an answer without some zones is taken for a whole one",
        "adapters/gke_operations.py",
        ' or found.get("missingZones")',
        "",
        OPERATIONS,
    ),
    row(
        "what concerns no node keeps the chain",
        "adapters/gke_operations.py",
        "None if kind in _OF_NO_NODE else ",
        "",
        OPERATIONS,
    ),
    row(
        "who refreshes does not ask what GKE is at work on",
        "bootstrap.py",
        "GkeOperations(self.session, endpoint) if refreshing else None",
        "None if refreshing else None",
        ("tests/unit/test_permissions.py::test_the_custom_roles_grant_exactly_what_the_functions_ask_for",),
    ),
    row(
        "what gives way to others has failed",
        "phases/roll_back.py",
        "    if hold.slot.gives_way:\n",
        "    if False:\n",
        GKE,
    ),
    row(
        "others are given way to for ever",
        "phases/roll_back.py",
        "        if hold.slot.gave_way + 1 < MOST_IN_A_ROW:\n",
        "        if True:\n",
        IN_A_ROW,
    ),
    row(
        "how often a slot gave way is not counted",
        "slots.py",
        "        gave_way=slot.gave_way + 1,\n",
        "",
        IN_A_ROW,
    ),
    row(
        "how often a slot gave way is forgotten while the chain is held",
        "slots.py",
        "step=slot.step, gave_way=slot.gave_way, marks=slot.marks)",
        "step=slot.step, marks=slot.marks)",
        IN_A_ROW,
    ),
    row(
        "a node is refused by what GKE said a minute ago",
        "phases/preflight.py",
        "        has_changed = hold.ports.gke.at_work(hold.cluster.key, anew=True) != facts.gke\n",
        "        has_changed = False\n",
        BEGUN,
    ),
    row(
        "the setting pauses nothing",
        "holding.py",
        "    if facts.settings.pause is Switch.ON:\n",
        "    if False:\n",
        HOLDING,
    ),
    row(
        "a paused cluster goes on",
        "holding.py",
        "    if pause := brakes.pause:\n",
        "    if (pause := brakes.pause) and not pause:\n",
        HOLDING,
    ),
    row(
        "a refresh that is paused without a reason goes on",
        "holding.py",
        "    if facts.refresh.paused is not None:\n",
        "    if facts.refresh.paused:\n",
        HOLDING,
    ),
    row(
        "an open breaker holds nothing",
        "holding.py",
        "    if brakes.tripped is not None:\n",
        "    if False:\n",
        HOLDING,
    ),
    row(
        "it goes on when the first of several reasons has passed",
        "holding.py",
        "until=None if forever else max(ends)",
        "until=None if forever else min(ends)",
        HOLDING,
    ),
    row(
        "a pause ends with the freeze",
        "holding.py",
        "    forever = len(ends) < len(found)\n",
        "    forever = not ends\n",
        HOLDING,
    ),
    row(
        "one renewal more than allowed",
        "breaker.py",
        "return len(self.taken) >= self.settings.breaker_renewals",
        "return len(self.taken) > self.settings.breaker_renewals",
        BREAKER,
    ),
    row(
        "one renewal more of a pool than allowed",
        "breaker.py",
        "    if rush.in_pool >= allowed:\n",
        "    if rush.in_pool > allowed:\n",
        BREAKER,
    ),
    row(
        "the share of a pool is rounded up",
        "breaker.py",
        "max(1, pool_size * rush.settings.breaker_percent // 100)",
        "max(1, -(-pool_size * rush.settings.breaker_percent // 100))",
        BREAKER,
    ),
    row(
        "a pool is counted not as far as its percentage matters",
        "breaker.py",
        "-(-(self.in_pool + 1) * 100 //",
        "-(-self.in_pool * 100 //",
        BREAKER,
    ),
    row(
        "what was counted for fewer renewals is taken for the pool's size",
        "phases/brakes.py",
        "    if size == most < enough:",
        "    if size == most == 0:",
        ("tests/unit/test_pool_size.py",),
    ),
    row(
        "nodes that are about to be renewed do not count",
        "breaker.py",
        "(*(each.pool for each in self.renewals), *self.under_way)",
        "(*(each.pool for each in self.renewals),)",
        BREAKER,
    ),
    row(
        "what is older than an hour counts",
        "breaker.py",
        "if now - HOUR < each.at)",
        "if now - 24 * HOUR < each.at)",
        BREAKER,
    ),
    row(
        "nobody asks what holds the chain",
        "phases/brakes.py",
        "    return holding.held(facts)\n",
        "    return None\n",
        FREEZE,
    ),
    row(
        "a count from a time that is yet to come hides all renewals from the breaker",
        "breaker.py",
        "since is None or since > now or",
        "since is None or",
        BREAKER,
    ),
    row(
        "what was renewed of late can't be read, and nodes are taken all the same",
        "holding.py",
        "ROWS: tuple[Row, ...] = (cant_be_read, ",
        "ROWS: tuple[Row, ...] = (",
        HOLDING,
    ),
    row(
        "what is spoilt once a node was chosen holds nothing",
        "phases/preflight.py",
        "    return brakes.held(hold, remembered) or _judge(",
        "    return _judge(",
        SPOILT,
    ),
    row(
        "a node is refused for what GKE has just begun",
        "phases/preflight.py",
        "        if held := brakes.look(hold):\n",
        "        if held := None:\n",
        BEGINS,
    ),
    row(
        "a node is refused for what GKE has just ended",
        "phases/preflight.py",
        "        return None if has_changed else _refused(",
        "        return _refused(",
        ENDED,
    ),
    row(
        "an escalation amid a repair of GKE's",
        "phases/escalate.py",
        "    hold.ports.gke.at_work(hold.cluster.key, anew=True)  #",
        "    hold.ports.gke.cluster(hold.cluster.key, anew=True)  #",
        ESCALATING,
    ),
    row(
        "an escalation while the circuit breaker is open",
        "phases/escalate.py",
        "    if is_open := brakes.before_escalation(hold, remembered):",
        '    if is_open := "":',
        ESCALATING,
    ),
    row(
        "an escalation that is one renewal too many",
        "phases/brakes.py",
        "    if brakes.tripped is None and (why := _one_too_many(hold, hold.status, brakes)):",
        '    if why := "":',
        ESCALATING,
    ),
    row(
        "two slots escalate where there is room for one renewal",
        "refresh.py",
        "(status.stopping or brakes.closed_to_escalation(hold, status))",
        "status.stopping",
        TOGETHER,
    ),
    row(
        "another node fails, and the second renewal is made all the same",
        "phases/recheck.py",
        " or (hold.slot.escalated and hold.status.stopping)",
        "",
        RENEWING,
    ),
    row(
        "the breaker opens, and the second renewal is made all the same",
        "phases/recheck.py",
        '"; ".join(holding.breaker_says(hold.cluster.memory.brakes())) if hold.slot.escalated else ""',
        '""',
        RENEWING,
    ),
    row(
        "who rests for a repair of GKE's is woken amid it",
        "sweep.py",
        "        return ports.gke.at_work(key)\n",
        "        return ports.gke.cluster(key)\n",
        ("tests/unit/test_sweep.py",),
    ),
    row(
        "a node is cordoned by what an earlier invocation has judged",
        "phases/cordon.py",
        "    if hold.judged != node.name:",
        "    if False:",
        (f"{_BRAKES}what_was_judged_before_its_process_died_is_judged_anew",),
    ),
    row(
        "a breaker that was closed trips again at once",
        "breaker.py",
        " if since is None or since > now or each.at > since)",
        ")",
        TRIPPED,
    ),
    row(
        "nodes under way in other slots do not count",
        "phases/brakes.py",
        "        if slot.index != hold.index\n",
        "        if False\n",
        SIDE_BY_SIDE,
    ),
    row(
        "a recreation that is yet to be made counts as its reset does",
        "phases/brakes.py",
        "methods.chosen(hold.refresh, slot)) not in remembered",
        "hold.refresh.spec.method) not in remembered",
        ESCALATING,
    ),
    row(
        "a pause that comes during the preflight is not seen",
        "refresh.py",
        " or brakes.closed_to(hold, status)\n",
        "\n",
        PREFLIGHT,
    ),
    row(
        "a cordon does not ask what holds the chain",
        "phases/cordon.py",
        "    return brakes.look(hold)\n",
        "    return None\n",
        CORDON,
    ),
    row(
        "a held seat is kept",
        "slots.py",
        "    empty = Slot(index=slot.index, step=slot.step, gave_way=slot.gave_way, marks=slot.marks)\n",
        '    empty = replace(slot, holder="", holder_expires=None)\n',
        HOLDING,
    ),
)
