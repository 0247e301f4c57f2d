"""What comes while somebody is about to act: an abort, another's work, somebody who makes the node anew."""

from tools.mutations.row import row

LATE = ("tests/proof/test_late_stops.py",)
MADE_ANEW = ("tests/proof/test_made_anew.py",)
RENEWING = ("tests/unit/test_renewing.py",)
LONG_NAMED = ("tests/proof/test_not_begun.py::test_one_whose_name_no_label_could_have_touches_nothing_and_ends",)

ROWS = (
    row(
        "an abort amid the last look is not heeded",
        "phases/renew.py",
        "    reason = stops(hold)\n",
        '    reason = ""\n',
        LATE,
    ),
    row(
        "an abort right before the call is not seen",
        "phases/renew.py",
        "    hold.save(lambda status, _: status)\n",
        "",
        LATE,
    ),
    row(
        "a call goes out at the end of a hold",
        "phases/renew.py",
        "    hold.save(lambda status, _: status)\n",
        "    hold.reread()\n",
        RENEWING,
    ),
    row(
        "a machine that its group makes anew is given up",
        "phases/recheck.py",
        "    if slot.escalated and found.member and _is_made_anew(",
        "    if False and found.member and _is_made_anew(",
        RENEWING,
    ),
    row(
        "an outage that never began counts for the cooldown",
        "phases/scale_down.py",
        "            _forget_unless_begun(hold)\n",
        "",
        ("tests/proof/test_outages.py::test_an_abort_after_the_renewal_was_written_down_takes_nothing_down",),
    ),
    row(
        "pods are evicted after an abort",
        "phases/drain.py",
        "                hold.reread()  # an abort",
        "                pass  # an abort",
        LATE,
    ),
    row(
        "a node whose reset was in vain is passed over once it is another object",
        "phases/vanished.py",
        "    if slot.escalated:\n",
        "    if False:\n",
        MADE_ANEW,
    ),
    row(
        "what was heard before a node was made anew proves that it is back",
        "phases/vanished.py",
        '        changes = {"renewed_at": node.created if node else hold.now()}',
        "        changes: dict[str, object] = {}",
        RENEWING,
    ),
    row(
        "who always writes first keeps a node from its end",
        "hold.py",
        '        raise Retryable(f"changing node',
        '        raise Conflict(f"changing node',
        RENEWING,
    ),
    row(
        "a node is out of service while a library is loaded",
        "phases/preflight.py",
        "            if isinstance(result, Next):\n",
        "            if False:\n",
        ("tests/unit/test_preflight.py",),
    ),
    row(
        "Compute is asked as often as the volumes",
        "phases/recheck.py",
        "        if hold.now() >= look_again:\n",
        "        if True:\n",
        RENEWING,
    ),
    row(
        "a refresh that no label can name is begun",
        "beginning.py",
        "    unfit = _unnameable(hold) or ",
        "    unfit = ",
        LONG_NAMED,
    ),
    row(
        "what no label can have is asked for",
        "adapters/kube_resources.py",
        "    return not value or LABEL_VALUE.fullmatch(value) is not None\n",
        "    return True\n",
        LONG_NAMED,
    ),
    row(
        "whoever writes the note has any machine started",
        "restarts.py",
        "    if wanted is Move.START and not _is_of(cluster, ports, stop.group):\n",
        "    if False:\n",
        ("tests/unit/test_restarts.py",),
    ),
)
