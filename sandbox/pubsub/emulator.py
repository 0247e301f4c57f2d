"""The real Pub/Sub emulator, where gcloud has it."""

import asyncio
import shutil
from pathlib import Path

import grpc

from sandbox.reservation import Reservation

_READY_SECONDS = 30.0
_STOP_SECONDS = 5.0


def launcher() -> Path | None:
    """The emulator's own start script; None where gcloud or the component or Java is missing.

    It replaces itself with Java, so the process that is started is the one to end; gcloud's wrapper would leave Java
    behind.
    """
    gcloud = shutil.which("gcloud")
    if gcloud is None or shutil.which("java") is None:
        return None
    script = Path(gcloud).resolve().parents[1] / "platform/pubsub-emulator/bin/cloud-pubsub-emulator"
    return script if script.is_file() else None


class Emulator:
    """A `Broker`. Its clock is the wall's: ack deadlines and back-off don't run at the sandbox's pace."""

    name = "Pub/Sub emulator"

    def __init__(self, script: Path) -> None:
        self._reservation = Reservation()
        self._script = script
        self._process: asyncio.subprocess.Process | None = None
        self.endpoint = f"127.0.0.1:{self._reservation.port}"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            str(self._script),
            "--host=127.0.0.1",
            f"--port={self._reservation.port}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # the terminal's Ctrl-C is for the sandbox, which ends it in order
        )
        try:
            async with asyncio.timeout(_READY_SECONDS), grpc.aio.insecure_channel(self.endpoint) as channel:
                await channel.channel_ready()
        except TimeoutError as error:
            await self.stop()
            raise RuntimeError(f"the Pub/Sub emulator did not answer within {_READY_SECONDS:.0f} s") from error

    async def stop(self) -> None:
        self._reservation.release()
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
