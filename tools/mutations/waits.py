"""What people see of a node at work: what it waits for. And how long anybody may wait."""

from tools.mutations.row import row

WAITS = ("tests/proof/test_waits.py",)
COMING = ("tests/proof/test_coming.py",)
SETTINGS = ("tests/unit/test_settings.py", "tests/unit/test_terraform.py")

ROWS = (
    row(
        "nobody sees what is waited for",
        "hold.py",
        "status if waiting is None else slots.waits(status, slot, waiting)",
        "status",
        (*WAITS, *COMING),
    ),
    row(
        "what one phase has waited for stays with the next",
        "refresh.py",
        '"deadline": deadline, "reason": ""}',
        '"deadline": deadline, "reason": hold.slot.reason}',
        WAITS,
    ),
    row(
        "the budget that holds up a drain is not named before its deadline",
        "phases/evicting.py",
        "        blocked = (self.blocked[pod.uid] for pod in left if pod.uid in self.blocked)\n",
        "        blocked: tuple[str, ...] = ()\n",
        WAITS,
    ),
    row(
        "pods without a place are waited for in silence",
        "phases/retry_pods.py",
        'tuple(f"{pod.key} has no place yet" for pod in coming)\n',
        'tuple("" for _ in coming)\n',
        COMING,
    ),
    row(
        "a slot whose invocation has died may be kept for years",
        "settings/accepted.py",
        "    if not SHORTEST_HOLDER_SECONDS <= value <= LONGEST_HOLDER_SECONDS:\n",
        "    if value < SHORTEST_HOLDER_SECONDS:\n",
        SETTINGS,
    ),
    row(
        "evictions may be asked for without a pause",
        "settings/accepted.py",
        "    if value < SHORTEST_RETRY_SECONDS:\n",
        "    if False:\n",
        SETTINGS,
    ),
)
