"""A run's directory goes with the run; what a killed one left goes with the next, and nobody else's ever does."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sandbox.scratch import scratch

HOLDER = "from sandbox.scratch import scratch\nwith scratch('test') as directory: print(directory, flush=True); input()"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)  # where it remembers another
    return tmp_path


def test_it_is_ours_alone_and_goes_with_the_run(temporary: Path) -> None:
    with scratch("test") as directory:
        (directory / "key").touch()
        assert (directory.parent, directory.stat().st_mode & 0o777) == (temporary, 0o700)
    assert not list(temporary.iterdir())


def test_what_a_killed_run_left_goes_with_the_next_and_what_a_living_one_uses_stays(temporary: Path) -> None:
    command = (sys.executable, "-c", HOLDER)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        theirs = Path(other.stdout.readline().strip())
        with scratch("test"):
            assert theirs.is_dir()
        other.kill()
        other.wait()
        assert theirs.is_dir()
        with scratch("test"):
            assert not theirs.exists()


def test_a_link_that_somebody_put_there_is_not_followed(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "file").touch()
    (temporary / "repull-scratch-link").symlink_to(elsewhere)
    with scratch("test"):
        assert (elsewhere / "file").exists()
