"""A program of the sandbox as people start it: with a folder for its files, by which all that is of it is known."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.real.machines.cgroups import HIERARCHIES
from sandbox.real.machines.slot import PLACE

ROOT = Path(__file__).parents[2]


def start(folder: Path, module: str, *arguments: str, environ: Mapping[str, str] = os.environ) -> subprocess.Popen[str]:
    """`python -m module`, with what it says in one stream."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", module, *arguments],
        cwd=ROOT,
        env={**environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def started(
    folder: Path, module: str, *arguments: str, environ: Mapping[str, str] = os.environ
) -> Iterator[subprocess.Popen[str]]:
    """It is killed where the test fails before its end."""
    process = start(folder, module, *arguments, environ=environ)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What it has said when it says them."""
    assert process.stdout is not None
    read = []
    for line in process.stdout:
        read.append(line)
        if words in line:
            return "".join(read)
    raise AssertionError(f"it ended without saying {words!r}:\n{''.join(read)}")


def processes(folder: Path) -> dict[str, int]:
    """Those that work with files of this folder, by name."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command = (directory / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder).encode() in command:
            found[Path(command.split(b"\0")[0].decode()).name] = int(directory.name)
    return found


def left_behind(folder: Path) -> list[str]:
    """Files in the folder, and processes whose environment mentions it, or that talk to a file in it as machines do."""
    found = [str(path) for path in folder.iterdir()]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            known = (process / "environ").read_bytes() + str((process / "fd/1").readlink()).encode()
        except OSError:
            continue  # it ended, or is somebody else's
        if str(folder).encode() in known:
            found.append(f"process {process.name}")
    return found


@contextmanager
def footprint(process: subprocess.Popen[str]) -> Iterator[Callable[[], list[str]]]:
    """Asks which of the directories and cgroups that its real machines have on the host now are still there.

    They are known by descriptors: another sandbox may soon have some of the same names.
    """
    slots = [each for each in _opened_by(process) if each.parent == PLACE]
    cgroups = [each for slot in slots for each in HIERARCHIES.glob(f"*/repull-{slot.name}")]
    descriptors = [os.open(each, os.O_RDONLY) for above in (*slots, *cgroups) for each in (above, *_folders_in(above))]

    def left() -> list[str]:
        names = (str(Path(f"/proc/self/fd/{each}").readlink()) for each in descriptors)
        return [name for name in names if not name.endswith(" (deleted)")]

    try:
        yield left
    finally:
        for each in descriptors:
            os.close(each)


def _opened_by(process: subprocess.Popen[str]) -> Iterator[Path]:
    for each in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            yield each.readlink()


def _folders_in(above: Path) -> Iterator[Path]:
    return (each for each in above.iterdir() if each.is_dir())
