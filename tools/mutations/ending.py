"""Which node is the first, which refreshes are kept for how long, and what is said where its process dies."""

from tools.mutations.row import row

CANARY = ("tests/proof/test_canary.py::test_the_first_node_is_the_one_whose_drain_disturbs_fewer_pods",)
_SWEEPING = "tests/contract/adapters/test_sweeping.py::test_"
FORGETS = (f"{_SWEEPING}what_is_old_is_forgotten_but_for_the_last_few_and_those_whose_cordon_stands",)

_TOLD = "tests/proof/test_told.py::test_"
SAID = (f"{_TOLD}whoever_dies_as_it_would_say_so_is_said_for",)
ABORTED = (f"{_TOLD}an_end_that_an_abort_changes_at_the_last_moment_is_said_again",)
CORDONED = (f"{_TOLD}a_node_that_stays_cordoned_alarms_somebody_whoever_dies",)
DONE = (f"{_TOLD}what_was_done_to_the_world_is_said_whoever_dies",)
PAUSED = (f"{_TOLD}a_pause_and_its_end_are_said_whoever_dies",)
OVERDUE = "phases/overdue.py"
IN_TIME = ("tests/proof/test_not_found_out.py::test_the_run_ends_in_time_and_says_why",)
FAILING = ("tests/unit/test_slots.py",)
TOLD = ("tests/proof/test_brakes.py::test_who_dies_as_the_breaker_trips_has_told_of_it",)
_RETRIES = "tests/proof/test_retries.py::test_"
RETRIED = (f"{_RETRIES}who_dies_as_it_has_counted_a_node_that_can_pull_has_retried_its_pods",)
ASKED_ONCE = (f"{_RETRIES}a_slow_api_server_does_not_have_nodes_asked_once_more",)
SUMMARY = ("tests/unit/test_summary.py",)

