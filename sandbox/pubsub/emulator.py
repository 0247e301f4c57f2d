"""The real Pub/Sub emulator, where gcloud has it."""

import asyncio
import shutil
from pathlib import Path

import grpc

from sandbox.breakdown import Breakdown
from sandbox.hosting import bound_to_us
from sandbox.reservation import Reservation

_READY_SECONDS = 150.0  # of Java, on a busy machine
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


class DidNotStart(Breakdown):
    """It ended, or was not ready in time."""

    remedy = "SANDBOX_PUBSUB=embedded does without it"


class Emulator:
    """A `Broker`. Its clock is the wall's: ack deadlines and back-off don't run at the sandbox's pace."""

    name = "Pub/Sub emulator"

    def __init__(self, script: Path) -> None:
        self.endpoint = ""
        self._script = script
        self._reservation: Reservation | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._reservation = Reservation()
        self.endpoint = f"127.0.0.1:{self._reservation.port}"
        self._process = await asyncio.create_subprocess_exec(
            *bound_to_us(str(self._script), "--host=127.0.0.1", f"--port={self._reservation.port}"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # the terminal's Ctrl-C is for the sandbox, which ends it in order
        )
        try:
            async with grpc.aio.insecure_channel(self.endpoint) as channel:
                await self._ready(channel, self._process)
        except BaseException:  # a cancelled start must not leave Java behind either
            await self.stop()
            raise

    @staticmethod
    async def _ready(channel: grpc.aio.Channel, process: asyncio.subprocess.Process) -> None:
        ready, ended = asyncio.create_task(channel.channel_ready()), asyncio.create_task(process.wait())
        try:
            await asyncio.wait((ready, ended), timeout=_READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            answered = ready.done()
        finally:  # neither may outlive the channel
            ready.cancel()
            ended.cancel()
            await asyncio.wait((ready, ended))
        if not answered:
            said = f"ended with {process.returncode}" if process.returncode is not None else "stayed silent"
            raise DidNotStart(f"the Pub/Sub emulator {said}")

    async def stop(self) -> None:
        if self._reservation:
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
