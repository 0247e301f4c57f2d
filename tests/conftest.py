"""A ring that this machine can't run is skipped, saying what is missing; where it is required, that is a failure."""

import functools
import os
import shutil
import signal

import pytest
from hypothesis import HealthCheck, settings

from sandbox.real import needs, programs
from sandbox.real.binaries import Binaries
from sandbox.real.building import BuildFailed

pytest_plugins = ["tests.ringtwo", "tests.counted"]

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job and its children begin deaf
if not shutil.which("kubectl") and (built := Binaries.path("kubectl")).is_file():
    os.environ["PATH"] += f"{os.pathsep}{built.parent}"  # its tests ask for one that is installed

# How long an example takes, to be drawn or to be tried, says more of the machine than of us.
settings.register_profile("repull", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repull")

_missing = functools.cache(needs.of)  # every test of a ring asks


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-rings", action="store_true", help="fail, not skip, where a ring can't run here")


def pytest_collection_finish(session: pytest.Session) -> None:
    """What the tests' rings run is built before the first of them: no test's time limit is long enough for that."""
    rings = [ring for ring in (2, 3) if any(item.get_closest_marker(f"ring{ring}") for item in session.items)]
    try:
        for ring in rings:
            if not _missing(ring):
                Binaries.ensure(programs.of(ring), print)
    except BuildFailed as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for ring in (2, 3):
        missing = _missing(ring) if item.get_closest_marker(f"ring{ring}") else ()
        if missing:
            reason = f"ring {ring} needs {', '.join(map(str, missing))}"
            if item.config.getoption("--require-rings"):
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
