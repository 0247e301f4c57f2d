"""ScaleWorkloads on its road: what is asked before the outage begins, what ends its wait, and what proves its end."""

from tools.mutations.row import row

_TEST = "tests/proof/test_outages.py::test_"
_SEEN = f"{_TEST}what_comes_in_between_is_seen"
END = (f"{_TEST}the_undisturbed_end",)
PROOF = ("tests/unit/test_scale_up.py",)
LEFT = (f"{_TEST}a_probe_that_another_slot_has_left_forbids_no_outage",)
TOO_LATE = (f"{_TEST}a_wait_for_the_autoscaler_has_an_end",)
IN_THE_WAY = (f"{_TEST}a_scaling_that_somebody_is_always_in_the_way_of_has_an_end",)
DELETED = (f"{_TEST}a_refresh_that_was_deleted_takes_nothing_down",)
EXPIRED = (f"{_TEST}an_invocation_whose_time_is_over_takes_nothing_down",)
REMOVED = (f"{_TEST}a_node_that_is_gone_when_the_next_process_looks_was_removed",)
_SCENES = "tests/proof/test_scenes.py::test_"
DYING = (f"{_SCENES}a_scene_ends_as_it_says[scale-workloads]",)
HALF_REMOVED = (f"{_SCENES}an_outage_goes_on_though_its_node_is_half_removed_when_the_next_process_looks",)


def _seen(case: str) -> tuple[str, ...]:
    return (f"{_SEEN}[{case}]",)


