"""What others do meanwhile: one row for each, told what it needs of the story.

Operators, the platform, the queue; and, only while an invocation is at work, its own process.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.kube.client import ApiError
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook, workloads
from tests.e2e import smallest
from tests.proof.calls import RENEWALS
from tests.proof.disorder.forging import forge
from tests.proof.disorder.outage import hurry, roll_out
from tests.proof.disorder.promises import BARE
from tests.proof.disorder.revisions import deploy
from tests.proof.product import Message
from tests.proof.story import SWEEP

if TYPE_CHECKING:
    from tests.proof.disorder.story import Disorder

Row = Callable[["Disorder", str, int], Awaitable[None]]

ANSWERS = (500, 503, 429, 409, 502, 500, 504, 403)
TARGETS = (
    {"api": "kubernetes"},
    {"api": "kubernetes", "resource": "nodes"},
    {"api": "kubernetes", "resource": "noderefreshes/status"},
    {"api": "kubernetes", "resource": "pods"},
    {"api": "kubernetes", "resource": "pods/eviction"},
    {"api": "compute"},
    {"api": "container"},
    {"api": "kubernetes", "resource": "configmaps"},
)
CHANGES = (
    *({"api": "compute", "verb": verb} for verb in RENEWALS),
    {"api": "kubernetes", "verb": "patch", "resource": "nodes"},
    {"api": "kubernetes", "verb": "update", "resource": "noderefreshes/status"},
    {"api": "kubernetes", "verb": "create", "resource": "pods/eviction"},
    {"api": "kubernetes", "verb": "create", "resource": "pods"},
)
SECONDS = (1, 4, 6, 20, 60, 300, 700, 4000)
BUDGET = "disorder"


async def cordon(here: "Disorder", node: str, _: int) -> None:
    """A no-op where it is cordoned already, as kubectl's."""
    found = here.node(node)
    if found and not found["spec"].get("unschedulable"):
        await here.admin.patch("nodes", node, {"spec": {"unschedulable": True}})
        here.before = here.before.cordoned_by_others(node)


async def uncordon(here: "Disorder", node: str, _: int) -> None:
    if here.node(node):
        await here.admin.patch("nodes", node, {"spec": {"unschedulable": False}})
        here.before = here.before.open(node)


async def delete_node(here: "Disorder", node: str, _: int) -> None:
    await here.admin.delete("nodes", node)
    here.before = here.before.open(node)
    here.excluded -= {node}


async def recreate(here: "Disorder", node: str, _: int) -> None:
    """GKE's auto-repair: another machine under the same name, whatever is going on."""
    machine = here.world.fleet[node]
    if machine.status == "RUNNING" and machine.exists:
        was_out = machine._is_out
        await machine.recreate()
        machine.recreate_count -= 1
        here.not_ours(machine, was_out=was_out)
        here.replaced += ((node, datetime.now(UTC) + here.laboratory.time.skipped),)
        here.before = here.before.open(node)
        here.excluded -= {node}
        here.ailing -= {node}


async def reboot(here: "Disorder", node: str, _: int) -> None:
    """Its kernel has panicked."""
    machine = here.world.fleet[node]
    if machine.status == "RUNNING" and machine.exists:
        was_out = machine._is_out
        await machine.reset()
        machine.reset_count -= 1
        here.not_ours(machine, was_out=was_out)


async def label(here: "Disorder", node: str, number: int) -> None:
    """A person excludes the node, or no more."""
    value = "true" if number % 2 else None
    if value is None:
        here.excluded -= {node}
    here.before = here.before.having(
        await here.admin.patch("nodes", node, {"metadata": {"labels": {"repull.dev/exclude": value}}})
    )


async def taint(here: "Disorder", node: str, _: int) -> None:
    found = here.node(node)
    if found:
        others = [each for each in found["spec"].get("taints") or () if each["key"] != "team"]
        taints = [*others, {"key": "team", "value": "ocr", "effect": "PreferNoSchedule"}]
        version = found["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": version}, "spec": {"taints": taints}}
        here.before = here.before.having(await here.admin.patch("nodes", node, patch))


async def pause(here: "Disorder", _: str, number: int) -> None:
    """One refresh, or all of them; or it goes on."""
    await here.annotate({"repull.dev/pause": "a person's" if number % 2 else None})


async def abort(here: "Disorder", _: str, number: int) -> None:
    found = here.world.view.list("noderefreshes")
    if found:
        name = name_of(found[number % len(found)])
        here.post({"action": "abort", "cluster": deployment.CLUSTER_KEY, "refresh": name})


async def start(here: "Disorder", _: str, number: int) -> None:
    """The same again, as another message; at times only to see what would be done."""
    here.post({**here.start, "dryRun": True} if number % 4 == 0 else here.start)


