"""DaemonSet: one pod on every node that it fits, cordoned or not."""

import copy

from sandbox.controllers.controller import Controller
from sandbox.controllers.podtemplate import REVISION_LABEL, pod_from, template_hash
from sandbox.objects.kinds import Object, is_terminating, key_of, labels_of, name_of
from sandbox.objects.pods import is_finished, is_ready, node_of
from sandbox.objects.selectors import node_fits
from sandbox.objects.tolerations import (
    KEEPS_NEW_PODS_OFF,
    NOT_READY,
    UNREACHABLE,
    UNSCHEDULABLE,
    taints_of,
    tolerations_of,
    untolerated,
)

_ADDED_TOLERATIONS = (
    {"key": NOT_READY, "operator": "Exists", "effect": "NoExecute"},
    {"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/disk-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/pid-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": UNSCHEDULABLE, "operator": "Exists", "effect": "NoSchedule"},
)


class DaemonSetController(Controller):
    """Pods are bound by the scheduler, to the node that their affinity names, as the real controller has it."""

    component = "daemonset-controller"

    def subscribe(self) -> None:
        self.follow("daemonsets")
        self.follow_dependents("pods", "DaemonSet")
        self.cluster.informer("nodes").subscribe(self._node_changed)

    def _node_changed(self, before: Object | None, after: Object | None) -> None:
        """Heartbeats say nothing about where daemons belong."""
        if before and after and (labels_of(before), taints_of(before)) == (labels_of(after), taints_of(after)):
            return
        for owner in self.cluster.informer("daemonsets"):
            self.queue.add(key_of(owner))

    async def reconcile(self, key: str) -> float | None:
        """Node by node: create what is missing, delete what failed, doubles, or no longer belongs."""
        owner = self.cluster.informer("daemonsets").get(key)
        if owner is None:
            return None
        hash_ = template_hash(owner["spec"]["template"])
        on_node: dict[str, list[Object]] = {}
        for pod in self.cluster.pods_of(owner):
            on_node.setdefault(_target(pod), []).append(pod)
        if not is_terminating(owner):
            for node in self.cluster.informer("nodes"):
                await self._settle(owner, node, on_node.setdefault(name_of(node), []), hash_)
            await self._replace_one_outdated(owner, on_node, hash_)
        await self._report(owner, on_node, hash_)
        return None

    async def _settle(self, owner: Object, node: Object, pods: list[Object], hash_: str) -> None:
        sample = self._pod(owner, node, hash_)
        fits = node_fits(sample, node)
        kept_off = any(untolerated(taints_of(node), tolerations_of(sample), KEEPS_NEW_PODS_OFF))
        driven_out = any(untolerated(taints_of(node), tolerations_of(sample), ("NoExecute",)))
        alive = [pod for pod in pods if not is_terminating(pod)]
        for pod in alive:
            if is_finished(pod):
                words = f"Found failed daemon pod {key_of(pod)} on node {name_of(node)}, will try to kill it"
                await self.recorder.warning_on(owner, "DaemonSet", "FailedDaemonPod", words)
                await self.cluster.delete("pods", pod)
            elif not fits or driven_out or pod is not alive[0]:
                await self.cluster.delete("pods", pod)
        # The name of the node's daemon is free again only when the former one is gone.
        if fits and not kept_off and not pods:
            created = await self.cluster.create("pods", sample)
            pods.append(created)
            words = f"Created pod: {name_of(created)}"
            await self.recorder.normal_on(owner, "DaemonSet", "SuccessfulCreate", words)

    async def _replace_one_outdated(self, owner: Object, on_node: dict[str, list[Object]], hash_: str) -> None:
        pods = [pod for pods in on_node.values() for pod in pods]
        if (owner["spec"].get("updateStrategy") or {}).get("type") == "OnDelete" or any(map(is_terminating, pods)):
            return
        outdated = [pod for pod in pods if labels_of(pod).get(REVISION_LABEL) != hash_]
        rest_is_ready = all(is_ready(pod) for pod in pods if pod not in outdated)
        if outdated and rest_is_ready:
            await self.cluster.delete("pods", outdated[0])

    def _pod(self, owner: Object, node: Object, hash_: str) -> Object:
        template = owner["spec"]["template"]
        labels = {REVISION_LABEL: hash_, "pod-template-generation": "1"}  # the latter says nothing and is still written
        pod = pod_from(template, owner, api_version="apps/v1", kind="DaemonSet", **labels)
        spec = pod["spec"]
        spec["tolerations"] = [*(spec.get("tolerations") or ()), *map(dict, _ADDED_TOLERATIONS)]
        here = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name_of(node)]}]}
        affinity = copy.deepcopy(spec.get("affinity") or {}).get("nodeAffinity") or {}
        required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {"nodeSelectorTerms": [{}]}
        terms = [{**term, **here} for term in required["nodeSelectorTerms"]]
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": terms}
        spec["affinity"] = {**(spec.get("affinity") or {}), "nodeAffinity": affinity}
        return pod

    async def _report(self, owner: Object, on_node: dict[str, list[Object]], hash_: str) -> None:
        nodes = {name_of(node): node for node in self.cluster.informer("nodes")}
        desired = [name for name, node in nodes.items() if _belongs(self._pod(owner, node, hash_), node)]
        there = [pods[0] for name, pods in on_node.items() if name in desired and pods]
        ready = sum(is_ready(pod) and not is_terminating(pod) for pod in there)
        status = {
            "desiredNumberScheduled": len(desired),
            "currentNumberScheduled": len(there),
            "numberMisscheduled": sum(
                bool(pods) for name, pods in on_node.items() if name in nodes and name not in desired
            ),
            "numberReady": ready,
            "numberAvailable": ready or None,
            "numberUnavailable": len(desired) - ready or None,
            "updatedNumberScheduled": sum(labels_of(pod).get(REVISION_LABEL) == hash_ for pod in there) or None,
            "observedGeneration": owner["metadata"].get("generation", 1),
        }
        await self.cluster.report("daemonsets", owner, status)


def _belongs(pod: Object, node: Object) -> bool:
    return node_fits(pod, node) and not any(untolerated(taints_of(node), tolerations_of(pod), KEEPS_NEW_PODS_OFF))


def _target(pod: Object) -> str:
    """The node it runs on, or, before it is bound, the one it was made for."""
    if node_of(pod):
        return node_of(pod)
    required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(required["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])
