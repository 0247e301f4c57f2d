"""A demo that is held: at the shell of its operator everything works that the docs say to type, and Ctrl-C ends it."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest

from sandbox.scenarios import runbook
from tests.e2e.started import ROOT, left_behind, read_until, started

IMAGE = runbook.image("diff-worker", "v1")
PAGES = ("README.md", "docs/refresh.md", "docs/diagnosis.md", "docs/install.md", "docs/sandbox.md", "docs/runbook.md")
"""The last one takes repull's rights away."""
pytestmark = pytest.mark.timeout(1200)
WITHIN, PATIENCE = "400s", 450
"""What a command is given, and what it may take: the demo is as slow as all that runs beside it."""
FENCE = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
ELSEWHERE = ("OLD_POOL", "docker-io --namespace=prod-app --docker-server")
"""There is no such pool; and kubectl writes the other in protobuf, which docs/sandbox.md lists."""
NOWHERE = "http://127.0.0.1:9"
THEIRS = {
    "http_proxy": NOWHERE,
    "https_proxy": NOWHERE,
    "no_proxy": "example.com",
    "REPULL_STEP_TOPIC": "projects/acme-prod/topics/theirs",
    "REPULL_METHOD": "Recreate",
}
"""What whoever types may have set for their own work, of which nothing may reach the demo."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shell:
    """Of somebody who has read the file that the demo names."""

    file: str
    home: Path
    told: SimpleQueue[str]  # a line each, that nobody has read yet

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        environ = {"HOME": str(self.home), "PATH": os.environ["PATH"], "USER": "ann", **THEIRS}
        command = ["sh", "-c", f". {self.file}\n{line}"]
        return subprocess.run(
            command, cwd=self.home, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def answer(self, line: str, code: int = 0) -> str:
        """What it prints."""
        done = self.run(line)
        assert done.returncode == code, f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with opened(tmp_path_factory.mktemp("operator")) as found:
        yield found


@pytest.fixture
def spent(tmp_path: Path) -> Iterator[Shell]:
    """Of a demo that is of no use to any other test afterwards."""
    with opened(tmp_path) as found:
        yield found


@contextmanager
def opened(home: Path) -> Iterator[Shell]:
    with tempfile.TemporaryDirectory(prefix="held-test-") as name:
        with started(Path(name), "sandbox", "missing-image", "--hold") as held:
            file = re.findall(r"^\. (\S+)$", read_until(held, "operator.sh"), re.MULTILINE)[-1]
            told: SimpleQueue[str] = SimpleQueue()
            reading = Thread(target=_pass_on, args=(held.stdout, told), daemon=True)
            reading.start()
            yield Shell(file=file, home=home, told=told)
            held.send_signal(signal.SIGINT)
            assert held.wait(120) == 0
            reading.join(120)  # what is told until the end is the thread's to read
        assert left_behind(Path(name)) == []


def _pass_on(lines: Iterable[str], to: SimpleQueue[str]) -> None:
    for line in lines:
        to.put(line)


def test_every_command_of_repull_works(shell: Shell) -> None:
    """Of the checkout whose demo it is, whatever other the shell is in."""
    (shell.home / "repull").mkdir()
    (shell.home / "repull/__init__.py").write_text("raise SystemExit('another checkout')")
    assert shell.answer("repull diagnose -A", 3).split()[1] == "IMAGE_MISSING"
    assert "access" in shell.answer("repull diagnose deployment/ocr-worker -n prod-app --probe --yes -o json", 3)
    assert '"rate_limited"' in shell.answer(
        "echo 'Failed to pull image \"a/b:v1\": pull QPS exceeded' | repull classify"
    )
    plan = shell.answer("repull start --dry-run")
    assert "4 nodes in scope" in plan
    assert plan.startswith("Reset in ")

    shell.answer("repull pause --reason 'the launch is on'")
    name = json.loads(shell.answer(f"repull start --image {IMAGE} --yes --timeout {WITHIN} -o json"))["refresh"]
    shell.answer(f"repull pause {name}")
    shell.answer(f"repull resume {name}")
    shell.answer("repull resume")
    assert "4 fresh" in shell.answer(f"repull status {name} --watch --timeout {WITHIN}")
    assert "over already" in shell.answer(f"repull abort {name}")
    assert "Succeeded" in shell.answer("repull status --all")
    assert "4 fresh" in shell.answer(f"repull audit {name}")


def test_a_message_by_hand_is_answered_in_what_the_demo_tells(shell: Shell) -> None:
    shell.answer("""publish '{"action": "start", "dryRun": true}'""")
    while "plan: would probe gke-main-apps" not in shell.told.get(timeout=PATIENCE):
        pass


@pytest.mark.kubectl
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_understands_what_the_docs_say_to_type(spent: Shell) -> None:
    (spent.home / "KEY.json").write_text("{}")
    spent.answer("repull pause && repull resume")  # it writes what some of the lines change
    started = spent.answer(f"repull start {runbook.B1} --image {IMAGE} --yes --timeout {WITHIN} -o json")
    name = json.loads(started)["refresh"]
    spent.answer(f"repull status {name} --watch --timeout {WITHIN}")
    pod = spent.answer("kubectl get pods -n prod-app -l app=diff-worker -o jsonpath='{.items[0].metadata.name}'")
    spent.answer(f"kubectl taint node {runbook.B2} repull.dev/stale=x:NoSchedule")  # for the line that takes it off
    typed = list(lines_of_kubectl(name, pod))
    refused = {line: f"{done.stdout}{done.stderr}" for line in typed if (done := spent.run(line)).returncode != 0}

    assert len(typed) > 30
    assert refused == {}


def lines_of_kubectl(refresh: str, pod: str) -> Iterator[str]:
    """As the pages have them, with names of what is there; what goes on for ever is broken off."""
    names = {
        "deployment NAME": "deployment diff-worker",
        "--replicas=N": "--replicas=2",
        "NAMESPACE": "prod-app",
        "CONTAINER=": "worker=",
        ":TAG": ":v1",
        "NAME": refresh,
        "NODE": runbook.B2,
        "IMAGE": IMAGE,
        "POD": pod,
        "gke-main-apps-1f0c-a1": runbook.A1,
        "ocr-worker-7d9c-x2x5k": pod,
    }
    words = re.compile(rf"(?<![A-Z])({'|'.join(map(re.escape, names))})(?![A-Z])")
    for page in PAGES:
        for block in FENCE.findall((ROOT / page).read_text()):
            for line in block.replace("\\\n", " ").splitlines():
                if line.startswith("kubectl") and not any(each in line for each in ELSEWHERE):
                    typed = words.sub(lambda found: names[found[1]], line.partition(" | grep")[0])
                    yield f"timeout 2 {typed} || [ $? = 124 ]" if "--watch" in line else typed
