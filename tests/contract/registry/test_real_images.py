"""The programs in real images: what the labels promise, they do; and the image of a pod's sandbox."""

import json
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.real import images
from sandbox.real.binaries import Binaries
from sandbox.registry.oci import build

pytestmark = pytest.mark.ring3

SECONDS = 100.0


@contextmanager
def worker(labels: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """It runs, with the environment that an image with these labels gives it."""
    image = build(platforms=("linux/amd64",), labels=labels, attested=False, program=images.worker())
    [config] = (json.loads(blob.content) for blob in image.blobs if blob.media_type.endswith("config.v1+json"))
    environ = dict(variable.split("=", 1) for variable in config["config"]["Env"])
    with subprocess.Popen([Binaries.path("worker")], env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().rstrip("\n")


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_logs_its_lines_stays_and_leaves_at_once_when_asked(asked: signal.Signals) -> None:
    with worker({"sandbox.log": "Starting OCR worker\nlistening for messages..."}) as process:
        assert [first_line(process), first_line(process)] == ["Starting OCR worker", "listening for messages..."]
        assert process.poll() is None
        began = time.monotonic()
        process.send_signal(asked)
        assert process.wait(SECONDS) == 0
        assert time.monotonic() - began < 60.0  # under load; it has nothing to do


def test_an_image_that_ends_by_itself_ends_with_its_status() -> None:
    began = time.monotonic()
    with worker({"sandbox.exit": "3", "sandbox.run-seconds": "0.3"}) as process:
        assert process.wait(SECONDS) == 3
    assert time.monotonic() - began >= 0.3


def test_an_image_takes_its_time_to_leave() -> None:
    with worker({"sandbox.log": "up", "sandbox.stop-seconds": "0.3"}) as process:
        assert first_line(process) == "up"
        began = time.monotonic()
        process.terminate()
        assert process.wait(SECONDS) == 0
        assert time.monotonic() - began >= 0.3


def test_an_image_that_is_deaf_is_killed() -> None:
    with worker({"sandbox.log": "up", "sandbox.stop-seconds": "3600"}) as process:
        assert first_line(process) == "up"
        process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.kill()
        assert process.wait(SECONDS) == -signal.SIGKILL


def test_a_label_that_is_no_number_is_told() -> None:
    with worker({"sandbox.exit": "one"}) as process:
        assert process.wait(SECONDS) == 2


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def test_the_pause_program_buries_orphans_and_ends_when_asked() -> None:
    """As the first process of a pod that shares its processes' namespace."""
    command = ["unshare", "--pid", "--fork", "--kill-child", str(Binaries.path("pause"))]
    with subprocess.Popen(command) as outside:
        try:
            deadline = time.monotonic() + SECONDS
            while not (inside := children(outside.pid)):
                assert time.monotonic() < deadline
            [pause] = inside
            orphan = ["nsenter", "--target", str(pause), "--pid", "sh", "-c", "(sleep 0.1 &)"]
            subprocess.run(orphan, check=True, timeout=SECONDS)
            while children(pause):
                assert time.monotonic() < deadline
            subprocess.run(["kill", str(pause)], check=True)
            assert outside.wait(SECONDS) == 0
        finally:
            outside.kill()


def test_the_image_of_a_sandbox_is_a_layout_whose_files_are_what_their_names_say(tmp_path: Path) -> None:
    archive = tmp_path / "pause.tar"
    images.pause(archive, name="registry.k8s.io/pause:3.10")
    with tarfile.open(archive) as layout:
        content = {each.name: layout.extractfile(each).read() for each in layout}  # type: ignore[union-attr] # files
    index = json.loads(content["index.json"])
    [top] = index["manifests"]
    assert top["annotations"] == {"io.containerd.image.name": "registry.k8s.io/pause:3.10"}
    manifest = json.loads(content[f"blobs/{top['digest'].replace(':', '/')}"])
    for described in (manifest["config"], *manifest["layers"]):
        assert len(content[f"blobs/{described['digest'].replace(':', '/')}"]) == described["size"]
    assert json.loads(content["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
