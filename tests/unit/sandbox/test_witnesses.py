"""Is the end that kubectl shows of a refresh the one that the functions have logged?"""

from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.witnesses import refreshes_agree

WELL, ABORTED = "3 nodes renewed", "aborted by message: enough"


@pytest.mark.parametrize(
    "said, shown, holds",
    [
        pytest.param([("r1", WELL)], {"r1": WELL}, True, id="as-it-was-logged"),
        pytest.param([("r1", WELL), ("r1", ABORTED)], {"r1": ABORTED}, True, id="an-abort-won-the-last-race"),
        pytest.param([("r1", WELL), ("r1", ABORTED)], {"r1": WELL}, False, id="and-that-is-not-what-is-shown"),
        pytest.param([("r1", WELL)], {"r1": ABORTED}, False, id="another-end"),
        pytest.param([("r1", WELL)], {"r2": WELL}, False, id="the-end-of-another"),
        pytest.param([("r1", WELL)], {}, False, id="no-end"),
    ],
)
def test_the_last_end_that_was_logged_is_the_one_that_is_shown(
    said: list[tuple[str, str]],
    shown: dict[str, str],
    holds: bool,  # noqa: FBT001 - a column
) -> None:
    lines = ({"event": "repull.refresh_ended", "refresh": name, "message": message} for name, message in said)
    world: Any = SimpleNamespace(logs=[{"jsonPayload": line} for line in lines])
    refreshes = [
        {"metadata": {"name": name}, "status": {"message": message, "endedAt": "2026-11-29T18:00:00Z"}}
        for name, message in shown.items()
    ]

    found = refreshes_agree(world, refreshes)

    assert found is not None
    assert found.holds is holds
