"""A directory for the files of one run, keys among them: it goes with the run, or where that was killed with the next.

Whoever uses one holds it locked, and the kernel unlocks it whatever its holder dies of.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "repull-scratch-"
_OURS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW  # in a place where anybody may put a link of that name


@contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A new one, of which `what` is a part of the name. First those of the dead are taken away."""
    _clear()
    directory, lock = _made(f"{_PREFIX}{what}-")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def _made(prefix: str) -> tuple[Path, int]:
    """Whoever clears may come between its making and its locking: then another one is made."""
    while True:
        directory = Path(tempfile.mkdtemp(prefix=prefix))
        if (lock := _lock(directory)) is not None:
            return directory, lock


def _clear() -> None:
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        lock = _lock(directory)
        if lock is not None:
            shutil.rmtree(directory, ignore_errors=True)
            os.close(lock)


def _lock(directory: Path) -> int | None:
    """The descriptor that holds it; None where it isn't there any more, or is another's."""
    with contextlib.suppress(OSError), contextlib.ExitStack() as unless_locked:
        lock = os.open(directory, _OURS)
        unless_locked.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = directory.lstat()
        if os.path.samestat(found, os.fstat(lock)) and found.st_uid == os.geteuid():
            unless_locked.pop_all()
            return lock
    return None
