"""A ring that this machine can't run is skipped, saying what is missing; where it is required, that is a failure."""

import pytest

from sandbox.real import needs


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-rings", action="store_true", help="fail, not skip, where a ring can't run here")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for ring in (2, 3):
        missing = needs.of(ring) if item.get_closest_marker(f"ring{ring}") else ()
        if missing:
            reason = f"ring {ring} needs {', '.join(map(str, missing))}"
            if item.config.getoption("--require-rings"):
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
