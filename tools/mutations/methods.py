"""What speaks against a way of renewing a machine, and what a dry run and observe mode do not do."""

from tools.mutations.row import row

METHODS = ("tests/unit/test_methods.py",)
_REFUSALS = "tests/proof/test_guards.py::test_what_is_in_the_way_is_named_and_nothing_is_touched"

ROWS = (
    row(
        "a node that comes back as a new object takes pods before it is verified",
        "phases/made_anew.py",
        "    if node.uid == hold.slot.node_uid:\n",
        "    if node.uid:\n",
        ("tests/contract/adapters/test_recreated.py",),
    ),
    row(
        "a node that is made anew while it is verified stays open",
        "phases/verify.py",
        "            keep_cordoned(hold, node)\n",
        "            pass\n",
        ("tests/unit/test_unproven.py",),
    ),
    row(
        "a node that a person has opened is said to stay cordoned",
        "phases/unproven.py",
        "summary.is_open if _is_open(hold) else summary.stays_cordoned",
        "summary.stays_cordoned",
        ("tests/unit/test_unproven.py",),
    ),
    row(
        "a node that is made anew at the last moment stays open",
        "phases/unproven.py",
        "node = keep_cordoned(hold, node) if node else None",
        "node = node",
        ("tests/unit/test_unproven.py",),
    ),
    row(
        "a renewed node need not pull the image",
        "phases/verify.py",
        "probing.run(hold, ProbeKind.IMAGE, image",
        "probing.run(hold, ProbeKind.ACCESS, image",
        ("tests/proof/test_probes.py",),
    ),
    row(
        "a group that is at work is no matter",
        "methods/circumstances.py",
        '    if found.member is None or found.member.action == "NONE":\n',
        "    if True:\n",
        METHODS,
    ),
    row(
        "local SSDs are lost",
        "methods/circumstances.py",
        "if found.machine is None or not found.machine.local_ssds or found.local_ssd:",
        "if True:",
        METHODS,
    ),
    row(
        "Spot machines give up their place",
        "methods/circumstances.py",
        "if found.machine is None or not found.machine.spot:",
        "if True:",
        METHODS,
    ),
    row(
        "regional disks are forced onto another machine",
        "methods/circumstances.py",
        "    if found.machine is None or not found.machine.regional_disks:\n",
        "    if True:\n",
        METHODS,
    ),
    row(
        "a machine is made from another template",
        "methods/recreate.py",
        "    if member is None or group is None or not member.template or member.template == group.template:\n",
        "    if True:\n",
        METHODS,
    ),
    row(
        "a machine is replaced in a group that forbids it",
        "methods/recreate.py",
        '_MILDER = ("NONE", "REFRESH", "RESTART")',
        "_MILDER = ()",
        METHODS,
    ),
    row(
        "a machine is stopped in a group that forbids it",
        "methods/stop_start.py",
        '_MILDER = ("NONE", "REFRESH")',
        "_MILDER = ()",
        METHODS,
    ),
    row(
        "machines are stopped though no setting permits it",
        "methods/stop_start.py",
        "        if found.stop_start\n",
        "        if True\n",
        METHODS,
    ),
    row(
        "a group with a standby pool is asked to stop a machine",
        "methods/stop_start.py",
        "    if found.group is None or found.group.standby_mode != ",
        "    if True or found.group.standby_mode != ",
        METHODS,
    ),
    row(
        "a dry run opens a refresh",
        "start.py",
        "only_said = message.dry_run or settings.mode is Mode.OBSERVE\n",
        "only_said = settings.mode is Mode.OBSERVE\n",
        (f"{_REFUSALS}[dry-run]",),
    ),
    row(
        "a start opens a refresh in observe mode",
        "start.py",
        "only_said = message.dry_run or settings.mode is Mode.OBSERVE\n",
        "only_said = message.dry_run\n",
        (f"{_REFUSALS}[observe-mode]",),
    ),
)
