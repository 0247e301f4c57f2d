"""What has an end where nobody answers, or is refused: for whom it ends, and how a node is left."""

from tools.mutations.row import row

_RENEWING = "tests/unit/test_renewing.py::test_"
PUT_OFF = (f"{_RENEWING}a_renewal_that_compute_puts_off_has_until_the_deadline",)
START_PUT_OFF = ("tests/unit/test_await_stop.py::test_a_start_that_compute_puts_off_has_until_the_deadline",)
OVERDUE = ("tests/unit/test_overdue.py",)
_GIVEN_UP = "tests/proof/test_given_up.py::test_"
GIVEN_UP = (f"{_GIVEN_UP}a_node_whose_group_does_not_answer_any_more_is_given_back",)
UNREADABLE = (f"{_GIVEN_UP}where_a_renewal_may_not_be_looked_for_the_node_stays_cordoned_and_the_run_ends",)
POLLED = ("tests/contract/google/test_compute_adapter.py::test_a_poll_that_is_put_off_leaves_the_call_made",)
MEANT = ("tests/contract/google/test_compute_adapter.py::test_what_compute_means_by_no",)
UNWRITABLE = ("tests/proof/test_unwritable.py",)

ROWS = (
    row(
        "a node waits for an answer for ever",
        "phases/overdue.py",
        "    return found(hold, error) if found and hold.overdue else None\n",
        "    return None\n",
        GIVEN_UP,
    ),
    row(
        "a renewal that nobody may look for is looked for for ever",
        "phases/overdue.py",
        "    Phase.RENEW: _perhaps_made,\n",
        "",
        UNREADABLE,
    ),
    row(
        "a renewal that may have been made is taken for none",
        "phases/overdue.py",
        "    if not hold.slot.attempt:\n",
        "    if True:\n",
        UNREADABLE,
    ),
    row(
        "a renewal that was never made may have been made for ever",
        "phases/renew.py",
        "        if hold.overdue:\n            return overdue.unmade(hold, error)\n",
        "",
        (f"{_RENEWING}an_attempt_that_was_never_made_has_an_end_though_nobody_answers",),
    ),
    row(
        "an attempt that is known never to have been made may have been made all the same",
        "phases/overdue.py",
        "    Phase.RECHECK: unmade,",
        "    Phase.RECHECK: _perhaps_made,",
        OVERDUE,
    ),
    row(
        "a node that may not be closed again is verified for ever",
        "phases/overdue.py",
        "    Phase.VERIFY: _renewed,\n",
        "",
        OVERDUE,
    ),
    row(
        "a node that may not be closed again is waited for, for ever",
        "phases/overdue.py",
        "    Phase.AWAIT_BOOT: _renewed,\n",
        "",
        OVERDUE,
    ),
    row(
        "a machine that may not be looked for is stopped for ever",
        "phases/overdue.py",
        "    Phase.AWAIT_STOP: _renewed,\n",
        "",
        OVERDUE,
    ),
    row(
        "an outage ends a node that may yet be proven",
        "phases/overdue.py",
        "    if deadline is None or isinstance(error, Refused):\n",
        "    if True:\n",
        OVERDUE,
    ),
    row(
        "a node waits out of service for ever where an outage does not end",
        "phases/overdue.py",
        "hold.now() < deadline + timedelta(seconds=OUTAGE_SECONDS)",
        "bool(hold.now())",
        OVERDUE,
    ),
    row(
        "a cordon that may not be taken back after a pass keeps the run",
        "phases/overdue.py",
        "    Phase.UNCORDON: _passed,\n",
        "",
        UNWRITABLE,
    ),
    row(
        "a node that takes pods again is said to stay cordoned",
        "phases/overdue.py",
        "    if node is not None and not node.unschedulable:\n",
        "    if False:\n",
        OVERDUE,
    ),
    row(
        "a node that may not be given back keeps the run",
        "phases/overdue.py",
        "    Phase.ROLL_BACK: _not_given_back,\n",
        "",
        UNWRITABLE,
    ),
    row(
        "a node that was never renewed is left for a person though the sweep could give it back",
        "phases/overdue.py",
        "    if node is None or (node.unschedulable and ownership.untouched(node)):",
        "    if False:",
        UNWRITABLE,
    ),
    row(
        "a node that can't be read is told as one that a person must open",
        "phases/overdue.py",
        "    if node is None or (node.unschedulable and",
        "    if node is not None and (node.unschedulable and",
        ("tests/unit/test_overdue.py",),
    ),
    row(
        "an outage that nobody may look at has no end",
        "phases/overdue.py",
        "    Phase.AWAIT_REMOVAL: unmade,\n",
        "",
        ("tests/unit/test_overdue.py",),
    ),
    row(
        "pods that nobody may look at keep a renewed node's run",
        "phases/overdue.py",
        "    Phase.RETRY_PODS: _at_work,\n",
        "",
        ("tests/unit/test_overdue.py",),
    ),
    row(
        "a roll-back has no end",
        "phases/result.py",
        'deadline_seconds=RELEASE_SECONDS, changes={"reason": reason})',
        'changes={"reason": reason})',
        UNWRITABLE,
    ),
    row(
        "a renewal that Compute puts off is asked for, for ever",
        "phases/renew.py",
        "        if isinstance(refusal, NotNow) and not hold.overdue:\n",
        "        if isinstance(refusal, NotNow):\n",
        PUT_OFF,
    ),
    row(
        "a renewal that Compute puts off is given up at once",
        "phases/renew.py",
        "        if isinstance(refusal, NotNow) and not hold.overdue:\n",
        "        if False:\n",
        PUT_OFF,
    ),
    row(
        "a start that Compute puts off is asked for, for ever",
        "phases/await_stop.py",
        "        if isinstance(refusal, NotNow) and not hold.overdue:\n",
        "        if isinstance(refusal, NotNow):\n",
        START_PUT_OFF,
    ),
    row(
        "a start that Compute puts off is given up at once",
        "phases/await_stop.py",
        "        if isinstance(refusal, NotNow) and not hold.overdue:\n",
        "        if False:\n",
        START_PUT_OFF,
    ),
    row(
        "an organization's policy passes by itself",
        "adapters/compute.py",
        "PASSING = frozenset({409, 429})",
        "PASSING = frozenset({409, 412, 429})",
        MEANT,
    ),
    row(
        "an answer that is put off makes a call unmade",
        "adapters/compute.py",
        '"compute.zoneOperations.get", passing=Retryable)',
        '"compute.zoneOperations.get")',
        POLLED,
    ),
    row(
        "a renewal that can't be forgotten keeps its node",
        "phases/renew.py",
        "    except (Refused, Retryable) as error:\n        said = ",
        "    except KeyError as error:\n        said = ",
        (f"{_RENEWING}an_attempt_that_cannot_be_forgotten_keeps_no_node_out_of_service",),
    ),
)