ROWS = (
    row(
        "a breaker that trips alarms nobody where the process dies",
        "phases/brakes.py",
        '    hold.record(events.BREAKER_TRIPPED, f"the circuit breaker has tripped: {why}", warning=True)\n'
        "    hold.cluster.memory.trip(why, hold.now())\n",
        "    hold.cluster.memory.trip(why, hold.now())\n"
        '    hold.record(events.BREAKER_TRIPPED, f"the circuit breaker has tripped: {why}", warning=True)\n',
        TOLD,
    ),
    row(
        "what is written is said afterwards",
        "hold.py",
        "            saying(wanted)\n"
        "            self.guard()  # once more: an Event is asked for on the way\n"
        "            try:\n"
        "                self.refresh = self.cluster.refreshes.write(self.refresh, wanted)\n",
        "            try:\n"
        "                self.refresh = self.cluster.refreshes.write(self.refresh, wanted)\n"
        "                saying(wanted)\n",
        (*SAID, *PAUSED),
    ),
    row(
        "an end is said once, though a race is lost",
        "hold.py",
        "            saying(wanted)\n",
        "            lost or saying(wanted)\n",
        ABORTED,
    ),
    row(
        "who slept as he said it writes all the same",
        "hold.py",
        "            self.guard()  # once more: an Event is asked for on the way\n",
        "",
        ("tests/proof/test_redeliveries.py::test_a_frozen_invocation_that_wakes_up_after_another_took_over",),
    ),
    row(
        "a node's end is said by nobody where the process dies",
        "phases/choose.py",
        "    telling.tell_again(hold)\n",
        "",
        CORDONED,
    ),
    row(
        "a node is counted before its pods are retried",
        "phases/choose.py",
        "        _open(hold, (name for name, answer in answers.items() if answer.answer is Answer.PASS))\n"
        "        if ends:  # after the retries: nobody looks again at a node that is counted\n"
        "            _count(hold, ends, stop=batches.blind(tuple(answers.values()), many=_many(hold)))\n",
        "        if ends:\n"
        "            _count(hold, ends, stop=batches.blind(tuple(answers.values()), many=_many(hold)))\n"
        "        _open(hold, (name for name, answer in answers.items() if answer.answer is Answer.PASS))\n",
        RETRIED,
    ),
    row(
        "a pod that nobody may delete decides about the run",
        "phases/pods.py",
        "        except (Refused, Retryable) as error:\n",
        "        except ZeroDivisionError as error:\n",
        (f"{_RETRIES}a_pod_that_nobody_may_delete_does_not_keep_the_run_from_the_nodes_that_need_it",),
    ),
    row(
        "nobody breathes between two nodes that can pull",
        "phases/choose.py",
        "        hold.breathe()  # who loses the hold here has asked all of them in vain\n",
        "",
        ASKED_ONCE,
    ),
    row(
        "nobody breathes before a pod is retried",
        "phases/pods.py",
        "            hold.breathe()  # there may be one for each of many controllers, and each answered slowly\n",
        "",
        ASKED_ONCE,
    ),
    row(
        "pods are retried for longer than an invocation has",
        "phases/pods.py",
        "            if not hold.has_time_for(LONGEST_CALL_SECONDS):\n                return\n",
        "",
        (f"{_RETRIES}an_invocation_without_much_time_counts_the_node_and_leaves_its_pods_to_the_kubelet",),
    ),
    row(
        "a run that was stopped is a success",
        "summary.py",
        "    if status.stopping or status",
        "    if status",
        SUMMARY,
    ),
    row("a refusal is a success", "summary.py", " or status.refused or", " or", SUMMARY),
    row("a node given back is a success", "summary.py", " or status.given_back or", " or", SUMMARY),
    row("a failure is a success", "summary.py", " or status.failed:", ":", SUMMARY),
    row(
        "a run that waits is woken by nobody",
        "refresh.py",
        "    for refresh in waiting[:1]:",
        "    for refresh in waiting[:0]:",
        ("tests/proof/test_woken.py",),
    ),
    row(
        "a run uses one place for ever",
        "refresh.py",
        "    choose.flush_marks(hold)\n    _open_slots(hold)\n",
        "    choose.flush_marks(hold)\n",
        ("tests/proof/test_canary.py::test_the_other_places_are_used_once_the_first_node_is_verified",),
    ),
    row(
        "what was said of a node is forgotten",
        "summary.py",
        '    return next(iter((*own, *others)), "")',
        '    return ""',
        CORDONED,
    ),
    row(
        "an outage is begun without a word where the process dies",
        "phases/scale_down.py",
        "    if slot.workloads:\n        _tell_again(hold)\n",
        "",
        DONE,
    ),
    row(
        "a machine is started without a word where the process dies",
        "phases/await_stop.py",
        "    if asked:  # whoever",
        "    if False:  # whoever",
        DONE,
    ),
    row(
        "the canary is the first that was denied",
        "phases/choose.py",
        "        chosen = min(denied, key=lambda node: _disturbs(hold, node))\n",
        "        pass\n",
        CANARY,
    ),
    row(
        "fewer than the last few are kept",
        "sweep.py",
        "for each in over[KEPT:] if",
        "for each in over if",
        FORGETS,
    ),
    row(
        "what is young is forgotten",
        "sweep.py",
        "for each in over[KEPT:] if each.created < ports.clock.now() - KEPT_FOR)",
        "for each in over[KEPT:])",
        FORGETS,
    ),
    row(
        "a refresh whose cordon stands is forgotten, and the cordon taken back with it",
        "sweep.py",
        "        if not cluster.nodes.carrying(ownership.CORDONED_BY, refresh.name, limit=1):\n",
        "        if True:\n",
        FORGETS,
    ),
    row(
        "a refresh whose cordon lost its label is forgotten, and the cordon taken back with it",
        "sweep.py",
        "        if refresh.name in unlabelled:\n",
        "        if False:\n",
        FORGETS,
    ),
    row(
        "nothing is ever forgotten",
        "sweep.py",
        "            cluster.refreshes.delete(refresh)\n    return ()\n",
        "            pass\n    return ()\n",
        FORGETS,
    ),
    row(
        "what can't be begun is tried for ever",
        "refresh.py",
        "        if not hold.overdue:\n            raise\n",
        "        raise\n",
        IN_TIME,
    ),
    row("what can't be chosen is tried for ever", OVERDUE, "    Phase.CHOOSE: _not_chosen,\n", "", IN_TIME),
    row("what can't be judged is tried for ever", OVERDUE, "    Phase.PREFLIGHT: _unjudged,\n", "", IN_TIME),
    row(
        "a cordon that fails is tried for ever",
        OVERDUE,
        "    Phase.CORDON: unmade,  # an answer may have got lost: what is ours is taken back\n",
        "",
        IN_TIME,
    ),
    row(
        "an end that fails is tried for ever",
        OVERDUE,
        "    Phase.FINISHED: conclude.give_up,\n",
        "",
        IN_TIME,
    ),
    row("an outage is given up at once", OVERDUE, " else OUTAGE_SECONDS", " else RELEASE_SECONDS", IN_TIME),
    row(
        "nobody is told what fails",
        "slots.py",
        "    status = waits(status, slot, why)\n    return release",
        "    return release",
        FAILING,
    ),
    row(
        "what failed once counts for ever",
        "slots.py",
        "    deadline = None if slot.phase in UNTOUCHED else slot.deadline\n",
        "    deadline = slot.deadline\n",
        FAILING,
    ),
)
