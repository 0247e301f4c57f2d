"""What is said though its process dies, and what is not said before it is known."""

from tools.mutations.row import row

TOLD = "tests/proof/test_told.py"
LEFT_BEHIND = "tests/proof/test_left_behind.py"

ROWS = (
    row(
        "nobody learns who was evicted where no answer comes",
        "phases/evicting.py",
        "        self._say(pods)\n",
        "",
        ("tests/contract/adapters/test_evicting.py",),
    ),
    row(
        "a node is said to be cordoned by nobody where the process dies",
        "phases/cordon.py",
        '        hold.record(events.PHASE, f"cordons {name}", phase=Phase.CORDON, cordoned_before=before)\n',
        "",
        (f"{TOLD}::test_what_is_cordoned_is_said_whoever_dies",),
    ),
    row(
        "a pod is said to be deleted afterwards",
        "phases/pods.py",
        "        # Said first",
        "        hold.cluster.pods.delete(pod)\n        # Said first",
        ("tests/contract/adapters/test_retrying.py",),
    ),
    row(
        "nobody learns who has given replicas back",
        "restoring.py",
        "        say(events.SCALING_UP, _about(found, change))\n",
        "",
        ("tests/unit/test_restoring.py",),
    ),
    row(
        "nobody learns that the sweep has started a machine",
        "restarts.py",
        "        _tell(cluster, ports, stop, events.START, said)  # first",
        "        # first",
        ("tests/unit/test_restarts.py",),
    ),
    row(
        "a refresh is said to be opened by whoever makes it alone",
        "start.py",
        "        opened.tell_again(found, ports.audit)\n",
        "        pass\n",
        (f"{TOLD}::test_whoever_dies_as_it_would_say_so_is_said_for",),
    ),
    row(
        "a start that comes again is said to open what is over",
        "start.py",
        "        opened.tell_again(found, ports.audit)\n",
        "        opened.tell(found.name, found.spec, ports.audit)\n",
        ("tests/proof/test_redeliveries.py::test_the_start_again_after_the_end_opens_nothing_new",),
    ),
    row(
        "a refresh that the sweep sets going was opened by nobody",
        "opened.py",
        "    if not refresh.status.slots:\n",
        "    if False:\n",
        (f"{TOLD}::test_a_refresh_is_said_to_be_opened_though_the_sweep_is_faster_than_whoever_comes_again",),
    ),
    row(
        "a refresh that an event finds was opened by nobody",
        "opening.py",
        "        opened.tell_again(found, ports.audit)\n",
        "",
        ("tests/unit/test_diagnosis_opening.py",),
    ),
    row(
        "a node that can pull is said to once it is counted",
        "phases/choose.py",
        "    hold.save(finish, saying=say)\n",
        "    hold.save(finish)\n    say(hold.status)\n",
        (f"{TOLD}::test_a_node_that_can_pull_is_said_whoever_dies",),
    ),
    row(
        "a node that is refused is said to be once that is written",
        "refresh.py",
        "    else:\n        hold.save(finish, saying=say)\n",
        "    else:\n        hold.save(finish)\n        say(hold.status)\n",
        (f"{TOLD}::test_what_is_in_the_way_is_said_whoever_dies",),
    ),
    row(
        "nobody learns how far a node had come",
        "taking.py",
        "            if before and before.holder and before.node:",
        "            if False:",
        (f"{TOLD}::test_how_far_a_node_has_come_is_said_whoever_dies",),
    ),
    row(
        "what the sweep takes back is said afterwards",
        "tidying.py",
        "        if lost == 1:  # before",
        "        if lost == 0:  # before",
        (f"{LEFT_BEHIND}::test_what_the_sweep_takes_back_is_said_though_it_dies_right_after_that",),
    ),
    row(
        "the lease is given back before anybody says so",
        "sweep.py",
        '        said = f"gives back the lease',
        '        cluster.leases.release(holder)\n        said = f"gives back the lease',
        (f"{LEFT_BEHIND}::test_what_the_sweep_takes_back_is_said_though_it_dies_right_after_that",),
    ),
    row(
        "what a namesake takes back is said by nobody",
        "phases/marks.py",
        "                saying(node)\n",
        "",
        (f"{LEFT_BEHIND}::test_what_a_namesake_takes_back_is_said_though_it_dies_right_after_that",),
    ),
    row(
        "a start that was asked for counts as done",
        "phases/await_stop.py",
        'f"has asked for machine {machine.ref} to be started"',
        'f"started machine {machine.ref}"',
        ("tests/unit/test_await_stop.py",),
    ),
    row(
        "a reset that was asked for counts as done",
        "phases/renew.py",
        'f"has asked for machine {machine.ref} to be {way.did}"',
        'f"{way.did} machine {machine.ref}"',
        ("tests/unit/test_renewing.py",),
    ),
    row(
        "an Event is waited for as long as anything",
        "adapters/kube_events.py",
        "api.within(SECONDS)",
        "api",
        ("tests/contract/adapters/test_events.py",),
    ),
    row(
        "each Event is tried though nobody answers",
        "adapters/kube_events.py",
        "            self._not_before = self._clock.now() + timedelta(seconds=QUIET_SECONDS)\n",
        "",
        ("tests/contract/adapters/test_events.py",),
    ),
)
