"""Lets the two functions into a cluster: applies infra/cluster with the accounts' e-mail addresses in it.

Usage: python -m tools.install PROJECT/LOCATION/NAME [--project P] [--context C] and, where they have other names than
Terraform gives them, [--diagnose EMAIL] [--refresh EMAIL] [--step-topic TOPIC]

The context is the one that gcloud has named for the cluster, unless it is given; a context of another cluster is
refused. What was applied is compared with the files at the end.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from functions.errors import RepullError
from functions.model.names import ClusterKey
from repull import kubeconfig
from repull.arguments import cluster
from tools import kustomize
from tools.kustomize import Installation

OVERLAYS = Path(__file__).parents[1] / "build" / "cluster"
_KUBECTL = "kubectl"
_ESTABLISHED = ("wait", "--for=condition=Established", "crd/noderefreshes.repull.dev", "--timeout=60s")


def parser(prog: str) -> argparse.ArgumentParser:
    """What installing and uninstalling are asked alike."""
    found = argparse.ArgumentParser(prog=prog)
    found.add_argument("cluster", type=cluster, metavar="PROJECT/LOCATION/NAME")
    found.add_argument("--context", default="", help="of the kubeconfig; the cluster's unless told")
    return found


def kubectl(context: str, *arguments: str) -> int:
    """Run it, and let it speak; its exit status, 127 where there is none."""
    try:
        return subprocess.run([_KUBECTL, f"--context={context}", *arguments], check=False).returncode
    except FileNotFoundError:
        print("kubectl is missing: gcloud components install kubectl", file=sys.stderr)
        return 127


def install(context: str, overlay: Path) -> int:
    """Apply, wait until NodeRefreshes are served, and compare; the exit status."""
    for step in (("apply", f"--kustomize={overlay}"), _ESTABLISHED, ("diff", f"--kustomize={overlay}")):
        if status := kubectl(context, *step):
            print(f"kubectl {step[0]} ended with {status}: repull is not installed as it should be.", file=sys.stderr)
            return status
    return 0


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    asked = parser("python -m tools.install")
    asked.add_argument("--project", default="", help="of the functions; the cluster's unless told")
    for name in ("diagnose", "refresh"):
        asked.add_argument(f"--{name}", default="", metavar="EMAIL", help="the account of the function that does it")
    asked.add_argument("--step-topic", default="", metavar="TOPIC", help="projects/PROJECT/topics/TOPIC")
    options = asked.parse_args(arguments)
    key: ClusterKey = options.cluster
    installation = Installation.of(
        options.project or key.project,
        cluster=key,
        diagnose=options.diagnose,
        refresh=options.refresh,
        step_topic=options.step_topic,
    )
    try:
        context = kubeconfig.choose(named=options.context, cluster=key)
    except RepullError as error:
        print(error, file=sys.stderr)
        return 1
    overlay = kustomize.write(OVERLAYS / str(key).replace("/", "_"), installation)
    print(f"Installing into {key} by context {context.name}:\n  {installation.diagnose}\n  {installation.refresh}")
    return install(context.name, overlay)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