ROWS = (
    row(
        "a Deployment that can't be written keeps one without its label down",
        "phases/outage.py",
        "    others = workloads(hold, but={each.key for each in found})\n",
        "    others = () if labelled.failed else workloads(hold, but={each.key for each in found})\n",
        ("tests/unit/test_giving_back.py",),
    ),
    row(
        "a probe that was left forbids an outage",
        "phases/outage.py",
        " and not probe.is_ours(pod))",
        ")",
        LEFT,
    ),
    row(
        "an outage begins though somebody took the cordon back",
        "phases/scale_down.py",
        "    if not (ownership.ours(node, hold.name) and node.unschedulable):\n",
        "    if False:\n",
        _seen("uncordoned"),
    ),
    row(
        "an outage begins though somebody has excluded the node",
        "phases/scale_down.py",
        "    if ownership.excluded(node):\n",
        "    if False:\n",
        _seen("excluded-before"),
    ),
    row(
        "an outage lasts though somebody has excluded the node",
        "phases/await_removal.py",
        "    if node is not None and ownership.excluded(node):\n",
        "    if False:\n",
        _seen("excluded"),
    ),
    row(
        "an outage begins though the run is stopping",
        "phases/scale_down.py",
        "    if hold.status.stopping:\n        return hold",
        "    if False:\n        return hold",
        _seen("aborted-before"),
    ),
    row(
        "an outage goes on though the run is stopping by now",
        "phases/scale_down.py",
        "        if hold.status.stopping:\n            _forget",
        "        if False:\n            _forget",
        (f"{_TEST}an_abort_after_the_renewal_was_written_down_takes_nothing_down",),
    ),
    row(
        "an outage begins while another refresh is at work",
        "phases/scale_down.py",
        'return "" if holder == hold.name else',
        'return "" if holder else',
        _seen("another-has-the-lease"),
    ),
    row(
        "nobody asks again before an outage begins",
        "phases/scale_down.py",
        "    if planned and not reasons:\n",
        "    if planned:\n",
        _seen("claimed"),
    ),
    row(
        "an outage begins by what GKE said a minute ago",
        "phases/scale_down.py",
        "(hold.cluster.key, anew=True)",
        "(hold.cluster.key)",
        _seen("gke-at-work"),
    ),
    row(
        "an outage that gives way has failed",
        "phases/scale_down.py",
        "    going = guards.going(facts) if not slot.workloads else ()\n",
        "    going = ()\n",
        _seen("gke-at-work"),
    ),
    row(
        "a scaling that was refused is waited for",
        "phases/scale_down.py",
        '            return roll_back(f"Deployment {found.key} can\'t be scaled: {refusal}")\n',
        "            hold.record(events.PHASE, str(refusal))\n",
        _seen("refused"),
    ),
    row(
        "a scaling that somebody is in the way of is tried for ever",
        "phases/scale_down.py",
        "    if hold.overdue:\n",
        "    if False:\n",
        IN_THE_WAY,
    ),
    row(
        "the time for a scaling begins anew with each try",
        "phases/scale_down.py",
        'changes={"deadline": hold.slot.deadline}',
        'changes={"deadline": hold.deadline(hold.settings.drain_seconds)}',
        IN_THE_WAY,
    ),
    row(
        "what is scaled is not written down before",
        "phases/scale_down.py",
        "    if keys != hold.slot.workloads:\n",
        "    if False:\n",
        DYING,
    ),
    row(
        "the cooldown is not told of an outage",
        "phases/scale_down.py",
        "    hold.cluster.memory.remember(renew.remembered(hold))\n",
        "",
        END,
    ),
    row(
        "an outage that has begun is begun again",
        "phases/scale_down.py",
        "    return bool(found) and all(",
        "    return False and all(",
        HALF_REMOVED,
    ),
    row(
        "a node that was removed meanwhile is passed over",
        "phases/scale_down.py",
        "        if slot.workloads:\n            return _await_removal(hold)\n",
        "",
        REMOVED,
    ),
    row(
        "a refresh that was deleted takes workloads down",
        "phases/scale_down.py",
        "        hold.reread()  # a refresh that was deleted, or is stopping by now, takes nothing down\n",
        "",
        DELETED,
    ),
    row(
        "an invocation whose time is over takes workloads down",
        "phases/scale_down.py",
        "    hold.guard()\n",
        "",
        EXPIRED,
    ),
    row(
        "a Node that was deleted is taken for a machine that was removed",
        "phases/await_removal.py",
        "            if not left:\n",
        "            if True:\n",
        _seen("node-deleted"),
    ),
    row(
        "a group that can't be read has no machine",
        "phases/await_removal.py",
        '        return f"its instance group can\'t be read: {error}"\n',
        '        return ""\n',
        _seen("group-unreadable"),
    ),
    row(
        "an outage lasts as long as nobody answers",
        "phases/await_removal.py",
        "    except (Refused, Retryable) as error:",
        "    except Refused as error:",
        _seen("group-silent"),
    ),
    row(
        "an outage lasts though the run is stopping",
        "phases/await_removal.py",
        "    if hold.status.stopping:\n",
        "    if False:\n",
        _seen("aborted"),
    ),
    row(
        "an outage lasts though somebody has scaled up",
        "phases/await_removal.py",
        "if up := [each.key for each in found if each.replicas]:",
        "if up := []:",
        _seen("scaled-up"),
    ),
    row(
        "an outage lasts though somebody has taken it over",
        "phases/await_removal.py",
        "if each.labels.get(SCALED_BY) != hold.name]",
        "if False]",
        _seen("taken-over"),
    ),
    row(
        "an outage lasts until the autoscaler has the time",
        "phases/await_removal.py",
        "        if hold.overdue:\n",
        "        if False:\n",
        TOO_LATE,
    ),
    row(
        "replicas are not given back where a run is called off",
        "phases/roll_back.py",
        "outage.give_back(hold) if hold.slot.workloads else ()",
        "outage.give_back(hold) if False else ()",
        _seen("aborted"),
    ),
    row(
        "replicas are not given back once the node is gone",
        "phases/scale_up.py",
        "    if refused := outage.give_back(hold):\n",
        "    refused: tuple[str, ...] = ()\n    if refused:\n",
        END,
    ),
    row(
        "what was scaled need not be READY",
        "phases/scale_up.py",
        "        if ready < each.replicas\n",
        "        if False\n",
        _seen("in-vain"),
    ),
    row(
        "pods that can't pull elsewhere prove something",
        "phases/scale_up.py",
        "    if failing:\n",
        "    if False:\n",
        _seen("in-vain"),
    ),
    row(
        "pods that have no place prove something",
        "phases/scale_up.py",
        "    if not _has_pulled(hold, pods):\n        return _unproven(hold, missing)\n",
        "",
        _seen("no-place"),
    ),
    row(
        "an outage of which nothing is left proves something",
        "phases/scale_up.py",
        "            if not _has_pulled(hold, pods):\n",
        "            if False:\n",
        PROOF,
    ),
    row(
        "a sidecar's image proves that an outage has helped",
        "phases/scale_up.py",
        "container.image_id and (repository is None or pulls.is_from(container.image, repository))",
        "container.image_id",
        PROOF,
    ),
)
