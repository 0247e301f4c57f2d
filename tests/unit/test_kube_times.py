"""Moments in the words of the Kubernetes API, as it would take them back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from functions.adapters import kube_times

ZERO = datetime(1, 1, 1, tzinfo=UTC)
"""Go's zero time, which a client that has nothing to say may write."""


@pytest.mark.parametrize(
    "moment, micro",
    [
        pytest.param(ZERO, "0001-01-01T00:00:00.000000Z", id="zero"),
        pytest.param(datetime(999, 12, 31, 23, 59, 59, 7, tzinfo=UTC), "0999-12-31T23:59:59.000007Z", id="early"),
        pytest.param(datetime(2026, 11, 24, 3, tzinfo=UTC), "2026-11-24T03:00:00.000000Z", id="no-zeros-left-out"),
        pytest.param(
            datetime(2026, 11, 24, 3, tzinfo=timezone(timedelta(hours=1))), "2026-11-24T02:00:00.000000Z", id="in-utc"
        ),
    ],
)
def test_what_is_written_is_read_back(moment: datetime, micro: str) -> None:
    assert kube_times.micro(moment) == micro
    assert kube_times.seconds(moment) == f"{micro[:19]}Z"
    assert kube_times.parse(micro) == moment
