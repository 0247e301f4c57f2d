"""What may go wrong with the sandbox itself, and how its doors tell people: one sentence, a remedy, and the log."""

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MORE_INOTIFY = "raise the host's limit: sysctl fs.inotify.max_user_instances=1024"
_REMEDIES = (
    (r"inotify|too many open files", MORE_INOTIFY),
    (r"no space left on device", "make room on the disk"),
    (r"address already in use", "start it again: it takes other ports"),
)
"""What the last words say, and what helps then."""
_OTHERWISE = "try again when the machine is less busy, and if it stays so, the log says why"


class Breakdown(RuntimeError):
    """Something beside the functions failed. The first line says what; a `log` has the rest where there is one."""

    remedy = ""

    def __init__(self, message: str, *, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log
        self._is_kept = False

    def keep_log(self) -> None:
        """As a file of its own, which outlives the directory that the log lies in; where the disk has room for it."""
        if self._is_kept or self.log is None or not self.log.exists():
            return
        with contextlib.suppress(OSError):
            descriptor, kept = tempfile.mkstemp(prefix=f"repull-{self.log.stem}-", suffix=".log")
            os.close(descriptor)
            self.log, self._is_kept = Path(shutil.copyfile(self.log, kept)), True

    @property
    def sentence(self) -> str:
        """What happened, what helps, and where to read on. Where there is no log, the last words are all there is."""
        what, _, last_words = str(self).partition("\n")
        told = f"{what.rstrip(':')}; {self.remedy or _remedy(last_words)}"
        return f"{told}: {self.log}" if self.log else "\n".join(filter(None, (told, last_words)))


def _remedy(last_words: str) -> str:
    found = (remedy for pattern, remedy in _REMEDIES if re.search(pattern, last_words, re.IGNORECASE))
    return next(found, _OTHERWISE)


def within(error: BaseException) -> Iterator[Breakdown]:
    """All of them, in whatever groups they are."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from within(each)
    elif isinstance(error, Breakdown):
        yield error


@contextmanager
def logs_kept() -> Iterator[None]:
    """To be opened inside the directory's own context."""
    try:
        yield
    except BaseException as error:
        for each in within(error):
            each.keep_log()
        raise


class Complaints:
    """Tells each breakdown once, though the loop hears of a machine's before whoever waited for the machine does."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._heard: list[Breakdown] = []

    def hear(self, error: BaseException) -> None:
        for each in within(error):
            if each not in self._heard:
                self._heard.append(each)
                self._complain(each.sentence)

    def listen(self) -> None:
        """Also to the running loop's: to what breaks where nobody waits for it."""

        def hear(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            error = context.get("exception")
            if not isinstance(error, Breakdown):
                loop.default_exception_handler(context)
                return
            error.keep_log()
            self.hear(error)

        asyncio.get_running_loop().set_exception_handler(hear)
