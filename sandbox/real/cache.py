"""Where programs that were built are kept: a folder for each module as it was when they were built from it.

Whoever uses a folder holds it, and the kernel lets go of it when that process ends. What a module was built to before
is taken away when it has been built anew, unless somebody has used it of late.
"""

import contextlib
import fcntl
import itertools
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_KEPT_SECONDS = 14 * 24 * 3600.0  # from the last use
_FOLDER = re.compile(r"(?P<module>.+)-[0-9a-f]{16}")
_GONE = ".gone-"
_held: dict[Path, int] = {}
"""The descriptors by which this process holds folders, until its end."""


def root() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "repull" / "programs"


def hold(folders: Iterable[Path]) -> None:
    """Use them: nobody takes them away while this process lives. Harmless where one isn't there, or elsewhere."""
    for folder in folders:
        if folder.parent != root():
            continue
        with contextlib.suppress(OSError):
            if folder not in _held:
                _held[folder] = _locked(folder, fcntl.LOCK_SH)
            os.utime(folder)


def prune(now: float | None = None) -> None:
    """Take away what is old. Only for whoever builds, of whom there is one at a time.

    The newest folder of a module stays, however old it is. What can't be looked at or taken away stays too.
    """
    with contextlib.suppress(OSError):
        for folder in _old(time.time() if now is None else now):
            _take_away(folder)
        for folder in root().glob(f"{_GONE}*"):
            shutil.rmtree(folder, ignore_errors=True)


def _take_away(folder: Path) -> None:
    """At once, as a whole, and out of the way."""
    with contextlib.suppress(OSError):  # somebody uses it, or may keep us from it
        lock = _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            folder.rename(folder.with_name(f"{_GONE}{folder.name}"))
        finally:
            os.close(lock)


def _old(now: float) -> Iterator[Path]:
    found = [(match["module"], each) for each in root().iterdir() if (match := _FOLDER.fullmatch(each.name))]
    for _, group in itertools.groupby(sorted(found), key=lambda pair: pair[0]):
        used = sorted((each.stat().st_mtime, each) for _, each in group)
        yield from (each for at, each in used[:-1] if now - at > _KEPT_SECONDS)


def _locked(folder: Path, how: int) -> int:
    """A descriptor that holds the lock on what is there. Raises OSError where it can't be had."""
    with contextlib.ExitStack() as unless_locked:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        unless_locked.callback(os.close, descriptor)
        fcntl.flock(descriptor, how)
        if not os.path.samestat(folder.stat(), os.fstat(descriptor)):  # taken away, and built again, meanwhile
            raise FileNotFoundError(folder)
        unless_locked.pop_all()
        return descriptor
