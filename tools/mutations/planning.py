"""What a plan must say of a run that nobody has started yet."""

from tools.mutations.row import row

PLANNED = ("tests/unit/test_plan.py",)

ROWS = (
    row(
        "a plan has one place, whatever was asked for",
        "plan.py",
        "replace(hold.status, places=places(spec, total))",
        "hold.status",
        PLANNED,
    ),
    row(
        "a plan does not foresee that the breaker opens",
        "plan.py",
        "brakes.would_trip(hold, node.pool, remembered)",
        '""',
        PLANNED,
    ),
    row(
        "an outage has as many places as were asked for",
        "phases/scope.py",
        "1 if METHODS[spec.method].outage else slots.places(spec.max_unavailable, total)",
        "slots.places(spec.max_unavailable, total)",
        PLANNED,
    ),
)
