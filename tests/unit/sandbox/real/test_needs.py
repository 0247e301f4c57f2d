"""A machine without the real parts is told all that it lacks, and how to get it."""

import sys
from pathlib import Path

import pytest

from sandbox.real import needs, programs
from sandbox.real.binaries import Binaries


def script(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def missing(ring: int) -> dict[str, str]:
    return {need.what: need.remedy for need in needs.of(ring)}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, on a machine where nothing was ever built."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return tmp_path


def test_ring_one_needs_nothing(bare: Path) -> None:
    assert not needs.of(1)


def test_everything_is_named_at_once_with_what_installs_it(bare: Path) -> None:
    found = missing(2)
    assert found.keys() == {"Go 1.24 or newer", "setpriv", "docker-registry"}
    assert found["docker-registry"] == "apt-get install docker-registry"
    assert "KUBEBUILDER_ASSETS" in found["Go 1.24 or newer"]
    assert missing(3).keys() > found.keys()


@pytest.mark.parametrize("version", ["go1.24.0", "go1.30rc1", "devel go2-abcdef"])
def test_go_that_knows_the_modules_is_enough(bare: Path, version: str) -> None:
    script(bare / "bin/go", f"echo '{version}'")
    assert "Go 1.24 or newer" not in missing(2)


@pytest.mark.parametrize("version", ["go1.19.8", "go1.23.12"])
def test_go_that_is_too_old_for_the_modules_is_no_go(bare: Path, version: str) -> None:
    script(bare / "bin/go", f"echo '{version}'")
    assert "Go 1.24 or newer" in missing(2)


def test_programs_that_are_there_need_no_go(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(bare / "assets"))
    for name in programs.of(2):
        script(bare / "assets" / name)
    assert missing(2).keys() == {"setpriv", "docker-registry"}


def test_programs_that_were_built_need_no_go(bare: Path) -> None:
    for name in programs.of(2):
        script(Binaries.path(name))
    assert missing(2).keys() == {"setpriv", "docker-registry"}


def test_a_folder_of_programs_that_is_not_there_is_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(bare / "elsewhere"))
    script(bare / "bin/go", "echo go1.30.0")
    assert (
        missing(2)[f"{bare / 'elsewhere'}, which is KUBEBUILDER_ASSETS"] == "name a folder that is there, or unset it"
    )
    assert not missing(1)


def test_another_system_is_told_so_and_no_more(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert missing(3).keys() == {"Linux"}


def test_a_container_whose_root_may_not_make_namespaces_is_no_place_for_machines(bare: Path) -> None:
    script(bare / "bin/unshare", "exit 1")
    found = {what for what in missing(3) if what in {"root", "CAP_SYS_ADMIN, for namespaces"}}
    assert len(found) == 1
    script(bare / "bin/unshare")
    assert "CAP_SYS_ADMIN, for namespaces" not in missing(3)
