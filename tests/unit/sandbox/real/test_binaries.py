"""Which program is run: given, cached under what it was built from, or built, once and whole."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox.real import building, programs
from sandbox.real.binaries import Binaries
from sandbox.real.building import BuildFailed
from sandbox.real.programs import PROGRAMS, Program

# What stands in for the compiler: `go build` writes its -o.
GO = """#!/bin/sh
echo build >> "$BUILDS"
while [ "$1" != -o ]; do shift; done
printf half > "$2"
{body}
printf whole > "$2"
"""

# Builds everything, and gives a compiler that was interrupted the time that it takes on a busy machine.
PATIENT = """
import sys
from sandbox.real import binaries, building

building._PATIENCE = 60.0
sys.exit(binaries.main([]))
"""


def quiet(line: str) -> None:
    """Nobody waits."""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing was ever built here, and go is the one that `compiler` puts there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("BUILDS", str(tmp_path / "builds"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setattr(building, "_HEARTBEAT", 600.0)  # however long a busy machine takes, it is told once
    return tmp_path


def compiler(machine: Path, body: str = "") -> None:
    go = machine / "bin/go"
    go.parent.mkdir(exist_ok=True)
    go.write_text(GO.format(body=body))
    go.chmod(0o755)


def builds(machine: Path) -> int:
    record = machine / "builds"
    return len(record.read_text().splitlines()) if record.exists() else 0


def files(machine: Path) -> set[str]:
    return {path.name for path in (machine / "cache").rglob("*") if path.is_file()} - {"lock"}


def test_what_people_have_goes_before_what_we_build_one_by_one(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler(machine)
    assets = machine / "assets"
    assets.mkdir()
    (assets / "etcd").touch()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    assert Binaries.path("etcd") == assets / "etcd"
    assert Binaries.path("kubelet").is_relative_to(machine / "cache")
    assert Binaries.missing(["etcd", "kubelet"]) == ("kubelet",)


def test_what_is_missing_is_built_once_and_told(machine: Path) -> None:
    compiler(machine)
    told: list[str] = []
    Binaries.ensure(["etcd", "kubectl"], told.append)
    Binaries.ensure(["etcd", "kubectl"], told.append)
    assert builds(machine) == 2
    assert Binaries.path("etcd").read_text() == "whole"
    assert [re.sub(r"\d+ s", "N s", line) for line in told] == [
        "building etcd … N s",
        "built etcd in N s",
        "building kubectl … N s",
        "built kubectl in N s",
    ]


def test_what_was_built_is_found_without_the_compiler(machine: Path) -> None:
    compiler(machine)
    Binaries.ensure(["etcd"], quiet)
    (machine / "bin/go").unlink()
    assert not Binaries.missing(["etcd"])


def test_a_build_takes_away_what_its_module_was_built_to_long_ago(machine: Path) -> None:
    compiler(machine)
    current = Binaries.path("etcd").parent
    old = current.with_name(f"etcd-{0:016x}")
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    Binaries.ensure(["etcd"], quiet)
    assert not old.exists()
    os.utime(current, (0, 0))
    Binaries.ensure(["etcd"], quiet)
    assert current.stat().st_mtime > 0  # it has been used


def test_a_build_that_fails_leaves_nothing_and_says_why(machine: Path) -> None:
    compiler(machine, "echo 'main.go:7: undefined: x'; exit 1")
    with pytest.raises(BuildFailed, match=r"etcd was not built:\nmain.go:7: undefined: x"):
        Binaries.ensure(["etcd"], quiet)
    assert not files(machine)


def test_a_full_disk_is_told_with_what_takes_the_room(machine: Path) -> None:
    compiler(machine, "echo 'link: write: no space left on device'; exit 1")
    with pytest.raises(BuildFailed, match="GOCACHE"):
        Binaries.ensure(["etcd"], quiet)


def test_a_cache_that_takes_nothing_is_named(machine: Path) -> None:
    compiler(machine)
    (machine / "cache").touch()
    with pytest.raises(BuildFailed, match=r"etcd: not built: .*cache"):
        Binaries.ensure(["etcd"], quiet)


def test_an_interrupted_build_is_ended_and_leaves_nothing(machine: Path) -> None:
    compiler(
        machine, f"trap 'touch {machine}/cleared-up; exit 1' INT; touch {machine}/begun; while :; do sleep 0.01; done"
    )
    with subprocess.Popen([sys.executable, "-c", PATIENT], stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout
        assert builder.stdout.readline().startswith("building etcd")  # it knows of what it has started
        while not (machine / "begun").exists():
            assert builder.poll() is None
        builder.send_signal(signal.SIGINT)
        assert builder.wait(100) == 130
    assert (machine / "cleared-up").exists()
    assert not files(machine)


def test_two_who_want_the_same_build_it_once(machine: Path) -> None:
    compiler(machine, f"while [ ! -e {machine / 'go-on'} ]; do sleep 0.01; done")
    waiting = threading.Event()

    def second(line: str) -> None:
        if line.startswith("waiting"):
            waiting.set()

    threads = [threading.Thread(target=Binaries.ensure, args=(["etcd"], second)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert waiting.wait(60)
    (machine / "go-on").touch()
    for thread in threads:
        thread.join(60)
    assert builds(machine) == 1
    assert files(machine) == {"etcd"}


@pytest.mark.parametrize(
    "name, sources",
    [("etcd", ("go.mod", "go.sum", "tools.go")), ("worker", ("go.mod", "worker/main.go"))],
    ids=["another's", "our own"],
)
def test_the_key_changes_with_all_that_a_program_is_built_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, sources: tuple[str, ...]
) -> None:
    folder = tmp_path / name
    shutil.copytree(PROGRAMS[name].folder, folder)
    program = Program(name=name, folder=folder, package=PROGRAMS[name].package)
    keys = [PROGRAMS[name].key, program.key]
    assert keys[0] == keys[1]
    for source in sources:
        with (folder / source).open("a") as pins:
            pins.write("\n// another line")
        keys.append(program.key)
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(sysname="Linux", machine="another"))
    keys.append(program.key)
    assert len(set(keys)) == len(keys) - 1


def test_kubernetes_is_told_its_version_by_its_own_pin() -> None:
    pinned = re.search(r"k8s.io/kubernetes (v1\.(\d+)\.\d+)", (PROGRAMS["kubelet"].folder / "go.mod").read_text())
    assert pinned
    flags = PROGRAMS["kubelet"].link_flags
    assert f"gitVersion={pinned[1]} " in flags
    assert flags.endswith(f"gitMinor={pinned[2]}")
    assert "-X" not in PROGRAMS["etcd"].link_flags


def test_so_is_containerd() -> None:
    pinned = re.search(r"containerd/v2 v(2\.\d+\.\d+)", (PROGRAMS["containerd"].folder / "go.mod").read_text())
    assert pinned
    assert PROGRAMS["containerd"].link_flags.endswith(f"/version.Version={pinned[1]}")


@pytest.mark.parametrize("name", [*programs.CONTROL_PLANE, *programs.MACHINE, "kwok"])
def test_every_program_of_others_is_pinned_by_its_module(name: str) -> None:
    program = PROGRAMS[name]
    assert f'"{program.package}"' in (program.folder / "tools.go").read_text()
