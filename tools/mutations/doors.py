"""What is refused at the doors, before anything is touched: settings, starts by hand, and what somebody has made."""

from tools.mutations.row import row

_SETTINGS = "tests/unit/test_settings.py::test_"

ROWS = (
    row(
        "no cluster is served",
        "settings/accepted.py",
        "    if not found:\n",
        "    if False:\n",
        (f"{_SETTINGS}a_problem_names_the_variable_the_value_and_what_is_accepted",),
    ),
)
