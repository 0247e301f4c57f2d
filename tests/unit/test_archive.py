"""The archive of what is deployed: the same commit is the same bytes, and nothing but the product is in it."""

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tools import archive
from tools.archive import members, pack, uncommitted

ROOT = Path(__file__).parents[2]
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small product, committed where there is git, with much around it that stays at home."""
    root = tmp_path / "tree"
    files = ("main.py", "requirements.txt", "functions/ports.py", "functions/adapters/compute.py")
    others = ("README.md", "repull/cli.py", "sandbox/world.py", "tests/functions/test_it.py", "infra/terraform/main.tf")
    for name in (*files, *others, "functions/__pycache__/ports.pyc", ".venv/functions/it.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}\n")
    for name in (".gcloudignore", ".gitignore"):
        shutil.copy(ROOT / name, root)
    if shutil.which("git"):
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", "all")
    return root


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", root, *arguments], check=True)


def test_only_the_product_is_packed(tree: Path) -> None:
    assert members(tree) == ["functions/adapters/compute.py", "functions/ports.py", "main.py", "requirements.txt"]


def test_the_whole_product_is_packed() -> None:
    code = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("functions/**/*.py")]

    assert members(ROOT) == sorted(["main.py", "requirements.txt", *code])


def test_the_same_files_are_the_same_bytes_whoever_packs_them_and_when(tree: Path, tmp_path: Path) -> None:
    other = shutil.copytree(tree, tmp_path / "other")
    (other / "main.py").chmod(0o777)
    os.utime(other / "main.py", (2_000_000_000, 2_000_000_000))
    (other / "functions/ports.py").unlink()
    shutil.copy(tree / "functions/ports.py", other / "functions/ports.py")

    first, second = pack(tree, tmp_path / "1.zip"), pack(other, tmp_path / "2.zip")

    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.sha256, first.size) == (second.sha256, second.size) == (second.sha256, second.path.stat().st_size)


def test_the_bytes_do_not_depend_on_a_compressor(tree: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack(tree, tmp_path / "it.zip").path) as packed:
        assert {entry.compress_type for entry in packed.infolist()} == {zipfile.ZIP_STORED}
        assert packed.read("main.py") == b"# main.py\n"


@pytest.mark.parametrize("name", ["main.py", "functions/ports.py", "requirements.txt"])
def test_another_byte_is_another_hash(tree: Path, tmp_path: Path, name: str) -> None:
    before = pack(tree, tmp_path / "1.zip").sha256
    (tree / name).write_text("# another\n")

    assert pack(tree, tmp_path / "2.zip").sha256 != before


@needs_git
def test_only_what_is_committed_is_packed_by_hand(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(archive, "ROOT", tree)
    monkeypatch.setattr(archive, "ARCHIVE", tree / "build/functions.zip")
    assert archive.main() == 0
    assert f"sha256  {sha256(tree / 'build/functions.zip')}" in capsys.readouterr().out

    (tree / "functions/new.py").write_text("# new\n")
    assert archive.main() == 1
    assert "functions/new.py" in capsys.readouterr().err


def test_terraform_is_told_the_archive_and_its_hash(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "ROOT", tree)
    monkeypatch.setattr(archive, "ARCHIVE", tree / "build/functions.zip")
    assert archive.main() == 0

    told = json.loads((tree / "build/source.tfvars.json").read_text())

    packed = tree / "infra/terraform" / told["source_archive"]
    assert (packed.resolve(), told["source_sha256"]) == (tree / "build/functions.zip", sha256(packed))
    assert not Path(told["source_archive"]).is_absolute()


@needs_git
def test_what_is_changed_is_named_where_it_would_be_deployed(tree: Path) -> None:
    (tree / "README.md").write_text("# another\n")
    (tree / "functions/new.py").write_text("# new\n")
    (tree / "main.py").write_text("# another\n")
    (tree / "functions/ports.py").unlink()

    assert sorted(uncommitted(tree)) == ["functions/new.py", "functions/ports.py", "main.py"]


def test_a_tree_without_git_is_packed_as_it_is(tree: Path) -> None:
    """Cloud Build gets the files and no history."""
    shutil.rmtree(tree / ".git", ignore_errors=True)  # which is not there where git isn't

    assert uncommitted(tree) == []
