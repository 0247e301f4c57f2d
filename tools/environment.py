"""Makes the virtual environment and installs the pinned requirements; does nothing where that is already so.

Usage: environment.py VENV LOCK READY

READY is the copy of LOCK that is written last, so an interrupted installation is taken up again. Runs with the
machine's own Python, before anything is installed. A second run at the same time waits for the first.
"""

import fcntl
import filecmp
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path


def main(venv: Path, lock: Path, ready: Path) -> int:
    """Bring `venv` to what `lock` says; the exit status."""
    turns = Path(".cache")
    turns.mkdir(exist_ok=True)
    with (turns / "environment.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if ready.exists() and filecmp.cmp(lock, ready, shallow=False):
            os.utime(ready)
            return 0
        began = time.monotonic()
        print(f"Installing the pinned requirements into {venv}/ (once; a minute or two) …", flush=True)
        if not _made(venv):
            return 1
        pip = (str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--prefer-binary")
        if subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=False).returncode:
            print("The installation failed; what pip said stands above. `make` tries again.", file=sys.stderr)
            return 1
        shutil.copyfile(lock, ready)
        print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)
    return 0


def _made(venv: Path) -> bool:
    """An environment with pip in it; says what to install where the machine's Python can't make one."""
    python = venv / "bin" / "python"
    has_pip = [str(python), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    if python.exists() and subprocess.run(has_pip, check=False, stderr=subprocess.DEVNULL).returncode == 0:
        return True
    if subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=False).returncode == 0:
        return True
    print(f"{sys.executable} can't make virtual environments.", file=sys.stderr)
    print("Debian and Ubuntu: apt-get install python3-venv, then run make again.", file=sys.stderr)
    return False


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
