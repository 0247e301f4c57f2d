"""What is forked from a process with its libraries can't be told from what was started on its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import deployment, forked, forkserver
from sandbox.forked import Forked
from sandbox.functions import Function
from sandbox.hosting import bound_to_us
from tests.contract.real.processes import is_running, wait_until_gone

pytestmark = pytest.mark.skipif(not forked.POSSIBLE, reason="only Linux has what a fork needs here")
ROOT = Path(__file__).resolve().parents[3]

LOOKS = """
import json, os, signal, sys
from google.auth.compute_engine import _metadata
import functions_framework

print(json.dumps({
    "environ": dict(os.environ),
    "cwd": os.getcwd(),
    "arguments": sys.argv[1:],
    "imported from": sys.path,
    "is a group": os.getpgid(0) == os.getpid() == os.getsid(0),
    "stdin": os.readlink("/proc/self/fd/0"),
    "descriptors": len(os.listdir("/proc/self/fd")),
    "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
    "metadata": _metadata._GCE_METADATA_HOST,
    "product": [name for name in sys.modules if name.split(".")[0] in ("functions", "sandbox", "forkserver")],
    "unbuffered": sys.stdout.write_through,
}), flush=True)

@functions_framework.cloud_event
def looks(event): pass
"""

LOADED = """
import json, os, sys
read = {}
plain = os._Environ.__getitem__

def noted(self, key):
    read.setdefault(key, loading)
    return plain(self, key)

os._Environ.__getitem__ = noted
from sandbox import forkserver
import importlib
for loading in (*forkserver.READ_THEIR_ENVIRONMENT, *forkserver.LIBRARIES):
    importlib.import_module(loading)
before = set(sys.modules)
import functions.bootstrap, functions.diagnosis, functions.door, functions.operations
import functions.adapters.pubsub, functions.adapters.compute
import repull.cli, repull.pausing, repull.wiring, repull.trail, repull.probing
quick = {*sys.stdlib_module_names, "functions", "repull"}
later = [name for name in sys.modules if name not in before and name.split(".")[0] not in quick]
print(json.dumps({"read": read, "later": later}))
"""

TO_COMMANDS = ("COLUMNS", "GOOGLE_APPLICATION_CREDENTIALS", "KUBECONFIG", "NO_COLOR", "NO_GCE_CHECK", "TERM", "USER")
"""What tests say to a command that they say to no function."""

SAYS = """
import os, sys

print(sys.argv[1:], sorted(os.environ), os.getcwd(), sys.path[0], sys.stdout.write_through, sys.stdout.encoding)
print(sys.stdin.read(), sys.stdin.isatty(), sys.stdout.isatty(), file=sys.stderr)
sys.exit(7)
"""

SLEEPS = """
import time

print("awake", flush=True)
time.sleep(1000)
"""

ORPHANED = """
import asyncio, sys
from sandbox.functions import Function
from pathlib import Path

async def main():
    environ = {"HOME": sys.argv[1], "PATH": "/usr/bin:/bin"}
    function = Function(target="looks", environ=environ, on_line=lambda *_: None, source=Path(sys.argv[1]) / "main.py")
    await function.start()
    print(function.process_group, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(LOOKS)
    return tmp_path


def seen(home: Path, python: str | None) -> dict[str, Any]:
    async def story() -> list[str]:
        lines: list[str] = []
        function = Function(
            target="looks",
            environ={
                "HOME": str(home),
                "PATH": "/usr/bin:/bin",
                "PYTHONUNBUFFERED": "1",
                "LANG": "C.UTF-8",
                "GCE_METADATA_HOST": "127.0.0.9:1",
            },
            on_line=lambda _stream, line: lines.append(line),
            source=home / "main.py",
            python=python,
        )
        try:
            await function.start()
        finally:
            await function.stop()
        return lines

    (line,) = asyncio.run(story())
    found: dict[str, Any] = json.loads(line)
    del found["arguments"][found["arguments"].index("--port") + 1]
    return found


async def started(home: Path, *arguments: str) -> Forked:
    environ = {"HOME": str(home)}
    return await Forked.start("functions_framework", arguments, environ=environ, cwd=str(home), limit=2**16)


def test_it_sees_what_one_that_was_started_on_its_own_sees(home: Path) -> None:
    alone = seen(home, sys.executable)

    assert "127.0.0.9:1" in alone["metadata"]
    assert alone["is a group"]
    assert seen(home, None) == alone


def test_nothing_that_it_is_told_was_read_before_it_is_forked() -> None:
    """And no library is left that it loads itself: that would be a second of every start."""
    found = json.loads(subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, check=True, capture_output=True).stdout)

    told = deployment.environment(
        home=ROOT, metadata="", pubsub="", google="", registry="", events_topic="", ring=1, settings={}
    )
    told |= dict.fromkeys(TO_COMMANDS, "")
    early = {key: loading for key, loading in found["read"].items() if loading not in forkserver.READ_THEIR_ENVIRONMENT}
    assert early.keys() & told.keys() <= forked.NOBODYS.keys()  # where a gcloud would keep its files
    assert found["later"] == []


def test_a_command_does_as_one_that_was_started_on_its_own(home: Path) -> None:
    (home / "says.py").write_text(SAYS)
    environ = {"HOME": str(home), "LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}

    done = forked.run("says", ("one", "two words"), environ=environ, cwd=str(home), given="yes ✓\n", timeout=100)

    command = [sys.executable, "-m", "says", "one", "two words"]
    alone = subprocess.run(
        command, cwd=home, env=environ, input="yes ✓\n", capture_output=True, encoding="utf-8", check=False
    )
    assert "yes ✓" in alone.stderr
    assert (done.args, done.returncode, done.stdout, done.stderr) == (command, 7, alone.stdout, alone.stderr)


def test_a_command_that_does_not_end_is_ended(home: Path) -> None:
    (home / "sleeps.py").write_text(SLEEPS)

    with pytest.raises(subprocess.TimeoutExpired) as found:
        forked.run("sleeps", (), environ={"HOME": str(home)}, cwd=str(home), timeout=5)

    assert found.value.output == "awake\n"


def test_it_can_be_killed_as_soon_as_it_is_known(home: Path) -> None:
    async def story() -> set[int]:
        ends = set()
        for _ in range(20):
            process = await started(home)
            os.killpg(process.pid, signal.SIGKILL)
            ends.add(await process.wait())
        return ends

    assert asyncio.run(story()) == {-signal.SIGKILL}


def test_where_the_server_has_ended_another_one_is_started(home: Path) -> None:
    def server_of(pid: int) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

    async def story() -> tuple[int, int]:
        first, other = [await started(home) for _ in "12"]
        os.kill(server_of(first.pid), signal.SIGKILL)
        taken_along = await first.wait()
        assert await other.wait() == taken_along
        second = await started(home, "--help")
        return taken_along, await second.wait()

    assert asyncio.run(story()) == (-signal.SIGKILL, 0)


def test_it_ends_with_whoever_started_it(home: Path) -> None:
    command = bound_to_us(sys.executable, "-c", ORPHANED, str(home))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.kill()
    wait_until_gone([pid])
