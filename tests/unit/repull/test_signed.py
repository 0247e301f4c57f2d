"""What is asked by hand names who asked, and why, or that they did not say."""

import pytest

from repull.steps import signed


@pytest.mark.parametrize(
    "reason, said", [("the launch", "ann: the launch"), ("", "ann gave no reason")], ids=["with", "without"]
)
def test_a_reason_has_its_giver(monkeypatch: pytest.MonkeyPatch, reason: str, said: str) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    assert signed(reason) == said
