"""What a renewal relies on, and is looked at again right before it."""

from tools.mutations.row import row

LOST = ("tests/unit/test_renewing.py::test_what_is_not_ours_any_more_is_not_renewed",)

ROWS = (
    row(
        "a node that has booted by itself is renewed",
        "phases/recheck.py",
        "        (node.boot_id == slot.boot_id_before, ",
        "        (True, ",
        LOST,
    ),
    row(
        "a node whose cordon somebody took back is renewed",
        "phases/recheck.py",
        "(ownership.ours(node, hold.name) and node.unschedulable, ",
        "(ownership.ours(node, hold.name), ",
        LOST,
    ),
    row(
        "another machine than was drained is renewed",
        "phases/recheck.py",
        "    if member is None or member.id != slot.instance_id:\n",
        "    if member is None:\n",
        LOST,
    ),
    row(
        "what is to be waited for by now is not waited for",
        "phases/last_look.py",
        '    return Next(phase=Phase.RECHECK, changes={"deadline": hold.slot.deadline}) if waiting else None\n',
        "    return None\n",
        ("tests/unit/test_renewing.py::test_what_is_to_be_waited_for_right_before_the_call_is_waited_for",),
    ),
    row(
        "whoever has the lease, a machine is renewed",
        "phases/recheck.py",
        "    return None if holder == hold.name else ",
        "    return None if holder else ",
        LOST,
    ),
)
