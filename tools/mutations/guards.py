"""Reasons not to touch a node at all."""

from tools.mutations.row import row

GUARDS = ("tests/unit/test_guards.py",)
ELIGIBILITY = ("tests/unit/test_eligibility.py",)
STAYS = ("tests/proof/test_guards.py::test_a_volume_that_is_let_go_is_not_in_the_way",)
_EXCLUDES = "tests/proof/test_excluded.py::test_a_node_that_a_person_excludes_"

ROWS = (
    row(
        "a machine under another name is ours",
        "guards.py",
        "    if ref.name != node.name:\n",
        "    if False:\n",
        GUARDS,
    ),
    row(
        "a machine of another project is ours",
        "guards.py",
        "    if ref.project != cluster.project:\n",
        "    if False:\n",
        GUARDS,
    ),
    row(
        "a machine that no instance group lists is ours",
        "guards.py",
        'return "" if ref in facts.members else',
        'return "" if True else',
        GUARDS,
    ),
    row("Autopilot is no matter", "upkeep.py", "    if gke.autopilot:\n", "    if False:\n", GUARDS),
    row(
        "a pool that GKE changes is no matter",
        "upkeep.py",
        'elif pool.status != "RUNNING":',
        "elif False:",
        GUARDS,
    ),
    row("a cluster that GKE changes is no matter", "upkeep.py", 'if gke.status != "RUNNING"', "if False", GUARDS),
    row("a node that goes is renewed", "upkeep.py", "if taint.key in LEAVING", "if False", GUARDS),
    row(
        "a node that GKE drains is renewed",
        "upkeep.py",
        "if label := ownership.drained_by_gke(node)",
        "if label := None",
        GUARDS,
    ),
    row("a pool that ails is no matter", "guards.py", "if len(down) <= facts", "if True or len(down) <= facts", GUARDS),
    row("Windows nodes are renewed", "eligibility.py", '    if node.os == "linux":\n', "    if True:\n", GUARDS),
    row("the last one standing goes", "guards.py", "    if facts.others_ready:\n", "    if True:\n", GUARDS),
    row(
        "a lack of room refuses nothing",
        "guards.py",
        "    if facts.room is Severity.WARN:\n",
        "    if True:\n",
        GUARDS,
    ),
    row(
        "Windows nodes are probed",
        "eligibility.py",
        "    if why := unsupported(node):\n",
        '    if why := "":\n',
        ELIGIBILITY,
    ),
    row(
        "a volume that stays attached refuses nothing",
        "guards.py",
        "    return facts.kept_attached\n",
        "    return ()\n",
        GUARDS,
    ),
    row(
        "any volume that is claimed is attached",
        "phases/volumes.py",
        "        if volume in attached\n",
        "        if volume or attached\n",
        STAYS,
    ),
    row(
        "whoever may not look at claims does nothing",
        "phases/volumes.py",
        "    except Refused:\n",
        "    except ZeroDivisionError:\n",
        STAYS,
    ),
    row(
        "nodes left cordoned take no place",
        "guards.py",
        "if not left or len(left) + len(facts.away) + 1 <=",
        "if not left or len(facts.away) + 1 <=",
        GUARDS,
    ),
    row(
        "there is no cooldown",
        "guards.py",
        "        elif renewal.cause == cooldown.cause(facts.refresh):\n",
        "        elif False:\n",
        GUARDS,
    ),
    row(
        "one refresh may renew twice",
        "guards.py",
        "        if renewal.refresh == facts.refresh.name:\n",
        "        if False:\n",
        GUARDS,
    ),
    row(
        "an excluded node is taken",
        "eligibility.py",
        "    if ownership.excluded(node):\n",
        "    if False:\n",
        ELIGIBILITY,
    ),
    row(
        "a node that is excluded while it is probed is on its way to its cordon",
        "phases/preflight.py",
        "    if why := eligibility.passed_over(node, hold.refresh):",
        "    if (why := eligibility.passed_over(node, hold.refresh)) and False:",
        (f"{_EXCLUDES}while_it_is_probed_is_not_touched",),
    ),
    row(
        "a node that is excluded while its process is dead, right before its cordon, is cordoned",
        "phases/cordon.py",
        "    if why := eligibility.passed_over(node, hold.refresh):",
        "    if (why := eligibility.passed_over(node, hold.refresh)) and False:",
        (f"{_EXCLUDES}while_the_process_is_dead_right_before_its_cordon_is_passed_over",),
    ),
    row(
        "a node that is excluded during its drain is renewed",
        "phases/drain.py",
        "    if ownership.excluded(node):\n",
        "    if False:\n",
        (f"{_EXCLUDES}after_its_cordon_is_given_back_undrained",),
    ),
    row(
        "a node that is excluded right before its renewal is renewed",
        "phases/recheck.py",
        "        (not ownership.excluded(node), ",
        "        (True, ",
        (f"{_EXCLUDES}right_before_its_renewal_is_given_back",),
    ),
    row(
        "a node younger than the refresh is taken",
        "eligibility.py",
        "    if node.created > refresh.created:\n",
        "    if False:\n",
        ELIGIBILITY,
    ),
    row(
        "missing consents are not refused",
        "guards.py",
        "return (*refused, *(reason for reason in blocked if reason))",
        "return tuple(reason for reason in blocked if reason)",
        GUARDS,
    ),
    row(
        "budgets that never allow it are not refused",
        "guards.py",
        "return (*refused, *(reason for reason in blocked if reason))",
        "return tuple(refused)",
        GUARDS,
    ),
)
