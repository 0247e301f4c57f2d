"""Packs what is deployed: python -m tools.archive writes build/functions.zip and prints its path, size and SHA-256.

Beside it lies build/source.tfvars.json, which tells Terraform the same.

The same files give the same bytes on every machine, so the hash says whether anything new is deployed.
What is left out is said by .gcloudignore alone, which `gcloud functions deploy` reads as well.
"""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

ROOT = Path(__file__).parents[1]
ARCHIVE = ROOT / "build" / "functions.zip"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell: nobody's clock goes into the hash
_MODE = 0o100644  # nor does anybody's umask


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A packed source tree. `sha256` is in hexadecimal, `size` in bytes."""

    path: Path
    size: int
    sha256: str


def members(root: Path) -> list[str]:
    """The files that are deployed, as paths below `root` with slashes, in the order in which they are packed."""
    return sorted(_kept(root, _left_out(root)))


def pack(root: Path, into: Path) -> Archive:
    """Write the archive, creating the folder around it. Raises OSError."""
    into.parent.mkdir(parents=True, exist_ok=True)
    # Nothing is compressed: zlib's versions differ in what they make of the same bytes, and there is little to save.
    with zipfile.ZipFile(into, "w") as archive:
        for name in members(root):
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system = 3  # Unix, whatever packs it
            entry.external_attr = _MODE << 16
            archive.writestr(entry, (root / name).read_bytes(), zipfile.ZIP_STORED)
    return Archive(path=into, size=into.stat().st_size, sha256=hashlib.sha256(into.read_bytes()).hexdigest())


def uncommitted(root: Path) -> list[str]:
    """What would be deployed otherwise than the last commit has it. Empty where git does not know the folder."""
    command = ("git", "-C", str(root), "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
    try:
        found = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return []
    if found.returncode:
        return []
    left_out = _left_out(root)
    changed = (line[3:] for line in found.stdout.split("\0") if line)
    return [name for name in changed if not left_out.match_file(name)]


def main() -> int:
    """The exit status."""
    changed = uncommitted(ROOT)
    if changed:
        print("An archive is named by the commit that it is of, and these files are in none:", file=sys.stderr)
        print("\n".join(f"  {name}" for name in changed), file=sys.stderr)
        return 1
    archive = pack(ROOT, ARCHIVE)
    below = os.path.relpath(archive.path, ROOT / "infra/terraform")  # the same on every machine: it stands in the state
    variables = {"source_archive": below, "source_sha256": archive.sha256}
    archive.path.with_name("source.tfvars.json").write_text(f"{json.dumps(variables, indent=2)}\n")
    print(f"path    {archive.path.relative_to(ROOT)}\nsize    {archive.size}\nsha256  {archive.sha256}")
    return 0


def _left_out(root: Path) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines((root / ".gcloudignore").read_text().splitlines())


def _kept(root: Path, left_out: GitIgnoreSpec) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        below = Path(folder).relative_to(root)
        folders[:] = [name for name in folders if not left_out.match_file(f"{(below / name).as_posix()}/")]
        paths = ((below / name).as_posix() for name in files)
        yield from (path for path in paths if not left_out.match_file(path))


if __name__ == "__main__":
    sys.exit(main())
