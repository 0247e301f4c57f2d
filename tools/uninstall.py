"""Takes repull out of a cluster, and leaves no node cordoned, tainted or marked by it.

Usage: python -m tools.uninstall PROJECT/LOCATION/NAME [--context C] [--uncordon]

While a refresh is not over, or a machine or Deployment is down because of repull, nothing is taken away: whatever is
to be brought to its end needs what would be gone. Nodes that could not be verified are still cordoned, and each needs
a look; --uncordon gives them back as they were found.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from functions import ownership
from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_deployments import KubeDeployments
from functions.adapters.kube_nodes import KubeNodes
from functions.adapters.kube_refreshes import KubeRefreshes
from functions.adapters.kube_stops import KubeStops
from functions.errors import Conflict, NotFound, RepullError
from functions.model.cluster import Node, NodeChange
from functions.replicas import REPLICAS, SCALED_BY
from repull import kubeconfig
from tools.install import kubectl, parser
from tools.kustomize import BASE

PULL_SECRETS = "repull-pull-secrets"
"""The Role and its binding of infra/cluster/optional, in whatever namespaces they were applied to."""
OPTIONAL = ("operator.yaml", "scale-workloads.yaml")
"""The others of infra/cluster/optional."""
KEPT = """Kept on purpose: labels {exclude} and annotations {ready} that people wrote, Kubernetes Events until the
cluster forgets them, and the audit trail in Cloud Logging."""
_PAGE = 100
_TRIES = 8

Undo = Callable[[Node, str], NodeChange | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """Something of ours on nodes: the label that says of which refresh, and what takes it back as that one would."""

    label: str
    undo: Undo


CORDON = Trace(label=ownership.CORDONED_BY, undo=partial(ownership.uncordon, cordoned_before=False))
TRACES = (
    CORDON,
    Trace(label=ownership.STALE, undo=ownership.untaint),
    Trace(label=ownership.REFRESH, undo=ownership.unmark),
)


def obstacles(api: KubeApi, *, uncordon: bool) -> Iterator[str]:
    """Why nothing may be taken away yet, each with what to do about it."""
    for refresh in _refreshes(api):
        yield (
            f"refresh {refresh} is not over: repull abort {refresh}, and wait for repull status {refresh} --watch; "
            f"or, where the functions are gone already, kubectl delete noderefresh {refresh}"
        )
    noted = KubeStops(api).all()
    for stop in noted.stops:
        yield (
            f"machine {stop.provider_id} was stopped by {stop.refresh} and must run again: the sweep starts it; where "
            f"the functions are gone already, start it and take {stop.instance} out of ConfigMap repull/stopped"
        )
    yield from noted.unreadable
    for scaled in KubeDeployments(api).carrying(SCALED_BY, limit=_PAGE):
        of = f"deployment {scaled.name} --namespace={scaled.namespace}"
        yield (
            f"Deployment {scaled.key} was scaled to zero by {scaled.labels[SCALED_BY]}: the sweep gives its replicas "
            f"back; where the functions are gone already, kubectl scale {of} --replicas="
            f"{scaled.annotations.get(REPLICAS, 'N')}, and then kubectl label {of} {SCALED_BY}-"
        )
    if not uncordon:
        for node in KubeNodes(api).carrying(CORDON.label, limit=_PAGE):
            refresh = node.labels[CORDON.label]
            yield f"node {node.name} is cordoned by {refresh}: see whether it can pull; UNCORDON=1 gives it back"


def give_back(api: KubeApi) -> int:
    """Take what is ours off every node; how many were changed. Raises Conflict where nodes change all the time."""
    nodes = KubeNodes(api)
    changed: set[str] = set()
    for trace in TRACES:
        while found := nodes.carrying(trace.label, limit=_PAGE):
            for node in found:
                _change(nodes, node, trace)
                changed.add(node.name)
    return len(changed)


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    asked = parser("python -m tools.uninstall")
    asked.add_argument("--uncordon", action="store_true", help="give nodes back that repull has left cordoned")
    options = asked.parse_args(arguments)
    try:
        context = kubeconfig.choose(named=options.context, cluster=options.cluster)
        api = KubeApi(kubeconfig.transport(context))
        if found := list(obstacles(api, uncordon=options.uncordon)):
            print("\n".join(["Nothing was taken away.", *found]), file=sys.stderr)
            return 1
        print(f"{give_back(api)} nodes are as repull had found them.")
    except RepullError as error:
        print(error, file=sys.stderr)
        return 1
    return _delete(context.name)


def _refreshes(api: KubeApi) -> list[str]:
    """Those that are not over. A cluster without their definition has none."""
    try:
        return [each.name for each in KubeRefreshes(api).all() if not each.status.phase.over]
    except NotFound:
        return []


def _change(nodes: KubeNodes, node: Node, trace: Trace) -> None:
    """Against what was read; again where somebody wrote first. Raises Conflict where that goes on and on."""
    found: Node | None = node
    for _ in range(_TRIES):
        change = trace.undo(found, found.labels.get(trace.label, "")) if found else None
        if found is None or change is None:
            return
        try:
            nodes.change(found, change)
        except (Conflict, NotFound):
            found = nodes.get(node.name)
        else:
            return
    raise Conflict(f"node {node.name} was changed by somebody else {_TRIES} times in a row; try again")


def _delete(context: str) -> int:
    for kind in ("rolebindings", "roles"):
        selector = f"--field-selector=metadata.name={PULL_SECRETS}"
        if status := kubectl(context, "delete", kind, "--all-namespaces", selector):
            return status
    files = [f"--filename={BASE / 'optional' / name}" for name in OPTIONAL]
    if status := kubectl(context, "delete", *files, "--ignore-not-found"):
        return status
    if status := kubectl(context, "delete", f"--kustomize={BASE}", "--ignore-not-found", "--timeout=5m"):
        return status
    print(KEPT.format(exclude=ownership.EXCLUDE, ready="repull.dev/ready-log"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
