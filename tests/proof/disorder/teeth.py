"""Whether the disorder bites: the product is broken on purpose, and it must find each breakage.

Usage: python -m tests.proof.disorder.teeth [--drawn] [--minutes N] [--seed N] [--keep FOLDER] [NAME ...]

Each breakage is made in a copy of the tree. There its own plan must go wrong, which must go well as the product is; or,
with --drawn, one of the plans of the seed, in time. What the stories said is kept in the folder, where one is given.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.proof.disorder.breakage import Breakage
from tests.proof.disorder.breakages import BREAKAGES

ROOT = Path(__file__).parents[3]
RAISED = re.compile(r"^AssertionError: (.+)")
"""The first line of what is wrong; that a story could not begin is another error."""
COPIED = ("main.py", "functions", "infra", "repull", "sandbox", "tests", "pyproject.toml")


def main() -> int:
    """The exit status: 0 where every breakage was found."""
    parser = argparse.ArgumentParser(description="Breakages that the disorder must find")
    parser.add_argument("--drawn", action="store_true", help="by plans that are drawn, and not by its own")
    parser.add_argument("--minutes", type=float, default=10, help="for each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    chosen = [each for each in BREAKAGES if not asked.names or each.name in asked.names]
    missed = 0
    with tempfile.TemporaryDirectory(prefix="repull-teeth-") as folder:
        tree = Path(folder)
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, tree / name)
        if not asked.drawn:
            unbroken = _play(tree, "--plans", ",".join(each.name for each in chosen))
            if not all_well(unbroken, len(chosen)):
                print(f"without any breakage not all went well:\n{unbroken.stdout}{unbroken.stderr}")
                return 1
        for breakage in chosen:
            began = time.monotonic()
            minutes = ("--minutes", str(asked.minutes))
            how = ("--seed", str(asked.seed)) if asked.drawn else ("--plans", breakage.name)
            told = _try(tree, breakage, *minutes, *how)
            if asked.keep:
                (asked.keep / f"{breakage.name}.txt").write_text(told)
            found = _said(told)
            missed += not found
            print(f"{time.monotonic() - began:5.0f} s  {breakage.name}: {found or 'NOT FOUND'}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} breakages found")
    return 1 if missed else 0


def _try(tree: Path, breakage: Breakage, *options: str) -> str:
    """What the stories said until one went wrong, or there was none any more."""
    kept = {edit.file: (tree / edit.file).read_text() for edit in breakage.edits}
    try:
        for edit in breakage.edits:
            path = tree / edit.file
            text = path.read_text()
            assert text.count(edit.before) == 1, edit
            path.write_text(text.replace(edit.before, edit.after))
        played = _play(tree, *options)
        return played.stdout + played.stderr
    finally:
        for file, text in kept.items():
            (tree / file).write_text(text)


def _play(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "tests.proof.disorder", "--first", *options)
    own = os.environ | {"PYTHONPATH": str(tree)}
    return subprocess.run(command, cwd=tree, env=own, capture_output=True, text=True, check=False)


def all_well(played: subprocess.CompletedProcess[str], plans: int) -> bool:
    """Whether so many stories were played and none failed, in whatever way."""
    return played.returncode == 0 and _stories(played.stdout) == [str(plans)]


def _said(told: str) -> str:
    """What was wrong, and after how many stories; "" where nothing was."""
    raised = next((found[1] for line in told.splitlines() if (found := RAISED.match(line))), "")
    number = _stories(told)
    return f"{raised} (story {number[-1] if number else '?'})" if raised else ""


def _stories(told: str) -> list[str]:
    return re.findall(r"^(\d+) stories", told, re.MULTILINE)


if __name__ == "__main__":
    sys.exit(main())