async def garbage(here: "Disorder", _: str, number: int) -> None:
    here.post({"action": ("cure", "continue", "start", "abort")[number % 4], "slot": -1})


async def sweep(here: "Disorder", _: str, __: int) -> None:
    here.waiting.append(SWEEP)


async def lose(here: "Disorder", _: str, number: int) -> None:
    here.collect()
    if here.waiting:
        here.waiting.pop(number % len(here.waiting))


async def budget(here: "Disorder", _: str, number: int) -> None:
    """Another one, or none."""
    with suppress(ApiError):
        await here.admin.delete("poddisruptionbudgets", BUDGET, runbook.NAMESPACE)
    if number % 3:
        least = (0, 2, 4)[number % 3]
        made = workloads.budget(BUDGET, in_namespace=runbook.NAMESPACE, app=smallest.WORKER, min_available=least)
        await here.admin.create("poddisruptionbudgets", made)


async def bare_pod(here: "Disorder", node: str, number: int) -> None:
    container = {"name": "alone", "image": smallest.IMAGE}
    made = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{BARE}{number}", "namespace": runbook.NAMESPACE},
        "spec": {"nodeName": node, "containers": [container]},
    }
    await here.admin.create("pods", made)


async def go_stale(here: "Disorder", node: str, _: int) -> None:
    here.world.fleet[node].make_stale()


async def heal(here: "Disorder", node: str, _: int) -> None:
    here.world.fleet[node].renew_token()
    here.ailing -= {node}


async def ail_for_good(here: "Disorder", node: str, number: int) -> None:
    """Whatever is done to it; or until another machine is in its place."""
    machine = here.world.fleet[node]
    machine.heals, machine.replacement_heals = False, bool(number % 2)
    machine.make_stale()


async def never_boot(here: "Disorder", node: str, _: int) -> None:
    here.world.fleet[node].boots = False


async def boot_slowly(here: "Disorder", node: str, number: int) -> None:
    here.world.fleet[node].boot_seconds = 60.0 * (number + 1)


async def fail(here: "Disorder", node: str, number: int) -> None:
    """Some calls of the product are answered with an error."""
    target = TARGETS[(number + len(node)) % len(TARGETS)]
    fault = Fault(**target, user=deployment.REFRESH, status=ANSWERS[number], times=1 + 2 * number)  # type: ignore[arg-type]
    here.world.faults.add(fault)


async def storm(here: "Disorder", _: str, number: int) -> None:
    """Somebody else was faster, again and again."""
    resource = ("nodes", "noderefreshes/status", "configmaps", "leases")[number % 4]
    here.world.faults.add(Fault(api="kubernetes", resource=resource, user=deployment.REFRESH, status=409, times=20))


async def drop(here: "Disorder", _: str, number: int) -> None:
    """It is done, and nobody hears of it."""
    here.world.faults.add(Fault(**CHANGES[number], user=deployment.REFRESH, drop=True))  # type: ignore[arg-type]


async def refuse(here: "Disorder", _: str, number: int) -> None:
    """It is not done."""
    status = (403, 503)[number // 4]
    here.world.faults.add(Fault(**CHANGES[number % 4], user=deployment.REFRESH, status=status))  # type: ignore[arg-type]


async def registry_outage(here: "Disorder", _: str, number: int) -> None:
    here.world.faults.add(Fault(api="registry", status=(503, 429)[number % 2], times=5 * (number + 1)))


async def forget(here: "Disorder", _: str, number: int) -> None:
    """A person deletes a NodeRefresh."""
    found = here.world.view.list("noderefreshes")
    if found:
        await here.admin.delete("noderefreshes", name_of(found[number % len(found)]))


async def brake(here: "Disorder", _: str, number: int) -> None:
    """A person pauses the cluster, or closes the circuit breaker."""
    patch: dict[str, Any] = {"data": {"paused": '{"by": "ann"}'} if number % 2 else {"breaker": None}}
    await here.admin.patch("configmaps", "state", patch, "repull")


async def wait(here: "Disorder", _: str, number: int) -> None:
    here.laboratory.time.skip(SECONDS[number])


ACTS: dict[str, Row] = {
    row.__name__: row
    for row in (
        *(cordon, uncordon, delete_node, forge, recreate, reboot, label, taint),
        *(pause, abort, start, garbage, sweep, lose, budget, bare_pod, forget, deploy, brake),
        *(go_stale, heal, ail_for_good, never_boot, boot_slowly),
        *(fail, storm, drop, refuse, registry_outage, wait, hurry, roll_out),
    )
}

AMID = ("die", "die_after", "freeze", "meanwhile")
"""Of the invocation's own process, or beside it: `story.Disorder` does them."""


def as_message(number: int, body: dict[str, Any]) -> Message:
    return Message(id=f"by-hand-{number}", body=body)
