"""What a ring needs of the machine, and the command that installs what is missing."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from sandbox.breakdown import MORE_INOTIFY
from sandbox.real import inotify, programs
from sandbox.real.binaries import VARIABLE, Binaries

CNI = Path("/usr/lib/cni")  # where Debian has the plugins
_CGROUPS = Path("/sys/fs/cgroup/pids")  # is not there where cgroups are of version 2
_OLDEST_GO = (1, 24)  # the module files say so too
_COMMANDS = {
    2: {"setpriv": "util-linux", "docker-registry": "docker-registry"},
    3: {"runc": "runc", "ip": "iproute2", "unshare": "util-linux", "mount": "mount"},
}
"""By ring, and Debian's package for each."""
_LOOKS = (0.0, 0.5, 0.5)  # seconds before each


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Something that is not there."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.remedy}"


GO = Need(what=f"Go {'.'.join(map(str, _OLDEST_GO))} or newer", remedy="install it as https://go.dev/doc/install says")


def of(ring: int) -> tuple[Need, ...]:
    """What is missing for it; empty where the ring can run. Ring 1 needs nothing but Python."""
    if ring == 1:
        return ()
    if sys.platform != "linux":
        return (Need(what="Linux", remedy="run this in a Linux machine, a virtual one will do"),)
    return tuple(_missing(ring))


def _missing(ring: int) -> Iterator[Need]:
    assets = os.environ.get(VARIABLE)
    if assets and not Path(assets).is_dir():
        yield Need(what=f"{assets}, which is {VARIABLE}", remedy="name a folder that is there, or unset it")
    elif not can_have(programs.of(ring)):
        yield replace(GO, remedy=f"{GO.remedy}, or set {VARIABLE} to a folder with {', '.join(programs.of(ring))}")
    for number, commands in _COMMANDS.items():
        if number <= ring:
            for command, package in commands.items():
                if not shutil.which(command):
                    yield Need(what=command, remedy=f"apt-get install {package}")
    if ring == 3:
        yield from _missing_for_machines()


def _missing_for_machines() -> Iterator[Need]:
    if not (CNI / "ptp").is_file():
        yield Need(what=f"CNI plugins in {CNI}", remedy="apt-get install containernetworking-plugins")
    if not _CGROUPS.is_dir():
        yield Need(
            what="cgroups of version 1",
            remedy="start this machine with systemd.unified_cgroup_hierarchy=0 on its kernel's command line",
        )
    if not _leaves_inotify():
        yield Need(what=f"{inotify.STORY} inotify instances that nobody uses", remedy=MORE_INOTIFY)
    if os.geteuid() != 0:
        yield Need(what="root", remedy="run it as root: machines have namespaces and cgroups of their own")
    elif not _may_unshare():
        yield Need(
            what="CAP_SYS_ADMIN, for namespaces",
            remedy="run it in a virtual machine or in a privileged container",
        )


def _leaves_inotify() -> bool:
    """Looked for more than once: who has them may be about to end, and a "no" is remembered."""
    for pause in _LOOKS:
        Event().wait(pause)
        if inotify.are_left(inotify.STORY):
            return True
    return False


def _may_unshare() -> bool:
    """A container's root, for one, may not. Where there is no such command, that is another need."""
    if not shutil.which("unshare"):
        return True
    attempt = ("unshare", "--mount", "--pid", "--fork", "true")
    return subprocess.run(attempt, check=False, capture_output=True).returncode == 0


def can_have(names: Iterable[str]) -> bool:
    """They are there, or can be built."""
    return not Binaries.missing(names) or _go() >= _OLDEST_GO


def _go() -> tuple[int, ...]:
    """Its version; empty where there is no Go."""
    try:
        asked = subprocess.run(
            ("go", "env", "GOVERSION"),
            check=True,
            capture_output=True,
            text=True,
            cwd="/",  # a go.mod around us may ask for another one
        )
    except (OSError, subprocess.CalledProcessError):
        return ()
    found = re.match(r"go(\d+)\.(\d+)", asked.stdout)
    return tuple(map(int, found.groups())) if found else _OLDEST_GO  # a compiler that was built by hand
