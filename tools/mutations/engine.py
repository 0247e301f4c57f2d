"""The road of a node: what is written down before what, what is looked at again, and what is taken back."""

from tools.mutations.row import row

_ENGINE = "tests/proof/test_engine.py::test_"
ENDING = (f"{_ENGINE}the_undisturbed_end",)
DYING = (f"{_ENGINE}a_process_that_dies_changes_nothing",)
BOOTED = (f"{_ENGINE}a_reset_is_found_after_its_boot_and_not_made_again",)
HAND_OVER = (f"{_ENGINE}a_step_that_was_not_published_comes_without_the_sweep",)
SWEEP = (f"{_ENGINE}a_lost_message_comes_again_with_the_sweep",)
TAKEN_BACK = (f"{_ENGINE}a_node_that_a_person_took_back_is_not_reset",)
WAITING = ("tests/proof/test_brakes.py::test_a_run_that_stops_takes_the_taint_off_those_that_wait",)
_PROBES = "tests/proof/test_probes.py::test_"
PROBE = (f"{_PROBES}a_probe_is_gone_before_its_node_is_drained",)
LEFT = (f"{_PROBES}nobody_waits_for_a_probe_that_another_slot_has_left",)
IN_USE = (f"{_PROBES}a_probe_is_no_image_in_use",)
ORPHAN = (f"{_PROBES}a_probe_whose_maker_died_goes_with_the_refresh",)
_RECHECK = "tests/proof/test_recheck.py::test_"
_AT_WORK = "tests/proof/test_others_at_work.py::test_"
VOLUME = (f"{_RECHECK}a_volume_that_nobody_detaches_keeps_the_machine_from_its_reset",)
GOING = (f"{_AT_WORK}a_node_that_somebody_is_about_to_remove_by_now_is_given_back",)
CHANGED = (f"{_AT_WORK}a_pool_that_gke_has_begun_to_change_meanwhile_is_left_to_it",)
ANEW = (f"{_AT_WORK}gke_is_asked_anew_right_before_the_call",)
BALANCERS = (f"{_RECHECK}load_balancers_have_their_time_before_the_reset",)
_RENEWING = "tests/unit/test_renewing.py::test_"
IN_VAIN = (f"{_ENGINE}a_renewal_in_vain_stops_the_run_and_names_the_command",)
FROZEN = ("tests/proof/test_redeliveries.py::test_a_frozen_invocation_that_wakes_up_after_another_took_over",)
RESET_LATE = ("tests/contract/google/test_compute_adapter.py::test_nothing_is_asked_for_by_whoever_must_not_any_more",)
MEANT = ("tests/contract/google/test_compute_adapter.py::test_what_compute_means_by_no",)
UNWRITABLE = ("tests/proof/test_unwritable.py",)
BOOTING = (f"{_RENEWING}row_47_a_machine_that_looks_booted_is_waited_for_until_it_is",)

