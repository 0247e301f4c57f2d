"""The drain of the real kubectl."""

import asyncio
from collections.abc import Awaitable, Callable

from sandbox.real.binaries import Binaries
from tests.contract.drain.outcome import Verdict
from tests.contract.drain.yard import Yard

RETRIES = "will retry after 5s"
BLOCKED = RETRIES.encode()
PATIENCE = 10.0
"""Seconds that kubectl may be late. Where the API server asks for it, its client tries again ten times, ten seconds
apart, and looks at no time-out: so with a budget that can't be counted."""


async def drain(
    yard: Yard, node: str, *, force: bool, patience: float, on_blocked: Callable[[], Awaitable[None]]
) -> tuple[Verdict, str]:
    """How it ended, and what it said. `on_blocked` is called once, when an eviction was refused for now."""
    process = await asyncio.create_subprocess_exec(
        str(Binaries.path("kubectl")),
        f"--kubeconfig={yard.plane.kubeconfig}",
        "drain",
        node,
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        f"--timeout={patience}s",
        *(["--force"] if force else []),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    said: list[str] = []

    async def listen() -> None:
        assert process.stderr
        async for line in process.stderr:
            if BLOCKED in line and not any(RETRIES in each for each in said):
                await on_blocked()
            said.append(line.decode())

    try:
        async with asyncio.timeout(patience + PATIENCE):
            await listen()
            status = await process.wait()
    except TimeoutError:
        status = 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    errors = "".join(line for line in said if not line.startswith("Warning:"))
    if status == 0:
        return Verdict.DRAINED, errors
    return (Verdict.REFUSED if "cannot delete" in errors else Verdict.BLOCKED), errors
