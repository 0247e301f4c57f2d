"""What is deployed, as it is deployed: the archive, unpacked, and an environment with its requirements and no more.

Usage: python -m tools.deployed prints the archive's size and what importing the entry points from it costs.
"""

import statistics
import subprocess
import tempfile
import zipfile
from pathlib import Path

from tools.archive import ROOT, pack
from tools.elsewhere import environment

LOCK = ROOT / "requirements.txt"
_IMPORT = "import time; t = time.perf_counter(); import main; print(time.perf_counter() - t)"
_RUNS = 5  # of which the median is told
_SETTINGS = {
    "REPULL_CLUSTERS": "acme-prod/us-central1/main",
    "REPULL_STEP_TOPIC": "projects/acme-prod/topics/node-refresh",
    "REPULL_DEAD_LETTER_TOPIC": "projects/acme-prod/topics/image-pull-events-dead-letters",
}


def unpacked(folder: Path) -> tuple[Path, int]:
    """Pack the tree, unpack it into `folder`; its main.py, and the archive's size in bytes."""
    archive = pack(ROOT, folder / "functions.zip")
    source = folder / "source"
    with zipfile.ZipFile(archive.path) as packed:
        packed.extractall(source)
    return source / "main.py", archive.size


def import_seconds(python: Path, main: Path) -> float:
    """What a cold start waits for `import main`: the median of a few fresh processes, with the bytecode compiled."""
    command = (python, "-c", _IMPORT)
    environ = {"PATH": "/usr/bin:/bin", **_SETTINGS}
    runs = [
        float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=main.parent, env=environ).stdout)
        for _ in range(_RUNS)
    ]
    return statistics.median(runs)


if __name__ == "__main__":
    interpreter = environment(LOCK) / "python"
    with tempfile.TemporaryDirectory() as temporary:
        entry_points, size = unpacked(Path(temporary))
        seconds = import_seconds(interpreter, entry_points)
    print(f"The archive has {size / 1024:.0f} KiB, and its entry points are imported in {seconds:.2f} s.")
