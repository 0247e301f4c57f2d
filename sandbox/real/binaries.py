"""Where the real programs are: with KUBEBUILDER_ASSETS where it has them, else in a cache of our own, built once.

`python -m sandbox.real.binaries` builds whatever is missing; with a ring's number, what that ring runs.
"""

import fcntl
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox.real import cache, programs
from sandbox.real.building import BuildFailed, Progress, build
from sandbox.real.programs import PROGRAMS

VARIABLE = "KUBEBUILDER_ASSETS"
"""The folder in which people have the programs that their tests of Kubernetes use; seldom all of ours."""


class Binaries:
    """All of it is asked by a program's name, as in PROGRAMS."""

    @staticmethod
    def path(name: str) -> Path:
        """Where it is, or will be once it is built."""
        assets = os.environ.get(VARIABLE)
        if assets and (given := Path(assets).resolve() / name).is_file():
            return given
        program = PROGRAMS[name]
        return cache.root() / f"{program.folder.name}-{program.key}" / name

    @staticmethod
    def missing(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if not Binaries.path(name).is_file())

    @staticmethod
    def ensure(names: Iterable[str], progress: Progress) -> None:
        """Build what is missing; another process that wants the same waits for it. Raises BuildFailed.

        They stay where they are for as long as this process lives.
        """
        wanted = tuple(names)
        folders = {Binaries.path(name).parent for name in wanted}
        cache.hold(folders)
        if not Binaries.missing(wanted):
            return
        try:
            with _alone(progress):
                for name in Binaries.missing(wanted):
                    target = Binaries.path(name)
                    target.parent.mkdir(exist_ok=True)
                    build(PROGRAMS[name], target, progress)
                cache.hold(folders)
                cache.prune()
        except OSError as error:
            raise BuildFailed(f"{', '.join(Binaries.missing(wanted))}: not built: {error}") from error


@contextmanager
def _alone(progress: Progress) -> Iterator[None]:
    """One process at a time builds; the kernel gives the lock back when its holder is gone."""
    folder = cache.root()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process that builds them …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str]) -> int:
    """Build what a ring runs: 3, which is everything, where none is named."""
    if list(arguments) not in ([], ["2"], ["3"]):
        print("usage: python -m sandbox.real.binaries [2|3]", file=sys.stderr)
        return 2
    names = programs.of(int(arguments[0]) if arguments else 3)
    try:
        Binaries.ensure(names, lambda line: print(line, flush=True))
        for name in names:
            print(Binaries.path(name))
    except (BuildFailed, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
