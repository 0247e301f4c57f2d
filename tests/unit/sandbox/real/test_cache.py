"""Programs of former pins go once nobody has used them for long; what is used, or is the last of its kind, stays."""

import fcntl
import os
from pathlib import Path

import pytest

from sandbox.real import cache

DAY = 24 * 3600.0
NOW = 1_700_000_000.0


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "repull" / "programs"
    folder.mkdir(parents=True)
    return folder


def built(programs: Path, module: str, number: int, *, days_ago: float) -> Path:
    """A folder with a program in it that was last used so long ago."""
    folder = programs / f"{module}-{number:016x}"
    folder.mkdir()
    (folder / module).touch()
    os.utime(folder, (NOW - days_ago * DAY,) * 2)
    return folder


def test_what_was_not_used_for_long_goes_but_for_the_newest_of_each_module(programs: Path) -> None:
    gone = [built(programs, "etcd", number, days_ago=15 + number) for number in (1, 2)]
    kept = [
        built(programs, "etcd", 3, days_ago=0),
        built(programs, "etcd", 4, days_ago=13),
        built(programs, "containerd", 5, days_ago=400),
    ]
    (programs / "lock").touch()
    cache.prune(NOW)
    assert not any(each.exists() for each in gone)
    assert sorted(programs.iterdir()) == sorted([*kept, programs / "lock"])


def test_what_somebody_holds_stays_until_he_ends(programs: Path) -> None:
    used = built(programs, "etcd", 1, days_ago=30)
    built(programs, "etcd", 2, days_ago=0)
    holder = os.open(used, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_SH)
    cache.prune(NOW)
    assert used.exists()
    os.close(holder)
    cache.prune(NOW)
    assert not used.exists()


def test_what_cannot_be_looked_at_keeps_nobody_from_his_programs(programs: Path) -> None:
    programs.rmdir()
    cache.prune(NOW)
    assert not programs.exists()


def test_to_hold_is_to_use(programs: Path) -> None:
    old, newest = built(programs, "etcd", 1, days_ago=30), built(programs, "etcd", 2, days_ago=29)
    cache.hold([old, programs / f"etcd-{3:016x}"])
    assert old.stat().st_mtime > NOW
    os.utime(old, (NOW - 30 * DAY,) * 2)
    cache.prune(NOW)
    assert {old, newest} <= set(programs.iterdir())


def test_what_was_taken_away_halfway_goes_with_the_next(programs: Path) -> None:
    built(programs, ".gone-etcd", 1, days_ago=0)
    cache.prune(NOW)
    assert not list(programs.iterdir())


def test_other_peoples_folders_are_left_alone(programs: Path, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    os.utime(assets, (NOW, NOW))
    cache.hold([assets])
    assert assets.stat().st_mtime == NOW
