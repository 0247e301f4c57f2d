"""Somebody at a shell: a kubeconfig with gcloud's plugin in it, credentials of their own, and the command `repull`."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import deployment, forked
from sandbox.books import Call
from sandbox.front import Front
from sandbox.google.hierarchy import ORGANIZATION
from sandbox.google.metadata import MetadataServer
from sandbox.real.binaries import Binaries
from sandbox.serving import serve
from tests.e2e.standing import Standing

ROOT = Path(__file__).parents[2]
EMAIL = f"sre@{deployment.PROJECT}.iam.gserviceaccount.com"
CONTEXT = f"gke_{deployment.PROJECT}_{deployment.LOCATION}_{deployment.CLUSTER}"
PLUGIN = """
import json
status = {"token": TOKEN, "expirationTimestamp": "2999-01-01T00:00:00Z"}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": status}))
"""
UNHURRIED = ("--timeout", "150s")
"""For a start of which the test needs the function's answer, however busy the machine is."""
ROLES = ("roles/container.viewer", "roles/compute.viewer", "roles/iam.securityReviewer", deployment.READER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Runs `repull` as a shell does, from a process that has its libraries where that can be had."""

    environ: dict[str, str]
    email: str
    here: Standing

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "repull", *arguments]

    def run(self, *arguments: str, given: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        told = self.environ | environ
        if forked.POSSIBLE:
            return forked.run("repull", arguments, environ=told, cwd=str(ROOT), given=given, timeout=200)
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=told,
            input=given,
            capture_output=True,
            encoding="utf-8",
            timeout=200,
            check=False,
        )

    def calls(self) -> list[Call]:
        """What the simulators saw of them."""
        return [call for call in self.here.world.books if call.user == self.email]

    def probes(self) -> list[str]:
        """The pods of their probes that are there."""
        made = {call.name for call in self.changes() if call.verb == "create"}
        there = (each["metadata"]["name"] for each in self.here.world.view.list("pods", "repull"))
        return [name for name in there if name in made]

    def left(self) -> list[str]:
        """As `probes`, by whoever has been told of every change until now."""
        self.here.background.run(self.here.world.view.catch_up())
        return self.probes()

    def changes(self) -> list[Call]:
        return [call for call in self.calls() if call.api == "kubernetes" and call.verb not in ("get", "list", "watch")]


@contextmanager
def caller(here: Standing, home: Path, email: str = EMAIL) -> Iterator[Caller]:
    """`email` has whatever Google and the cluster grant it."""
    world = here.world
    front = Front(books=world.books, faults=world.faults)
    metadata = MetadataServer(email=email, project=deployment.PROJECT, identities=world.identities, front=front)
    served = here.background.run(serve(metadata.app))
    host = served.url.removeprefix("http://")
    try:
        yield Caller(
            here=here,
            email=email,
            environ={
                "HOME": str(home),
                "PATH": os.environ["PATH"],
                "KUBECONFIG": str(_kubeconfig(here, home, email)),
                "CLOUDSDK_CONFIG": str(home / "no-gcloud"),
                "GCE_METADATA_HOST": host,
                "GCE_METADATA_IP": host,
                "GCE_METADATA_TIMEOUT": "60",  # seconds; on a busy machine its 3 mean no credentials
                "PYTHONIOENCODING": "utf-8",
                "PUBSUB_EMULATOR_HOST": world.broker.endpoint,
                **{name: url for name, url in world.diagnose.environ.items() if name.endswith("_ENDPOINT")},
            },
        )
    finally:
        here.background.run(served.stop())


def grant(here: Standing, email: str = EMAIL, role: str = "cluster-admin") -> None:
    """All that the diagnosis can make use of at Google, and a role in the cluster."""
    for each in ROLES:
        here.world.policies.grant(f"serviceAccount:{email}", each, ORGANIZATION)
    if here.world.ring.number > 1:  # the simulated API server lets whoever no binding names do everything
        name = email.partition("@")[0]
        config = f"--kubeconfig={here.world.cluster.kubeconfig}"
        binding = ["create", "clusterrolebinding", name, f"--clusterrole={role}", f"--user={email}"]
        subprocess.run([Binaries.path("kubectl"), config, *binding], check=True, capture_output=True, timeout=200)


def _kubeconfig(here: Standing, home: Path, email: str) -> Path:
    """As gcloud container clusters get-credentials writes it, but for what the plugin is."""
    token = here.world.identities.issue(email)
    script = home / "plugin.py"
    script.write_text(PLUGIN.replace("TOKEN", repr(token)))
    front = here.world.cluster.front
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": sys.executable,
        "args": [str(script)],
        "provideClusterInfo": True,
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": {"server": front.url, "certificate-authority": str(front.ca)}}],
        "users": [{"name": CONTEXT, "user": {"exec": plugin}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT, "namespace": "prod-app"}}],
        "current-context": CONTEXT,
    }
    path = home / "kubeconfig"
    path.write_text(json.dumps(config))
    return path


def probe_marks(page: str) -> list[tuple[str, str]]:
    """Each probe's, by its kind."""
    lines = [line.split() for line in page.splitlines() if " probe " in line]
    return [(line[1], line[0]) for line in lines if line[0] in {"✅", "❌", "❔"}]


def shown(done: subprocess.CompletedProcess[str]) -> str:
    """For a failing assertion: what was asked, and all that was answered."""
    return f"{shlex.join(done.args)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
