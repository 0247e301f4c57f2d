"""What needs nothing from a refresh, and what came since it began."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions import eligibility
from functions.model.refresh import RefreshStatus
from tests.unit.make import T0, node, refresh


@pytest.mark.parametrize(
    "fields, words",
    [
        pytest.param({}, "", id="in-scope"),
        pytest.param({"labels": {"repull.dev/exclude": ""}}, "excluded by label", id="excluded"),
        pytest.param({"created": T0}, "created after", id="newer-than-the-refresh"),
    ],
)
def test_passed_over(fields: dict[str, Any], words: str) -> None:
    """What an operator excluded, and what is newer than the refresh, needs nothing."""
    reason = eligibility.passed_over(node(**fields), refresh())

    assert words in reason
    assert bool(words) == bool(reason)


@pytest.mark.parametrize(
    "fields, words",
    [
        pytest.param({}, "", id="well"),
        pytest.param({"os": "windows"}, "runs windows, and only Linux nodes can be probed", id="windows"),
        pytest.param({"ready": False}, "is not Ready: its kubelet can't be asked", id="not-ready"),
        pytest.param({"os": "windows", "ready": False}, "runs windows", id="windows-and-not-ready"),
    ],
)
def test_whose_kubelet_can_not_be_asked_gets_no_probe(fields: dict[str, Any], words: str) -> None:
    """What lasts is said first."""
    reason = eligibility.unaskable(node(**fields))

    assert words in reason
    assert bool(words) == bool(reason)


def test_a_node_is_new_that_was_made_after_those_in_scope_were_counted() -> None:
    """One that was made while the refresh waited for another is counted, though it is passed over."""
    waited = replace(refresh(), status=RefreshStatus(started_at=T0))
    before, since = (node(created=T0 + timedelta(seconds=seconds)) for seconds in (-1, 1))

    assert eligibility.passed_over(before, waited)
    assert eligibility.passed_over(since, waited)
    assert [eligibility.newcomer(each, waited) for each in (before, since)] == [False, True]
    assert not eligibility.newcomer(since, refresh())
    named = replace(waited, spec=replace(waited.spec, nodes=(since.name,)))
    assert not eligibility.newcomer(since, named), "it is in the count by its name"
