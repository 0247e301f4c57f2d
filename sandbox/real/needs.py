"""What a ring needs of the machine, and the command that installs what is missing."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Something that is not there."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.remedy}"


def of(ring: int) -> tuple[Need, ...]:
    """What is missing for it; empty where the ring can run. Ring 1 needs nothing but Python."""
    return tuple(_missing(ring))


def _missing(ring: int) -> Iterator[Need]:
    if ring == 1:
        return
    if sys.platform != "linux":
        yield Need(what="Linux", remedy="run this in a Linux machine, a virtual one will do")
        return
    if not shutil.which("go"):
        yield Need(what="go, 1.24 or newer", remedy="install Go, or set KUBEBUILDER_ASSETS where the programs are")
    if not shutil.which("docker-registry"):
        yield Need(what="docker-registry", remedy="apt-get install docker-registry")
    if ring == 3 and os.geteuid() != 0:
        yield Need(what="root", remedy="run it as root: machines have namespaces and cgroups of their own")
