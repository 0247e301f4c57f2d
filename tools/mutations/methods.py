"""What speaks against a way of renewing a machine."""

from tools.mutations.row import row

METHODS = ("tests/unit/test_methods.py",)

ROWS = (
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
)
