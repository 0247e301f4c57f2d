"""Machines that a refresh has stopped, and who owes them a start."""

from tools.mutations.row import row

RESTARTS = ("tests/unit/test_restarts.py",)
MOVES = ("tests/unit/test_methods.py::test_what_the_sweep_does_about_a_machine_that_was_stopped",)
_STOPS = "tests/proof/test_stops.py::test_"
NOTED = (f"{_STOPS}a_machine_whose_refresh_was_deleted_is_started_by_the_sweep",)
REFUSED = (f"{_STOPS}a_stop_that_was_refused_is_none",)
STARTED = (f"{_STOPS}the_undisturbed_end",)

ROWS = (
    row(
        "a machine that a refresh at work has stopped is started",
        "restarts.py",
        "            if not _starts_it(refresh, stop):\n",
        "            if True:\n",
        RESTARTS,
    ),
    row(
        "a machine that an ended refresh has stopped stays off",
        "restarts.py",
        "    if refresh is None or refresh.status.phase.over:\n",
        "    if refresh is None:\n",
        RESTARTS,
    ),
    row(
        "a machine that a deleted refresh has stopped stays off while its namesake is at work",
        "restarts.py",
        "    return any(slot.instance_id == stop.instance for slot in refresh.status.slots)\n",
        "    return True\n",
        RESTARTS,
    ),
    row(
        "a machine that is not off yet is forgotten",
        "restarts.py",
        "    if wanted is not Move.WAIT:\n",
        "    if True:\n",
        RESTARTS,
    ),
    row(
        "another machine is started",
        "restarts.py",
        "    if found is None or found.id != stop.instance:\n",
        "    if found is None:\n",
        MOVES,
    ),
    row(
        "a stop is not noted",
        "phases/renew.py",
        "        hold.cluster.stops.note(stopping.noted(hold))\n",
        "        pass\n",
        NOTED,
    ),
    row(
        "a stop that was refused is owed a start",
        "phases/renew.py",
        "        hold.cluster.stops.clear(machine.id)\n",
        "        pass\n",
        REFUSED,
    ),
    row(
        "a renewal that was refused counts",
        "phases/renew.py",
        "        hold.cluster.memory.forget(_renewal(hold))\n",
        "        pass\n",
        REFUSED,
    ),
    row(
        "a machine that runs again is owed a start",
        "phases/await_stop.py",
        "    hold.cluster.stops.clear(hold.slot.instance_id)\n",
        "",
        STARTED,
    ),
    row(
        "a machine that is off is waited for",
        "phases/await_stop.py",
        "        if is_off(found):\n            return _start(hold, machine, request, asked=asked)\n",
        "",
        STARTED,
    ),
)
