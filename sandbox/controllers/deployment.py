"""Deployment: one ReplicaSet for each template, and the move from the old ones to the new."""

import copy
import math
from collections.abc import Sequence

from sandbox.controllers.controller import Controller
from sandbox.controllers.podtemplate import HASH_LABEL, template_hash
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object, is_terminating, name_of, namespace_of
from sandbox.objects.owners import controller_of, controller_reference
from sandbox.objects.pods import is_finished
from sandbox.objects.quantities import amount

REVISION = "deployment.kubernetes.io/revision"


class DeploymentController(Controller):
    """RollingUpdate and Recreate, without pauses, roll-backs and clean-up of old revisions."""

    component = "deployment-controller"

    def subscribe(self) -> None:
        self.follow("deployments")
        self.follow_dependents("replicasets", "Deployment")
        self.cluster.informer("pods").subscribe(self._pod_changed)

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        """The end of a pod is news for a Recreate, which waits for it, and changes nothing in its ReplicaSet."""
        pod = after or before or {}
        made_by = controller_of(pod)
        if made_by is None or (after is not None and not is_finished(after)):
            return
        found = self.cluster.informer("replicasets").get(f"{namespace_of(pod)}/{made_by['name']}")
        if found and (owner := controller_of(found)):
            self.queue.add(f"{namespace_of(found)}/{owner['name']}")

    async def reconcile(self, key: str) -> float | None:
        """One step of the roll-out: the change it causes in a ReplicaSet leads back here."""
        deployment = self.cluster.informer("deployments").get(key)
        if deployment is None:
            return None
        sets = self.cluster.dependents("replicasets", deployment)
        hash_ = template_hash(deployment["spec"]["template"])
        new = next((each for each in sets if each["metadata"]["labels"].get(HASH_LABEL) == hash_), None)
        old = [each for each in sets if each is not new]
        if not is_terminating(deployment):
            if new is None:
                new = await self._create_set(deployment, hash_, revision=len(sets) + 1, old=old)
                sets = [*old, new]
            elif (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
                await self._recreate(deployment, new, old)
            else:
                await self._roll(deployment, new, old)
        await self._report(deployment, new, sets)
        return None

    async def _create_set(self, deployment: Object, hash_: str, *, revision: int, old: Sequence[Object]) -> Object:
        template = copy.deepcopy(deployment["spec"]["template"])
        labels = {**(template.setdefault("metadata", {}).get("labels") or {}), HASH_LABEL: hash_}
        template["metadata"]["labels"] = labels
        selector = copy.deepcopy(deployment["spec"]["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: hash_}
        created = await self.cluster.create(
            "replicasets",
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "metadata": {
                    "name": f"{name_of(deployment)}-{hash_}",
                    "namespace": namespace_of(deployment),
                    "labels": labels,
                    "annotations": {REVISION: str(revision)},
                    "ownerReferences": [controller_reference(deployment, api_version="apps/v1", kind="Deployment")],
                },
                "spec": {"replicas": 0, "selector": selector, "template": template},
            },
        )
        first = 0 if old else deployment["spec"].get("replicas", 1)
        return await self._scale(deployment, created, first)

    async def _recreate(self, deployment: Object, new: Object, old: Sequence[Object]) -> None:
        let_go = [await self._scale(deployment, each, 0) for each in old]
        if all(map(self._is_empty, let_go)):
            await self._scale(deployment, new, deployment["spec"].get("replicas", 1))

    def _is_empty(self, replicas: Object) -> bool:
        """Its controller has seen that it shall have no pods, and those that it had have left."""
        status = replicas.get("status") or {}
        seen = status.get("observedGeneration", 0) >= replicas["metadata"]["generation"]
        return seen and not status.get("replicas") and all(map(is_finished, self.cluster.pods_of(replicas)))

    async def _roll(self, deployment: Object, new: Object, old: Sequence[Object]) -> None:
        wanted = deployment["spec"].get("replicas", 1)
        limits = ((deployment["spec"].get("strategy") or {}).get("rollingUpdate")) or {}
        surge = share(limits.get("maxSurge", "25%"), wanted, up=True)
        unavailable = share(limits.get("maxUnavailable", "25%"), wanted, up=False)
        if not surge and not unavailable:
            unavailable = 1
        total = sum(each["spec"]["replicas"] for each in [new, *old])
        size = new["spec"]["replicas"]
        if size != wanted:
            grown = min(wanted, size + max(wanted + surge - total, 0))
            new = await self._scale(deployment, new, grown if size < wanted else wanted)
            total += new["spec"]["replicas"] - size
        waiting = new["spec"]["replicas"] - available(new)
        spare = total - (wanted - unavailable) - waiting
        for each in sorted(old, key=available):
            fewer = min(each["spec"]["replicas"], max(spare, 0))
            spare -= fewer
            await self._scale(deployment, each, each["spec"]["replicas"] - fewer)

    async def _scale(self, deployment: Object, replicas: Object, to: int) -> Object:
        size = replicas["spec"]["replicas"]
        if size == to:
            return replicas
        words = f"Scaled {'up' if to > size else 'down'} replica set {name_of(replicas)} from {size} to {to}"
        scaled = await self.cluster.patch("replicasets", replicas, {"spec": {"replicas": to}})
        await self.recorder.normal_on(deployment, "Deployment", "ScalingReplicaSet", words)
        return scaled

    async def _report(self, deployment: Object, new: Object | None, sets: Sequence[Object]) -> None:
        wanted = deployment["spec"].get("replicas", 1)
        ready, total = sum(map(available, sets)), sum((each.get("status") or {}).get("replicas", 0) for each in sets)
        limits = ((deployment["spec"].get("strategy") or {}).get("rollingUpdate")) or {}
        enough = ready >= wanted - share(limits.get("maxUnavailable", "25%"), wanted, up=False)
        updated = (new.get("status") or {}).get("replicas", 0) if new else 0
        conditions = (deployment.get("status") or {}).get("conditions") or []
        conditions = with_condition(
            conditions,
            "Available",
            "True" if enough else "False",
            reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
            message=f"Deployment {'has' if enough else 'does not have'} minimum availability.",
        )
        name = name_of(new) if new else ""
        done = updated == total == ready == wanted
        conditions = with_condition(
            conditions,
            "Progressing",
            "True",
            reason="NewReplicaSetAvailable" if done else "ReplicaSetUpdated",
            message=f'ReplicaSet "{name}" {"has successfully progressed" if done else "is progressing"}.',
        )
        status = {
            "replicas": total or None,  # the real one leaves out what is zero
            "updatedReplicas": updated or None,
            "readyReplicas": ready or None,
            "availableReplicas": ready or None,
            "unavailableReplicas": max(max(total, wanted) - ready, 0) or None,
            "observedGeneration": deployment["metadata"].get("generation", 1),
            "conditions": conditions,
        }
        await self.cluster.report("deployments", deployment, status)


def available(replicas: Object) -> int:
    return int((replicas.get("status") or {}).get("availableReplicas") or 0)


def share(value: int | str, total: int, *, up: bool) -> int:
    """A number as it stands, a percentage of `total` rounded up or down."""
    if isinstance(value, int):
        return value
    part = amount(value.removesuffix("%")) * total / 100
    return math.ceil(part) if up else math.floor(part)
