"""What a test has counted is printed at the end of the run, though it passed."""

from collections.abc import Callable

import pytest

COUNTED = "counted"


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Tell it in a sentence."""
    return lambda said: record_property(COUNTED, said)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    said = [
        f"{report.nodeid}: {value}"
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == COUNTED
    ]
    if said:
        terminalreporter.section("counted")
        terminalreporter.write("".join(f"{line}\n" for line in sorted(said)))
