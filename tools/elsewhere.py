"""Environments of one lock each, kept outside the repository until the lock changes: installing takes a minute."""

import os
import subprocess
import sys
import sysconfig
from hashlib import sha256
from pathlib import Path

_MAKER = Path(__file__).with_name("environment.py")


def environment(lock: Path) -> Path:
    """The folder with the programs of an environment that has what the lock says, hash for hash, and no more.

    Raises CalledProcessError where it can't be installed.
    """
    home = os.environ.get("XDG_CACHE_HOME")
    kept = (Path(home) if home else Path.home() / ".cache") / "repull" / "environments"
    kept.mkdir(parents=True, exist_ok=True)
    key = sha256(lock.read_bytes()).hexdigest()[:16]
    folder = kept / f"{lock.stem}-{sysconfig.get_python_version()}-{key}"
    subprocess.run((sys.executable, _MAKER, folder, lock, folder / lock.name), check=True, cwd=kept)
    return folder / "bin"