ROWS = (
    row(
        "a renewal that was made is made again",
        "phases/renew.py",
        "    if _has_begun(hold, way, machine):\n",
        "    if False:\n",
        BOOTED,
    ),
    row(
        "the attempt is not written before the call",
        "phases/renew.py",
        "hold.update(attempt=1, renewed_at=hold.now(), **sizes)",
        "pass",
        DYING,
    ),
    row(
        "the cooldown is not told",
        "phases/renew.py",
        "    hold.cluster.memory.remember(remembered(hold))\n",
        "",
        ENDING,
    ),
    row(
        "what was Ready before the renewal is",
        "phases/await_boot.py",
        "    if not node.ready:\n",
        "    if False:\n",
        BOOTING,
    ),
    row(
        "a heartbeat of before the renewal counts",
        "phases/await_boot.py",
        "node.heartbeat is None or node.heartbeat <= slot.renewed_at",
        "node.heartbeat is None",
        BOOTING,
    ),
    row(
        "a node that starts still counts as booted",
        "phases/await_boot.py",
        "if key not in slot.taints_before]",
        "if key in slot.taints_before]",
        BOOTING,
    ),
    row(
        "who was overtaken takes the lease",
        "adapters/kube_leases.py",
        "            guard()\n            try:\n",
        "            try:\n",
        ("tests/contract/adapters/test_leases.py::test_who_is_overtaken_while_it_races_does_not_try_again",),
    ),
    row("the lease is kept", "phases/conclude.py", "    hold.cluster.leases.release(hold.name)\n", "", ENDING),
    row(
        "the stale taint is kept",
        "phases/marks.py",
        "(ownership.STALE, ownership.untaint)",
        "(ownership.STALE, lambda _node, _refresh: None)",
        WAITING,
    ),
    row(
        "the mark is kept",
        "phases/marks.py",
        "(ownership.REFRESH, ownership.unmark)",
        "(ownership.REFRESH, lambda _node, _refresh: None)",
        ENDING,
    ),
    row(
        "the probe is left",
        "phases/probing.py",
        "            remove(pods, name, seconds=leaving_seconds, seen=created)\n",
        "            pass\n",
        PROBE,
    ),
    row(
        "the probe of a process that died is left",
        "phases/conclude.py",
        "        hold.cluster.pods.delete(probe, grace_seconds=0)\n",
        "",
        ORPHAN,
    ),
    row(
        "a probe that was left must be READY",
        "phases/pods.py",
        " and not probe.is_ours(pod))",
        ")",
        LEFT,
    ),
    row(
        "a probe tells which image is in use",
        "plan.py",
        " if not probe.is_ours(pod))",
        ")",
        IN_USE,
    ),
    row(
        "a probe in the way ends the asking",
        "phases/probing.py",
        "            remove(pods, name, seconds=_until(clock, deadline))\n",
        "            pass\n",
        ("tests/unit/test_probing.py",),
    ),
    row(
        "a node that can't be marked is chosen again and again",
        "phases/choose.py",
        'replace(slot, marks=()), why=next(iter(refused), ""))',
        'replace(slot, marks=()), why="")',
        UNWRITABLE,
    ),
    row(
        "a node that can't be tainted is renewed all the same",
        "phases/choose.py",
        "            hold.save(partial(_stop, why=why), saying=partial(_say_unwritten, hold, (why,)))\n"
        "        elif denied:\n",
        "            pass\n        if denied:\n",
        UNWRITABLE,
    ),
    row(
        "a mark that can't be written is tried for ever",
        "phases/marks.py",
        "        return str(refusal)\n",
        "        raise refusal\n",
        UNWRITABLE,
    ),
    row(
        "a cordon that is refused is tried for ever",
        "phases/cordon.py",
        "    except Refused as refusal:  #",
        "    except ZeroDivisionError as refusal:  #",
        UNWRITABLE,
    ),
    row("nothing stops after a failure", "phases/unproven.py", "note=said, stop=said)", 'note=said, stop="")', IN_VAIN),
    row(
        "the step is written before it is published",
        "hold.py",
        "        self.ports.outbox.publish_step(message)\n",
        "        self.save(slots.hand_over)\n        self.ports.outbox.publish_step(message)\n        return\n",
        HAND_OVER,
    ),
    row(
        "a frozen invocation goes on",
        "hold.py",
        " or self.now() >= expires - safety:",
        ":",
        FROZEN,
    ),
    row(
        "a node is changed by whoever must not any more",
        "hold.py",
        "            self.guard()\n            try:\n                return self.cluster.nodes.change",
        "            try:\n                return self.cluster.nodes.change",
        FROZEN,
    ),
    row(
        "a machine is reset by whoever must not any more",
        "adapters/compute.py",
        "        guard()\n        request = compute_v1.Reset",
        "        request = compute_v1.Reset",
        RESET_LATE,
    ),
    row(
        "a group is asked by whoever must not any more",
        "adapters/compute.py",
        '        guard()\n        with _translated(what, "compute.instanceGroupManagers.update"):\n',
        '        with _translated(what, "compute.instanceGroupManagers.update"):\n',
        RESET_LATE,
    ),
    row(
        "whoever must not any more is asked before the look at the machine",
        "adapters/compute.py",
        '        self._is_still(instance, what)\n        guard()\n        with _translated(what, "compute.instanceG',
        '        guard()\n        self._is_still(instance, what)\n        with _translated(what, "compute.instanceG',
        RESET_LATE,
    ),
    row(
        "a machine that is not ready for the moment lacks a permission",
        "adapters/compute.py",
        "        if _passes(error):\n",
        "        if error.code == 429:\n",
        MEANT,
    ),
    row(
        "whatever Compute refuses is a missing permission",
        "adapters/compute.py",
        "        if error.code == 403:\n",
        "        if True:\n",
        MEANT,
    ),
    row(
        "a volume that is attached still is no matter",
        "phases/recheck.py",
        "if attached := hold.cluster.workloads.attached_volumes(hold.slot.node):",
        "if attached := ():",
        VOLUME,
    ),
    row(
        "what a deleted refresh of the same name left cordoned takes no place",
        "phases/preflight.py",
        "if node.name not in seated)",
        "if not ownership.ours(node, hold.name))",
        ("tests/unit/test_preflight.py",),
    ),
    row("load balancers have no time", "phases/recheck.py", "    if left > 0:\n", "    if False:\n", BALANCERS),
    row(
        "a node that goes by now is renewed",
        "phases/recheck.py",
        "(*upkeep.leaving(node), *upkeep.gke_changes(node, gke, hold.cluster.key))",
        "upkeep.gke_changes(node, gke, hold.cluster.key)",
        GOING,
    ),
    row(
        "a pool that GKE changes by now is no matter",
        "phases/recheck.py",
        "(*upkeep.leaving(node), *upkeep.gke_changes(node, gke, hold.cluster.key))",
        "upkeep.leaving(node)",
        CHANGED,
    ),
    row(
        "a node is opened amid GKE's drain",
        "ownership.py",
        "    stays = drained_by_gke(node) or (",
        "    stays = (",
        ("tests/unit/test_ownership.py",),
    ),
    row("what GKE said a minute ago counts", "phases/last_look.py", " look(hold, anew=True)", " look(hold)", ANEW),
    row(
        "a wrong cordon is taken for ours",
        "phases/recheck.py",
        "(ownership.ours(node, hold.name) and node.unschedulable,",
        "(True,",
        TAKEN_BACK,
    ),
    row("the sweep wakes nobody", "waking.py", "            ports.outbox.publish_step(message.json())\n", "", SWEEP),
)
