"""Writes docs/licences.md: the licence of every package that is deployed, as the packages themselves declare it.

Usage: python -m tools.licences
"""

import json
import subprocess
from pathlib import Path

from tools.deployed import LOCK
from tools.elsewhere import environment

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
_OPTIONS = ("--from=mixed", "--format=json")
_INTRODUCTION = """# Licences

repull is under [Apache-2.0](../LICENSE).
What `make package` packs is ours alone.
These packages are installed beside it when the functions are built, from [requirements.txt](../requirements.txt).
`make licences` writes this page from what each package declares.

| package | version | licence |
|---|---|---|
"""


def main() -> None:
    """Raises CalledProcessError where an environment can't be made."""
    programs = environment(ROOT / "requirements-audit.txt")
    command = (programs / "pip-licenses", f"--python={environment(LOCK) / 'python'}", *_OPTIONS)
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    rows = sorted((_canonical(each["Name"]), each["Version"], each["License"]) for each in found)
    PAGE.write_text(_INTRODUCTION + "".join(f"| {' | '.join(row)} |\n" for row in rows))


def _canonical(name: str) -> str:
    """As the lock writes it."""
    return name.lower().replace("_", "-")


if __name__ == "__main__":
    main()
