"""The function `on_pull_event` with a stopwatch, for functions-framework to load in place of `main.py`.

It runs from the moment in which Flask begins with a request until the verdict's line is written, and tells how much
of that went by inside a socket's calls. What is left is ours, and that of every library that we have chosen.

It does not see Pub/Sub, whose client speaks gRPC over sockets that are not Python's, in threads of its own. Nothing is
published before the verdict's line, so no lap has any of it; if something ever is, the wait for it counts as ours.
"""

import functools
import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.diagnosis_lap import Lap

_WAITING = (
    (socket.socket, ("connect", "recv", "recv_into", "send", "sendall")),
    (ssl.SSLSocket, ("connect", "do_handshake", "read", "recv", "recv_into", "send", "sendall", "write")),
)
_VERDICT = "repull.verdict"


class _Stopwatch(threading.local):
    """Of one thread, which answers one request at a time."""

    began = cpu_began = in_sockets = 0.0
    depth = 0  # an encrypted socket's calls make an ordinary one's


_watch = _Stopwatch()


class _Log(logging.Logger):
    """The product's logger: once the line is written, the verdict is known."""

    def handle(self, record: logging.LogRecord) -> None:
        super().handle(record)
        if isinstance(record.msg, dict) and record.msg.get("event") == _VERDICT:
            _stop()


def _start(_: flask.Flask, **__: object) -> None:
    _watch.in_sockets = 0.0
    _watch.began, _watch.cpu_began = time.perf_counter(), time.thread_time()


def _stop() -> None:
    whole, cpu = time.perf_counter() - _watch.began, time.thread_time() - _watch.cpu_began
    print(Lap(whole=whole, in_sockets=_watch.in_sockets, cpu=cpu, ended=time.time()).line, flush=True)


def _timed(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        _watch.depth += 1
        try:
            return call(*args, **kwargs)
        finally:
            _watch.depth -= 1
            if not _watch.depth:
                _watch.in_sockets += time.perf_counter() - began

    return timed


for _kind, _names in _WAITING:
    for _name in _names:
        setattr(_kind, _name, _timed(getattr(_kind, _name)))
flask.request_started.connect(_start)
logging.setLoggerClass(_Log)
logging.getLogger("repull")  # made now, and found by whoever asks for it later
logging.setLoggerClass(logging.Logger)

from main import on_pull_event  # noqa: E402, F401 - what functions-framework looks for
