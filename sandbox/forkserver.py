"""What functions and commands are forked from: it has loaded their libraries once, which is most of what a start costs.

`sandbox.forked` starts it and speaks to it. It loads no line of the product, and ends when whoever started it has.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

LIBRARIES = (
    "functions_framework._cli",
    "gunicorn.workers.gthread",
    "google.cloud.compute_v1",
    "google.cloud.logging_v2.handlers",
    "google.cloud.pubsub_v1",
    "kubernetes.client",
)
"""What functions and commands load, early or late."""
READ_THEIR_ENVIRONMENT = ("google.auth.compute_engine._metadata", "kubernetes.config.kube_config")
"""Of these libraries: once, when they are loaded."""
LONGEST = 256 * 1024  # bytes of a message
_DIE_WITH_PARENT = 1  # prctl(2), PR_SET_PDEATHSIG


def main(channel: socket.socket) -> None:
    """Say that all is loaded, and answer until the other end is closed; in a fork, be what was asked for."""
    sys.path.pop(0)  # where this file is: what is called google beside it is another one
    for name in (*READ_THEIR_ENVIRONMENT, *LIBRARIES):
        importlib.import_module(name)
    gc.freeze()  # a fork that collects garbage need not copy all of that
    channel.send(b"{}")
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, LONGEST, 3)
        if not message:
            return
        asked = json.loads(message)
        if "ended" in asked:
            channel.send(json.dumps({"code": _code(asked["ended"])}).encode())
            continue
        server, (ready, not_ready) = os.getpid(), os.pipe()
        if not (pid := os.fork()):
            channel.close()
            os.close(ready)
            _leave(server)
            os.close(not_ready)
            _be(asked, descriptors)
            return
        os.close(not_ready)
        os.read(ready, 1)  # returns when the other end is closed: whoever is told of the process may kill its group
        os.close(ready)
        process = os.pidfd_open(pid)
        socket.send_fds(channel, [json.dumps({"pid": pid}).encode()], [process])
        for descriptor in (*descriptors, process):
            os.close(descriptor)


def _code(pid: int) -> int:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:  # it was another server's, which has ended and taken it along
        return -signal.SIGKILL


def _leave(server: int) -> None:
    """Be a process group of one's own, which ends when the server does."""
    os.setsid()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != server:
        sys.exit()


def _be(asked: dict[str, Any], streams: Sequence[int]) -> None:
    """`python -m module`, which knows only its environment."""
    for stream, descriptor in enumerate(streams):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    for name in READ_THEIR_ENVIRONMENT:
        importlib.reload(sys.modules[name])
    sys.path.insert(0, asked["cwd"])
    sys.argv[1:] = asked["arguments"]
    if not os.environ.get("PYTHONUNBUFFERED"):
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (as an interpreter opens it)
    runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
