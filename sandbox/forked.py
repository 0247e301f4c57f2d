"""Functions and commands that start at once: forked from one that has loaded their libraries, where the system can."""

import asyncio
import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from asyncio import StreamReader
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

from sandbox import forkserver
from sandbox.breakdown import Breakdown

POSSIBLE = hasattr(os, "pidfd_open")  # Linux
NOBODYS = {"HOME": "/nonexistent", "CLOUDSDK_CONFIG": "/nonexistent", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
"""What libraries see as they are loaded: nothing of ours, and no credentials."""


class Process(Protocol):
    """What asyncio says of one, as far as it is asked here."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def stdout(self) -> StreamReader | None: ...
    @property
    def stderr(self) -> StreamReader | None: ...
    async def wait(self) -> int: ...


class ForkServerGone(Breakdown):
    """It has ended, of nothing in the sandbox."""

    def __init__(self) -> None:
        super().__init__("the process that functions are forked from has ended")


class ForkServer:
    """One for all of this process; it starts with the first who asks, and ends with us."""

    def __init__(self) -> None:
        self._turn = threading.Lock()  # loops of several threads may ask
        self._channel: socket.socket | None = None

    def load(self) -> None:
        """Returns when it has loaded all: seconds for the first who asks. Raises ForkServerGone."""
        with self._turn:
            if self._channel is None:
                self._channel = _launched()

    def ask(self, question: Mapping[str, Any], descriptors: Sequence[int] = ()) -> tuple[dict[str, Any], list[int]]:
        """Its answer, in milliseconds, and the descriptors that come with it. Raises ForkServerGone."""
        self.load()
        with self._turn:
            if self._channel is None:
                raise ForkServerGone
            answer = b""
            try:
                with contextlib.suppress(ConnectionError):
                    socket.send_fds(self._channel, [json.dumps(question).encode()], descriptors)
                    answer, given, _, _ = socket.recv_fds(self._channel, forkserver.LONGEST, 1)
                    if answer:
                        return json.loads(answer), given
                raise ForkServerGone
            finally:
                if not answer:  # gone, or we are interrupted, and an answer yet to come must be nobody else's
                    self._channel.close()
                    self._channel = None  # the next who asks has another one started


def _launched() -> socket.socket:
    """Returns when it has loaded all."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-u", forkserver.__file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=NOBODYS,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is ours to hear, and then it is still needed
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    if not ours.recv(forkserver.LONGEST):
        raise ForkServerGone
    return ours


SERVER = ForkServer()


class Forked:
    """A Process. Its code is asked for when it has ended."""

    def __init__(self, pid: int, process: int, stdout: StreamReader, stderr: StreamReader) -> None:
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self.returncode: int | None = None
        self._ending = asyncio.create_task(self._end(process), name=f"process {pid}")

    @classmethod
    async def start(
        cls, module: str, arguments: Sequence[str], *, environ: Mapping[str, str], cwd: str, limit: int
    ) -> Self:
        """`python -m module` with `arguments`. `limit`: bytes of a line that is read."""
        await asyncio.to_thread(SERVER.load)
        with contextlib.ExitStack() as theirs:  # once these are closed here, ours end with the process, or at once
            nothing = os.open(os.devnull, os.O_RDONLY)
            theirs.callback(os.close, nothing)
            (stdout, out), (stderr, err) = [await _piped(limit, theirs) for _ in range(2)]
            answer, (process,) = SERVER.ask(_question(module, arguments, environ, cwd), [nothing, out, err])
            return cls(answer["pid"], process, stdout, stderr)  # nothing is waited for while nobody owns it

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)

    async def _end(self, process: int) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(process, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(process)
            os.close(process)
        self.returncode = _code(self.pid)
        return self.returncode


def run(
    module: str, arguments: Sequence[str], *, environ: Mapping[str, str], cwd: str, given: str = "", timeout: float
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` of `python -m module`, `timeout` in seconds. It blocks. Raises TimeoutExpired."""
    command = [sys.executable, "-m", module, *arguments]
    with contextlib.ExitStack() as files:
        stdin, stdout, stderr = (files.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(3))
        stdin.write(given)
        stdin.seek(0)
        streams = [each.fileno() for each in (stdin, stdout, stderr)]
        answer, (process,) = SERVER.ask(_question(module, arguments, environ, cwd), streams)
        files.callback(os.close, process)
        ended, _, _ = select.select([process], [], [], timeout)
        if not ended:
            os.killpg(answer["pid"], signal.SIGKILL)
            select.select([process], [], [])
        code = _code(answer["pid"])
        for each in (stdout, stderr):
            each.seek(0)
        if not ended:
            raise subprocess.TimeoutExpired(command, timeout, output=stdout.read(), stderr=stderr.read())
        return subprocess.CompletedProcess(command, code, stdout.read(), stderr.read())


def _question(module: str, arguments: Sequence[str], environ: Mapping[str, str], cwd: str) -> dict[str, Any]:
    return {"module": module, "arguments": list(arguments), "environ": dict(environ), "cwd": cwd}


def _code(pid: int) -> int:
    """Of a process that has ended."""
    try:
        return int(SERVER.ask({"ended": pid})[0]["code"])
    except ForkServerGone:  # it took its processes along, and their codes
        return -signal.SIGKILL


async def _piped(limit: int, theirs: contextlib.ExitStack) -> tuple[StreamReader, int]:
    """What reads a pipe, and the end to write it, which is `theirs`."""
    ours, other = os.pipe()
    theirs.callback(os.close, other)
    reader = StreamReader(limit=limit)
    pipe = os.fdopen(ours, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader, other
