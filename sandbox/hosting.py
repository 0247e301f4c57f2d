"""What the process that hosts the sandbox does about signals and proxies, and about programs that it starts."""

import asyncio
import os
import shutil
import signal


def stay_on_loopback() -> None:
    """Whatever proxy the machine uses, everything here is on loopback, and HTTP and gRPC clients heed these."""
    for name in ("NO_PROXY", "no_proxy"):
        before = os.environ.get(name)
        os.environ[name] = ",".join(filter(None, (before, "localhost", "127.0.0.1")))


def end_in_order() -> None:
    """SIGTERM and SIGHUP end the current task as Ctrl-C does: everything that was started is stopped."""
    task = asyncio.current_task()
    if task is None:
        return
    loop, numbers = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end() -> None:
        for number in numbers:
            loop.add_signal_handler(number, lambda: None)  # a second one must not interrupt the clearing up
        task.cancel()

    for number in numbers:
        loop.add_signal_handler(number, end)


def bound_to_us(*command: str) -> tuple[str, ...]:
    """`command`, which the kernel then kills when the thread that started it is gone, whatever that died of.

    setpriv sets the parent-death signal and becomes the program: the process that is started is still the one to end.
    A fork of the program does not inherit the signal. Where there is no setpriv the command is left as it is.
    """
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", *command) if setpriv else command
