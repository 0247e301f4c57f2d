"""What becomes of a command whose input, output or complaints lead nowhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CLOSED = "repull: standard output is closed, and nothing is done that nobody could read of\n"


@pytest.mark.parametrize(
    "command, code, complaint",
    [
        pytest.param("classify <&-", 0, "", id="no-input"),
        pytest.param("diagnose --probe <&-", 2, "nobody can answer; use --yes\n", id="nobody-answers"),
        pytest.param("classify >&-", 1, CLOSED, id="no-output"),
        pytest.param("diagnose >&-", 1, CLOSED, id="nothing-is-asked"),
        pytest.param("classify >/dev/full", 1, "repull: No space left on device\n", id="full-disk"),
        pytest.param("classify /nonesuch", 1, "repull: /nonesuch: No such file or directory\n", id="no-file"),
        pytest.param("classify 2>&-", 0, "", id="no-complaints"),
        pytest.param("diagnose 2>&-", 1, "", id="a-complaint-that-nobody-hears"),
        pytest.param("status --cluster main <&- 2>&-", 2, "", id="no-input-and-no-complaints"),
    ],
)
def test_a_stream_that_leads_nowhere_ends_in_no_traceback(command: str, code: int, complaint: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} -m repull {command}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "KUBECONFIG": "/nonesuch"},
        input="pull QPS exceeded\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr[-len(complaint) :] if complaint else done.stderr) == (code, complaint)
    assert "Traceback" not in done.stderr
    assert bool(done.stdout) == (command == "classify 2>&-")
