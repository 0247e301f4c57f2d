"""The end of a story: the pods, what they log, what was renewed and what was spared, and the judge's findings."""

from collections.abc import Iterator

from sandbox.judge import Check
from sandbox.kube.client import ApiError
from sandbox.kube.podtable import pod_cells
from sandbox.machines.fleet import Fleet
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import labels_of, name_of, namespace_of
from sandbox.objects.pods import is_ready, node_of
from sandbox.timestamps import now
from sandbox.viewer.journal import Diagnosis
from sandbox.world import World


def pods(world: World, namespace: str) -> Iterator[str]:
    """As `kubectl get pods -o wide` shows them."""
    rows = [("NAME", "READY", "STATUS", "RESTARTS", "NODE")]
    for pod in world.view.list("pods", namespace):
        name, ready, status, restarts, *_ = pod_cells(pod, now())
        rows.append((str(name), str(ready), str(status), str(restarts), node_of(pod) or "<none>"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


async def logs(world: World, namespace: str) -> list[str]:
    """The log of one READY pod of each workload."""
    shown: set[str] = set()
    found = []
    for pod in world.view.list("pods", namespace):
        app = labels_of(pod).get("app", name_of(pod))
        if app in shown or not is_ready(pod):
            continue
        shown.add(app)
        try:
            text = await world.admin.read_log(name_of(pod), namespace_of(pod))
        except ApiError:
            continue  # it went between the look and the question
        found += [f"{name_of(pod)}: {line}" for line in text.splitlines()]
    return found


def renewed_and_spared(fleet: Fleet) -> Iterator[str]:
    """By the machines' own history, whatever the way in which they were renewed."""
    touched = [machine for machine in fleet if machine.renewals]
    renewed = [machine.name for machine in touched if _is_back(machine)]
    lost = [machine.name for machine in touched if not _is_back(machine)]
    new = [machine.name for machine in fleet if machine.name in fleet.added]
    spared = [machine.name for machine in fleet if not machine.renewals and machine.name not in fleet.added]
    yield f"renewed: {', '.join(renewed) or 'none'}"
    if lost:
        yield f"renewed, and not back: {', '.join(lost)}"
    if fleet.removed:
        yield f"removed: {', '.join(fleet.removed)}"
    if new:
        yield f"new:     {', '.join(new)}"
    yield f"spared:  {', '.join(spared) or 'none'}"


def _is_back(machine: Machine) -> bool:
    """One that is stopping still has no outage yet."""
    return bool(machine.outages and machine.outages[-1].ready_at)


def diagnosis(found: Diagnosis) -> Iterator[str]:
    """The last diagnosis in full: what was asked, what was answered, and what to do."""
    yield ""
    yield f"diagnosis: {found.kind}: {found.subject}"
    yield from found.checks
    yield f"→ {found.advice}"


def findings(checks: tuple[Check, ...]) -> Iterator[str]:
    """The judge's list, and the sentence under it."""
    yield from (check.line for check in checks)
    wrong = sum(not check.holds for check in checks)
    yield (
        "everything is as it should be"
        if not wrong
        else f"{wrong} of {len(checks)} {'is' if wrong == 1 else 'are'} not as it should be"
    )
