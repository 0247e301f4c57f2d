"""What became of pods and Deployments."""

from collections.abc import Iterable

from sandbox import deployment
from sandbox.judge.check import Check, empty, fails
from sandbox.objects.kinds import key_of, name_of
from sandbox.objects.pods import is_active, is_ready
from sandbox.world import World


def every_pod_is_ready(world: World, namespace: str) -> Check:
    pods = [pod for pod in world.view.list("pods", namespace) if is_active(pod)]
    waiting = [key_of(pod) for pod in pods if not is_ready(pod)]
    return empty(f"every pod of {namespace} is READY ({len(pods)})", waiting) if pods else fails("there are pods", "")


def have_replicas(world: World, namespace: str, number: int) -> Check:
    """Every Deployment there, whatever it had in between."""
    found = {name_of(each): each["spec"]["replicas"] for each in world.view.list("deployments", namespace)}
    says = f"every Deployment of {namespace} has its {number} replicas"
    return Check(says=says, holds=set(found.values()) == {number}, why=str(found))


def scaled_to_zero(world: World) -> list[str]:
    """The Deployments that the product has scaled to zero, each as often as it did."""
    calls = world.books.calls(api="kubernetes", verb="patch", resource="deployments", user=deployment.REFRESH)
    return [call.name for call in calls if call.status < 300 and call.body.get("spec") == {"replicas": 0}]


def nothing_was_evicted(world: World) -> Check:
    calls = world.books.calls(api="kubernetes", verb="create", resource="pods/eviction", user=deployment.REFRESH)
    return empty("no pod was evicted", [f"{call.namespace}/{call.name}" for call in calls if call.status < 300])


def logs_were_read(world: World, nodes: Iterable[str]) -> Check:
    """The product has looked into the log of a pod on each of these, as their workloads' promises ask for."""
    calls = world.books.calls(api="kubernetes", verb="get", resource="pods/log", user=deployment.REFRESH)
    heard = {(call.namespace, call.name) for call in calls if call.status == 200}
    on_nodes = {
        pod["spec"].get("nodeName", "")
        for pod in world.view.list("pods")
        if (pod["metadata"]["namespace"], name_of(pod)) in heard
    }
    says = "on every renewed node a pod's log was read for the line that its workload promises"
    return empty(says, [f"none on {name}" for name in nodes if name not in on_nodes])
