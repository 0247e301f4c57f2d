"""An emulator that does not come up is reported, and gone."""

import asyncio
import os
from pathlib import Path

import pytest

from sandbox.pubsub.emulator import DidNotStart, Emulator


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_one_that_ends_at_once_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(DidNotStart, match="ended with 3"):
        asyncio.run(Emulator(script(tmp_path / "emulator", "exit 3")).start())


def test_one_whose_start_is_cancelled_is_gone(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    async def story() -> None:
        emulator = Emulator(
            script(tmp_path / "emulator", f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; exec sleep 600")
        )
        starting = asyncio.create_task(emulator.start())
        async with asyncio.timeout(60):
            while not pid_file.exists():  # noqa: ASYNC110 # another process writes it
                await asyncio.sleep(0.01)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
