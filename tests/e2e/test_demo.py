"""The demo as people start it: its words, its exit status, and what it leaves behind."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event

import pytest

from sandbox.real.binaries import VARIABLE
from sandbox.scenarios import SCENARIOS
from tests.again import again
from tests.e2e.started import ROOT, footprint, left_behind, processes, read_until, started
from tests.rings import rings


def demo(*arguments: str, environ: Mapping[str, str] = os.environ) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_the_list_names_each_scenario_first() -> None:
    listed = demo("list")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(SCENARIOS)


def test_an_unknown_scenario_is_refused_with_the_names() -> None:
    refused = demo("stale-nods")
    assert refused.returncode == 2
    assert "'stale-nods'" in refused.stderr
    assert all(name in refused.stderr for name in SCENARIOS)


@pytest.mark.parametrize("module", ["sandbox", "sandbox.real"])
def test_a_queue_that_is_none_is_refused_in_a_sentence(folder: Path, module: str) -> None:
    with started(folder, module, environ={**os.environ, "SANDBOX_PUBSUB": "foo"}) as refused:
        told = refused.communicate(timeout=120)[0]
    assert told == "SANDBOX_PUBSUB='foo' is not accepted; use embedded or emulator, or leave it out\n"
    assert refused.returncode == 2


def test_a_story_without_a_terminal_is_told_in_plain_lines(folder: Path) -> None:
    with started(folder, "sandbox", "missing-image") as playing:
        told = playing.communicate(timeout=200)[0]
    assert "\x1b" not in told
    assert "simulated time runs" in told
    assert "IMAGE_MISSING" in told
    assert re.search(r"^ocr-worker-\S+ +1/1 +Running", told, re.MULTILINE)
    assert "listening for messages..." in told
    assert told.rstrip().endswith("everything is as it should be")
    assert left_behind(folder) == []


def test_a_terminal_that_knows_few_characters_is_spoken_to_in_letters(folder: Path) -> None:
    """And Ctrl-C while the story is being set up is the end of it."""
    with started(folder, "sandbox", environ={**os.environ, "PYTHONIOENCODING": "ascii"}) as playing:
        read_until(playing, "the two functions ...")
        playing.send_signal(signal.SIGINT)
        assert "Traceback" not in playing.communicate(timeout=120)[0]
    assert playing.returncode == 130
    assert left_behind(folder) == []


def test_what_a_ring_needs_and_is_not_there_is_named(tmp_path: Path) -> None:
    """With the command that installs it."""
    refused = demo("--ring", "3", environ={"PATH": str(tmp_path)})
    assert refused.returncode == 2
    assert "this machine lacks what ring 3 needs" in refused.stderr
    if sys.platform == "linux":
        assert "apt-get install docker-registry" in refused.stderr


@pytest.mark.ring2
def test_a_program_that_does_not_start_is_named_with_its_log_and_no_traceback(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "etcd"
    broken.write_text("#!/bin/sh\necho the disk is made of cheese\nexit 3\n")
    broken.chmod(0o700)
    environ = {**os.environ, VARIABLE: str(tmp_path)}
    with started(folder, "sandbox", "missing-image", "--ring", "2", environ=environ) as playing:
        told = playing.communicate(timeout=200)[0]
    assert playing.returncode == 1
    (said,) = re.findall(r"^etcd ended with 3; .*: (\S+)$", told, re.MULTILINE)
    assert Path(said).read_text() == "the disk is made of cheese\n"
    assert "Traceback" not in told
    assert left_behind(folder) == [said]


@pytest.mark.parametrize("ring", rings(2, 3, again=2))
@pytest.mark.timeout(600)
def test_a_story_on_real_things_has_witnesses_and_leaves_nothing_behind(folder: Path, ring: int) -> None:
    with started(folder, "sandbox", "missing-image", "--ring", str(ring)) as playing:
        told = read_until(playing, "IMAGE_MISSING")
        with footprint(playing) as left:
            assert bool(left()) == (ring == 3)
            told += playing.communicate(timeout=500)[0]
            assert left() == []
    assert f"ring {ring}: " in told
    assert "listening for messages..." in told
    assert "by the registry's own log" in told
    assert told.rstrip().endswith("everything is as it should be")
    assert left_behind(folder) == []


@pytest.mark.ring2
@pytest.mark.timeout(600)
def test_a_program_that_ends_in_the_middle_of_a_story_ends_it_and_is_named(folder: Path) -> None:
    with started(folder, "sandbox", "stale-nodes", "--ring", "2") as playing:
        read_until(playing, "have gone stale")
        os.kill(processes(folder)["etcd"], signal.SIGKILL)
        told = playing.communicate(timeout=200)[0]
    assert playing.returncode == 1
    assert re.search(r"^etcd ended with -9; .*: \S+\.log$", told, re.MULTILINE)
    assert "Traceback" not in told


def test_a_story_whose_reader_leaves_ends_in_order(folder: Path) -> None:
    command = (sys.executable, "-m", "sandbox")
    environ, pipe = {**os.environ, "TMPDIR": str(folder)}, subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=pipe, stderr=pipe, text=True) as playing:
        assert playing.stdout
        assert playing.stderr
        playing.stdout.readline()
        playing.stdout.close()
        assert playing.stderr.read() == ""
        assert playing.wait() == 130
    assert left_behind(folder) == []


def test_ctrl_c_while_its_modules_are_loaded_is_the_end_and_no_more(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text("import time; print('loading', flush=True); time.sleep(60)")
    for module in ("sandbox", "sandbox.real"):
        with started(folder, module, environ={**os.environ, "PYTHONPATH": str(tmp_path)}) as playing:
            read_until(playing, "loading")
            playing.send_signal(signal.SIGINT)
            assert playing.communicate(timeout=120)[0] == ""
            assert playing.returncode == -signal.SIGINT


@pytest.mark.parametrize("ring", rings(2, 3, again=2))
@pytest.mark.timeout(600)
def test_an_interrupted_story_on_real_things_leaves_nothing_behind(folder: Path, ring: int) -> None:
    with started(folder, "sandbox", "stale-nodes", "--ring", str(ring)) as playing:
        read_until(playing, "have gone stale")
        with footprint(playing) as left:
            assert left_behind(folder)
            assert bool(left()) == (ring == 3)
            playing.send_signal(signal.SIGINT)
            playing.communicate(timeout=200)
            assert left() == []
        assert playing.returncode == 130
    assert left_behind(folder) == []


@pytest.mark.parametrize(
    "number", again((signal.SIGINT, signal.SIGTERM), but=(signal.SIGINT,)), ids=lambda number: number.name
)
def test_an_interrupted_story_leaves_nothing_behind(folder: Path, number: signal.Signals) -> None:
    with started(folder, "sandbox", "stale-nodes") as playing:
        read_until(playing, "have gone stale")
        assert left_behind(folder)
        playing.send_signal(number)
        playing.communicate(timeout=120)
        assert playing.returncode == 130
    assert left_behind(folder) == []


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed: nothing binds processes here")
@pytest.mark.parametrize("ring", rings(1, 2, again=2))
@pytest.mark.timeout(600)
def test_a_story_that_is_killed_takes_its_processes_along(folder: Path, ring: int) -> None:
    with started(folder, "sandbox", "stale-nodes", "--ring", str(ring)) as playing:
        read_until(playing, "have gone stale")
        playing.kill()
        playing.communicate(timeout=120)
    deadline, pause = time.monotonic() + 120, Event()
    while any(each.startswith("process ") for each in left_behind(folder)):
        assert time.monotonic() < deadline, left_behind(folder)
        pause.wait(0.1)
