"""The table of `tools.mutants`: what is broken, how, and which tests must notice."""

from dataclasses import dataclass

GUARDS = ("tests/unit/test_guards.py",)
ROOM = ("tests/unit/test_room.py",)
SLOTS = ("tests/unit/test_slots.py",)
OWNERSHIP = ("tests/unit/test_ownership.py",)
EVICTIONS = ("tests/unit/test_evictions.py",)
METHODS = ("tests/unit/test_methods.py",)
REPLACEMENTS = ("tests/unit/test_replacements.py",)
DRAIN = ("tests/unit/test_drain.py",)
PROBE = ("tests/unit/test_probe.py",)
_ENGINE = "tests/proof/test_engine.py::test_"
ENDING = (f"{_ENGINE}the_undisturbed_end",)
DYING = (f"{_ENGINE}a_process_that_dies_changes_nothing",)
BOOTED = (f"{_ENGINE}a_reset_is_found_after_its_boot_and_not_made_again",)
HAND_OVER = (f"{_ENGINE}a_step_that_was_not_published_comes_without_the_sweep",)
SWEEP = (f"{_ENGINE}a_lost_message_comes_again_with_the_sweep",)
TAKEN_BACK = (f"{_ENGINE}a_node_that_a_person_took_back_is_not_reset",)
_RECHECK = "tests/proof/test_recheck.py::test_"
VOLUME = (f"{_RECHECK}a_volume_that_nobody_detaches_keeps_the_machine_from_its_reset",)
BALANCERS = (f"{_RECHECK}load_balancers_have_their_time_before_the_reset",)
LAST = ("tests/proof/test_guards.py::test_what_is_in_the_way_is_named_and_nothing_is_touched[last-node]",)
IN_VAIN = (f"{_ENGINE}a_renewal_in_vain_stops_the_run_and_names_the_command",)
FROZEN = ("tests/proof/test_redeliveries.py::test_a_frozen_invocation_that_wakes_up_after_another_took_over",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    says: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


def _row(says: str, file: str, before: str, after: str, tests: tuple[str, ...]) -> Mutation:
    return Mutation(says=says, file=f"functions/{file}", before=before, after=after, tests=tests)


MUTATIONS = (
    _row(
        "a machine under another name is ours",
        "guards.py",
        "    if ref.name != node.name:\n",
        "    if False:\n",
        GUARDS,
    ),
    _row(
        "a machine of another project is ours",
        "guards.py",
        "    if ref.project != facts.cluster.project:\n",
        "    if False:\n",
        GUARDS,
    ),
    _row(
        "a machine that no instance group lists is ours",
        "guards.py",
        "    if ref not in facts.members:\n",
        "    if False:\n",
        GUARDS,
    ),
    _row("Autopilot is no matter", "guards.py", "    if facts.gke.autopilot:\n", "    if False:\n", GUARDS),
    _row(
        "a pool that GKE changes is no matter",
        "guards.py",
        'elif pool.status != "RUNNING":',
        "elif False:",
        GUARDS,
    ),
    _row(
        "a cluster that GKE changes is no matter", "guards.py", 'if facts.gke.status != "RUNNING"', "if False", GUARDS
    ),
    _row("a node that goes is renewed", "guards.py", "if taint.key in LEAVING", "if False", GUARDS),
    _row(
        "a pool that ails is no matter", "guards.py", "if len(down) <= facts", "if True or len(down) <= facts", GUARDS
    ),
    _row("Windows nodes are probed", "guards.py", 'if facts.node.os == "linux"', "if True", GUARDS),
    _row("the last one standing goes", "guards.py", "    if facts.others_ready:\n", "    if True:\n", GUARDS),
    _row(
        "the last one of a pool goes while other pools have room",
        "phases/neighbours.py",
        "candidates(pools=(pool,) if pool else ()",
        "candidates(pools=tuple(each.name for each in self._hold.gke.pools)",
        LAST,
    ),
    _row(
        "a lack of room refuses nothing",
        "guards.py",
        "if facts.room is Severity.REFUSE else ()",
        "if False else ()",
        GUARDS,
    ),
    _row("pods of any priority give way", "room.py", "other.needs.priority < first", "True", ROOM),
    _row("more is free than there is", "room.py", "        if asked > there:\n", "        if False:\n", ROOM),
    _row(
        "half of what is free is none",
        "room.py",
        "        if asked > there:\n",
        "        if asked * 2 > there:\n",
        ROOM,
    ),
    _row(
        "the largest pods go in first",
        "room.py",
        "for each in wanted))\n    return",
        "for each in wanted)[::-1])\n    return",
        ROOM,
    ),
    _row("taints keep nobody off", "room.py", "    if closed:\n", "    if False:\n", ROOM),
    _row(
        "nodes left cordoned take no place",
        "guards.py",
        "if not left or len(left) + taken <=",
        "if not left or taken <=",
        GUARDS,
    ),
    _row(
        "there is no cooldown",
        "guards.py",
        "if renewal.refresh == facts.refresh.name or same_cause:",
        "if renewal.refresh == facts.refresh.name:",
        GUARDS,
    ),
    _row(
        "one refresh may renew twice",
        "guards.py",
        "if renewal.refresh == facts.refresh.name or same_cause:",
        "if same_cause:",
        GUARDS,
    ),
    _row(
        "an excluded node is taken",
        "guards.py",
        "    if ownership.EXCLUDE in node.labels:\n",
        "    if False:\n",
        GUARDS,
    ),
    _row(
        "a node younger than the refresh is taken",
        "guards.py",
        "    if node.created > refresh.created:\n",
        "    if False:\n",
        GUARDS,
    ),
    _row(
        "missing consents are not refused",
        "guards.py",
        "return (*refused, *(reason for reason in blocked if reason))",
        "return tuple(reason for reason in blocked if reason)",
        GUARDS,
    ),
    _row(
        "budgets that never allow it are not refused",
        "guards.py",
        "return (*refused, *(reason for reason in blocked if reason))",
        "return tuple(refused)",
        GUARDS,
    ),
    _row(
        "a held slot is taken",
        "slots.py",
        "    if slot.held(now) and slot.holder != holder:\n",
        "    if False:\n",
        SLOTS,
    ),
    _row("an old message takes its slot", "slots.py", "    if step < slot.step:\n", "    if False:\n", SLOTS),
    _row(
        "a message from the future takes its slot",
        "slots.py",
        "    if step > slot.step + 1:\n",
        "    if False:\n",
        SLOTS,
    ),
    _row(
        "a refresh that is over is taken",
        "slots.py",
        "    if status.phase.over:\n        return Refusal.OVER\n",
        "",
        SLOTS,
    ),
    _row(
        "slots open before the canary is verified",
        "slots.py",
        "    if not status.canary_verified or status.stopping or status.phase.over:\n",
        "    if status.stopping or status.phase.over:\n",
        SLOTS,
    ),
    _row(
        "slots open while the run is stopping",
        "slots.py",
        "    if not status.canary_verified or status.stopping or status.phase.over:\n",
        "    if not status.canary_verified or status.phase.over:\n",
        SLOTS,
    ),
    _row(
        "a percentage is rounded up",
        "slots.py",
        "total * int(max_unavailable[:-1]) // 100",
        "-(-total * int(max_unavailable[:-1]) // 100)",
        SLOTS,
    ),
    _row(
        "somebody else's cordon is undone",
        "ownership.py",
        "    if not ours(node, refresh):\n        return None\n    found",
        "    found",
        OWNERSHIP,
    ),
    _row(
        "a cordon from before does not stay",
        "ownership.py",
        "unschedulable=None if stays else False",
        "unschedulable=False",
        OWNERSHIP,
    ),
    _row(
        "others' taints are taken off as well",
        "ownership.py",
        "return NodeChange(labels={STALE: None}, taints=tuple(taint for taint in node.taints if taint.key != STALE))",
        "return NodeChange(labels={STALE: None}, taints=())",
        OWNERSHIP,
    ),
    _row(
        "the stale taint never gets strict",
        "ownership.py",
        'effect="NoSchedule" if any_passed else "PreferNoSchedule"',
        'effect="PreferNoSchedule"',
        OWNERSHIP,
    ),
    _row(
        "any pod labelled as a probe is left",
        "evictions.py",
        "ours = pod.namespace == NAMESPACE and PROBE in pod.labels",
        "ours = PROBE in pod.labels",
        EVICTIONS,
    ),
    _row(
        "bare pods are evicted",
        "evictions.py",
        "    if pod.owner is not None or pod.finished or facts.consents.bare_pods:\n",
        "    if True:\n",
        EVICTIONS,
    ),
    _row(
        "local data is lost",
        "evictions.py",
        "    if not pod.local_volumes or pod.finished or facts.consents.local_storage:\n",
        "    if True:\n",
        EVICTIONS,
    ),
    _row("static pods are evicted", "evictions.py", "if pod.is_mirror else None", "if False else None", EVICTIONS),
    _row(
        "pods that defy the cordon are evicted for ever",
        "evictions.py",
        "pod.created > cordoned_at + CORDON_KNOWN_AFTER",
        "False",
        EVICTIONS,
    ),
    _row(
        "a group that is at work is no matter",
        "methods/circumstances.py",
        '    if found.member is None or found.member.action == "NONE":\n',
        "    if True:\n",
        METHODS,
    ),
    _row(
        "local SSDs are lost",
        "methods/circumstances.py",
        "if found.machine is None or not found.machine.local_ssds or found.local_ssd:",
        "if True:",
        METHODS,
    ),
    _row(
        "Spot machines give up their place",
        "methods/circumstances.py",
        "if found.machine is None or not found.machine.spot:",
        "if True:",
        METHODS,
    ),
    _row(
        "a replacement that can't pull is no matter",
        "replacements.py",
        "            if pod.node in passed:\n",
        "            if False:\n",
        REPLACEMENTS,
    ),
    _row(
        "who was refused is asked again at once",
        "phases/drain.py",
        "not_before.get(pod.uid, now) <= now",
        "True",
        DRAIN,
    ),
    _row(
        "a workload loses all its pods at once",
        "phases/drain.py",
        "        if of[controller] < OF_ONE_CONTROLLER:\n",
        "        if True:\n",
        DRAIN,
    ),
    _row(
        "the probe may use a cached image",
        "probe.py",
        '"imagePullPolicy": "Always"',
        '"imagePullPolicy": "IfNotPresent"',
        PROBE,
    ),
    _row(
        "a renewal that was made is made again",
        "phases/renew.py",
        "    if _has_begun(hold, way, machine):\n",
        "    if False:\n",
        BOOTED,
    ),
    _row(
        "the attempt is not written before the call",
        "phases/renew.py",
        "hold.update(attempt=1, renewed_at=hold.now(), **sizes)",
        "pass",
        DYING,
    ),
    _row("the cooldown is not told", "phases/renew.py", "    hold.cluster.memory.remember(renewal)\n", "", ENDING),
    _row("the lease is kept", "phases/conclude.py", "    hold.cluster.leases.release(hold.name)\n", "", ENDING),
    _row(
        "the stale taint is kept",
        "phases/marks.py",
        "((ownership.STALE, ownership.untaint), (ownership.REFRESH, ownership.unmark))",
        "((ownership.REFRESH, ownership.unmark),)",
        ENDING,
    ),
    _row(
        "the mark is kept",
        "phases/marks.py",
        "((ownership.STALE, ownership.untaint), (ownership.REFRESH, ownership.unmark))",
        "((ownership.STALE, ownership.untaint),)",
        ENDING,
    ),
    _row(
        "the probe is left",
        "phases/probing.py",
        "            remove(pods, name, seconds=leaving_seconds)\n",
        "            pass\n",
        ENDING,
    ),
    _row(
        "a probe in the way ends the asking",
        "phases/probing.py",
        "            remove(pods, name, seconds=_until(clock, deadline))\n",
        "            pass\n",
        DYING,
    ),
    _row(
        "nothing stops after a failure", "phases/unproven.py", "note=said, stop=said)", 'note=said, stop="")', IN_VAIN
    ),
    _row(
        "the step is written before it is published",
        "hold.py",
        "        self.ports.outbox.publish_step(message)\n",
        "        self.save(slots.hand_over)\n        self.ports.outbox.publish_step(message)\n        return\n",
        HAND_OVER,
    ),
    _row(
        "a frozen invocation goes on",
        "hold.py",
        "            or self.now() >= expires - timedelta(seconds=SAFETY_SECONDS)\n",
        "",
        FROZEN,
    ),
    _row(
        "a volume that is attached still is no matter",
        "phases/recheck.py",
        "if attached := hold.cluster.workloads.attached_volumes(hold.slot.node):",
        "if attached := ():",
        VOLUME,
    ),
    _row("load balancers have no time", "phases/recheck.py", "    if left > 0:\n", "    if False:\n", BALANCERS),
    _row(
        "a wrong cordon is taken for ours",
        "phases/recheck.py",
        "(ownership.ours(node, hold.name) and node.unschedulable,",
        "(True,",
        TAKEN_BACK,
    ),
    _row("the sweep wakes nobody", "sweep.py", "            ports.outbox.publish_step(message.json())\n", "", SWEEP),
)
