"""Refreshes that are begun, and those that never may be: foreign, restored, or left by a namesake."""

from tools.mutations.row import row

_LEFT = "tests/proof/test_left_behind.py::test_"
BEGINS = (f"{_LEFT}what_a_deleted_refresh_has_left_is_taken_back_where_its_namesake_begins",)
FOREIGN = ("tests/proof/test_not_begun.py",)

ROWS = (
    row(
        "what an earlier refresh had left unproven is opened where a namesake of the later one begins",
        "beginning.py",
        "    if node.unschedulable and ownership.left_unproven_by(",
        "    if False and ownership.left_unproven_by(",
        (f"{_LEFT}a_node_that_was_left_to_a_deleted_refresh_unproven_is_not_opened_where_its_namesake_begins",),
    ),
    row(
        "a refresh of another cluster is carried out",
        "beginning.py",
        "    if foreign := _foreign(hold):\n",
        '    if foreign := "":\n',
        FOREIGN,
    ),
    row(
        "what a backup of long ago brings back is begun",
        "beginning.py",
        "    unfit = _unnameable(hold) or _outdated(hold) or ",
        "    unfit = _unnameable(hold) or ",
        FOREIGN,
    ),
    row(
        "what a deleted refresh has left stays where its namesake is too old to begin",
        "beginning.py",
        "    if not _cleared(hold):\n",
        "    if not outdated and not _cleared(hold):\n",
        (f"{_LEFT}what_a_deleted_refresh_has_left_is_taken_back_where_its_namesake_is_too_old_to_begin",),
    ),
    row(
        "what a backup brings back is as old as its object",
        "beginning.py",
        "hold.refresh.spec.asked_at or hold.refresh.created",
        "hold.refresh.created",
        FOREIGN,
    ),
    row(
        "who has waited for another for long is not begun",
        "beginning.py",
        "    if slots.stands_by(hold.status, hold.slot) or hold.now()",
        "    if hold.now()",
        FOREIGN,
    ),
    row(
        "a refresh of long ago begins once something has failed",
        "slots.py",
        'status.message not in ("", _said(slot))',
        'status.message != ""',
        FOREIGN,
    ),
    row(
        "nobody tells of a refresh whose other opener has died",
        "start.py",
        "delivered twice at once\n        opened.tell_again(found, ports.audit)\n",
        "delivered twice at once\n        pass\n",
        ("tests/proof/test_redeliveries.py::test_whoever_finds_it_opened_by_the_same_message_meanwhile_tells_of_it",),
    ),
    row(
        "who waits for another is not begun once something has failed",
        "slots.py",
        "    kept = status.held or stands_by(status, slot)\n",
        "    kept = status.held\n",
        FOREIGN,
    ),
    row(
        "a start that has opened its refresh is rejected when it comes again",
        "start.py",
        "    if not only_said and (found := cluster.refreshes.get(name)):",
        "    if None and (found := cluster.refreshes.get(name)):",
        ("tests/proof/test_redeliveries.py::test_a_start_that_has_opened_its_refresh_is_not_rejected_later",),
    ),
    row(
        "what a refresh of another cluster has under way is continued",
        "beginning.py",
        "        return slots.stop(replace(status, slots=finished), why)\n",
        "        return slots.stop(status, why)\n",
        FOREIGN,
    ),
    row(
        "what a deleted refresh has left stays where its namesake begins",
        "beginning.py",
        "    if not _cleared(hold):\n",
        "    if False:\n",
        BEGINS,
    ),
    row(
        "replicas that a deleted refresh has taken are not given back where its namesake begins",
        "beginning.py",
        "    for refused in outage.give_back(hold):\n",
        "    for refused in ():\n",
        BEGINS,
    ),
)
