"""A daemon lives from its start to its stop, and never longer than whoever started it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.real.daemon import Daemon, DidNotStart, Ready
from tests.contract.real.processes import is_running, wait_until_gone

pytestmark = pytest.mark.ring2

DEAF = "trap '' TERM; echo ready > ready; while :; do sleep 0.1; done"

ORPHANED = """
import asyncio, sys
from pathlib import Path
from sandbox.real.daemon import Daemon

async def main():
    daemon = Daemon("sleep", ["sleep", "600"], directory=Path(sys.argv[1]))
    async def at_once():
        return True
    await daemon.start(at_once)
    print(daemon.pid, flush=True)
    await daemon.ended()

asyncio.run(main())
"""


def shell(text: str, directory: Path) -> Daemon:
    return Daemon("shell", ["sh", "-c", f"cd {directory}; {text}"], directory=directory)


def there(path: Path) -> Ready:
    async def ready() -> bool:
        return path.exists()  # noqa: ASYNC240 # it takes no time

    return ready


async def never() -> bool:
    return False


def test_it_is_ready_when_the_condition_holds_and_gone_when_it_was_stopped(tmp_path: Path) -> None:
    async def story() -> int:
        daemon = shell("echo ready > ready; exec sleep 600", tmp_path)
        await daemon.start(there(tmp_path / "ready"))
        pid = daemon.pid
        assert pid
        assert is_running(pid)
        await daemon.stop()
        await daemon.stop()
        assert daemon.pid is None
        return pid

    assert not is_running(asyncio.run(story()))


def test_one_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    asyncio.run(shell("exit", tmp_path).stop())


def test_one_that_ends_before_it_is_ready_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(DidNotStart, match="shell ended with 3:\nthe flag is unknown"):
        asyncio.run(shell("echo the flag is unknown >&2; exit 3", tmp_path).start(never))


def test_one_that_never_gets_ready_is_ended(tmp_path: Path) -> None:
    daemon = shell("echo thinking; echo $$ > pid; exec sleep 600", tmp_path)
    with pytest.raises(DidNotStart, match="shell was not ready within 15 s:\nthinking"):
        asyncio.run(daemon.start(never, within=15))
    wait_until_gone([int((tmp_path / "pid").read_text())])


def test_one_whose_start_is_cancelled_is_ended(tmp_path: Path) -> None:
    async def story() -> None:
        daemon = shell("exec sleep 600", tmp_path)
        starting = asyncio.create_task(daemon.start(never))
        async with asyncio.timeout(30):
            while daemon.pid is None:  # noqa: ASYNC110 # nobody tells
                await asyncio.sleep(0.01)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert daemon.pid is None

    asyncio.run(story())


def test_one_that_will_not_listen_is_killed_with_its_children(tmp_path: Path) -> None:
    async def story() -> None:
        daemon = shell(f"sleep 600 & echo $! > child; {DEAF}", tmp_path)
        await daemon.start(there(tmp_path / "ready"))
        await daemon.stop(grace=0.1)
        assert daemon.pid is None

    asyncio.run(story())
    wait_until_gone([int((tmp_path / "child").read_text())])


def test_whoever_waits_for_its_end_is_told_how_it_ended(tmp_path: Path) -> None:
    async def story() -> int:
        daemon = shell("echo ready > ready; while [ ! -e end ]; do sleep 0.01; done; exit 7", tmp_path)
        await daemon.start(there(tmp_path / "ready"))
        (tmp_path / "end").touch()
        return await daemon.ended()

    assert asyncio.run(story()) == 7


def test_it_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHANED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.kill()
    wait_until_gone([pid])
