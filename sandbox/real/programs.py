"""The programs that are built from Go modules: others', as each module pins them, and those of the sandbox's images."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

_MODULES = Path(__file__).with_name("modules")
_INFRA_CHECK = Path(__file__).parents[2] / "infra" / "check"
_STRIP = "-s -w"
_STAMPS = {
    "k8s.io/kubernetes": (
        "k8s.io/component-base/version.gitVersion=v{version}",
        "k8s.io/component-base/version.gitMajor={major}",
        "k8s.io/component-base/version.gitMinor={minor}",
    ),
    "github.com/containerd/containerd/v2": ("github.com/containerd/containerd/v2/version.Version={version}",),
}
"""By the module that a go.mod requires: variables, and what they are set to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A `package` of the Go module in `folder`, or of what it requires."""

    name: str
    folder: Path
    package: str

    @property
    def link_flags(self) -> str:
        """Some learn their own version from their linker; without it a node would not know its own."""
        pins = (self.folder / "go.mod").read_text()
        found = re.search(rf"^require ({'|'.join(_STAMPS)}) v(\S+)$", pins, re.MULTILINE)
        if found is None:
            return _STRIP
        module, version = found.groups()
        major, minor, _ = version.split(".", 2)
        stamps = (each.format(version=version, major=major, minor=minor) for each in _STAMPS[module])
        return " ".join([_STRIP, *(f"-X {stamp}" for stamp in stamps)])

    @property
    def key(self) -> str:
        """Changes with what the program is built from, the module's files, and with the kind of machine it is for.

        Not with the compiler: what was built with another one is the same program, and needs no compiler to be run.
        """
        machine = os.uname()
        digest = hashlib.sha256(f"{machine.sysname} {machine.machine} {self.link_flags}".encode())
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]


def _programs(module: str, prefix: str, *names: str) -> dict[str, Program]:
    return {name: Program(name=name, folder=_MODULES / module, package=f"{prefix}/{name}") for name in names}


CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
BACKGROUND = ("kwok",)
MACHINE = ("kubelet", "containerd", "containerd-shim-runc-v2", "ctr")
IMAGES = ("worker", "pause")  # what runs in the containers of a machine
TERRAFORM_PROVIDER = "terraform-provider-google"  # on no ring: what infra/ is checked with
PROGRAMS = {
    "etcd": Program(name="etcd", folder=_MODULES / "etcd", package="go.etcd.io/etcd/server/v3"),
    **_programs("kubernetes", "k8s.io/kubernetes/cmd", *CONTROL_PLANE[1:], "kubelet"),
    **_programs("containerd", "github.com/containerd/containerd/v2/cmd", *MACHINE[1:]),
    **_programs("kwok", "sigs.k8s.io/kwok/cmd", *BACKGROUND),
    **_programs("images", ".", *IMAGES),
    TERRAFORM_PROVIDER: Program(name=TERRAFORM_PROVIDER, folder=_INFRA_CHECK / "provider", package="."),
}
"""By name, in the order in which they are wanted."""


def of(ring: int) -> tuple[str, ...]:
    """The names of those that it runs."""
    second = (*CONTROL_PLANE, *BACKGROUND)
    return {1: (), 2: second, 3: (*second, *MACHINE, *IMAGES)}[ring]
