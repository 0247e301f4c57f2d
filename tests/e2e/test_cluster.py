"""The real control plane as people start it: what it says, that this works, and that nothing of it stays."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from sandbox.real.binaries import Binaries
from tests.e2e.started import left_behind, processes, read_until, started

LAST_ADVICE = "PUBSUB_EMULATOR_HOST"


def answer(ports: set[int]) -> set[int]:
    """Those of them on which something listens."""
    found = set()
    for port in ports:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                found.add(port)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is told that it needs Linux, and no more")
def test_a_machine_that_lacks_something_is_told_all_of_it_and_how_to_get_it(folder: Path) -> None:
    bare = {"PATH": str(folder), "XDG_CACHE_HOME": str(folder), "HOME": str(folder)}
    with started(folder, "sandbox.real", environ=bare) as refused:
        said = refused.communicate(timeout=120)[0]
    assert refused.returncode == 2
    assert "Go 1.24 or newer: " in said
    assert "docker-registry: apt-get install docker-registry" in said


@pytest.mark.ring2
def test_what_it_advises_works_and_ctrl_c_ends_it(folder: Path) -> None:
    with started(folder, "sandbox.real") as cluster:
        said = read_until(cluster, LAST_ADVICE)
        advice = [line for line in said.splitlines() if line.startswith(("export", "kubectl", "curl"))]
        environ = {"HOME": str(folder), "PATH": f"{Binaries.path('kubectl').parent}:{os.environ['PATH']}"}
        script = [*advice, "kubectl wait --for=condition=Available deployment/web --timeout=120s"]
        command = ["sh", "-ec", "\n".join(script)]
        shown = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert shown.returncode == 0, shown.stderr
        assert re.search(r"^node/background-1 +Ready ", shown.stdout, re.MULTILINE)
        assert "clusterrole.rbac.authorization.k8s.io/repull-refresh" in shown.stdout
        assert re.search(r"^ +nodes?\s+<", shown.stdout, re.MULTILINE)
        assert "application/vnd.oci.image.manifest.v1+json" in shown.stdout
        assert "deployment.apps/web condition met" in shown.stdout
        cluster.send_signal(signal.SIGINT)
        cluster.communicate(timeout=120)
        assert cluster.returncode == 0
    assert left_behind(folder) == [str(folder / ".kube")]


@pytest.mark.ring2
def test_signals_in_the_middle_of_its_start_end_it_in_order(folder: Path) -> None:
    with started(folder, "sandbox.real") as cluster:
        read_until(cluster, "starting")
        while "kube-apiserver" not in processes(folder):
            assert cluster.poll() is None
        cluster.send_signal(signal.SIGTERM)
        cluster.send_signal(signal.SIGHUP)
        cluster.send_signal(signal.SIGTERM)
        cluster.communicate(timeout=120)
        assert cluster.returncode == 130
    assert left_behind(folder) == []


@pytest.mark.ring2
def test_a_program_that_ends_by_itself_ends_it_and_is_named(folder: Path) -> None:
    with started(folder, "sandbox.real") as cluster:
        read_until(cluster, LAST_ADVICE)
        os.kill(processes(folder)["kube-scheduler"], signal.SIGKILL)
        said = cluster.communicate(timeout=120)[0]
        assert "kube-scheduler ended with -9:" in said
        assert cluster.returncode == 1
    assert left_behind(folder) == []


@pytest.mark.ring2
def test_nothing_of_it_outlives_it_when_it_is_killed(folder: Path) -> None:
    with started(folder, "sandbox.real") as cluster:
        said = read_until(cluster, LAST_ADVICE)
        ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", said)}
        assert len(answer(ports)) == 2, "the registry and Pub/Sub"
        assert processes(folder).keys() >= {"etcd", "kube-apiserver", "kwok", "docker-registry"}
        cluster.kill()
    deadline, pause = time.monotonic() + 120, Event()  # its ports may be another's by now
    while processes(folder) or any(each.startswith("process ") for each in left_behind(folder)):
        assert time.monotonic() < deadline, left_behind(folder)
        pause.wait(0.1)
