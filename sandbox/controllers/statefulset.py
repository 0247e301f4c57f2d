"""StatefulSet: pods with names of their own, made and replaced one after the other."""

from sandbox.controllers.controller import Controller
from sandbox.controllers.podtemplate import REVISION_LABEL, pod_from, template_hash
from sandbox.objects.kinds import Object, is_terminating, labels_of, name_of
from sandbox.objects.pods import is_finished, is_ready, phase_of


class StatefulSetController(Controller):
    """A name comes back only when its former bearer is gone. OrderedReady and Parallel; rolls from the top."""

    component = "statefulset-controller"

    def subscribe(self) -> None:
        self.follow("statefulsets")
        self.follow_dependents("pods", "StatefulSet")

    async def reconcile(self, key: str) -> float | None:
        """One step; the pod's change leads back here."""
        owner = self.cluster.informer("statefulsets").get(key)
        if owner is None:
            return None
        revision = f"{name_of(owner)}-{template_hash(owner['spec']['template'])}"
        if not is_terminating(owner):
            await self._step(owner, revision)
        await self._report(owner, revision)
        return None

    async def _step(self, owner: Object, revision: str) -> None:
        pods = {name_of(pod): pod for pod in self.cluster.pods_of(owner)}
        wanted = [f"{name_of(owner)}-{ordinal}" for ordinal in range(owner["spec"].get("replicas", 1))]
        parallel = owner["spec"].get("podManagementPolicy") == "Parallel"
        for name in wanted:
            pod = pods.get(name)
            if pod is None:
                await self._create(owner, name, revision)
            elif is_finished(pod) and not is_terminating(pod):
                await self.cluster.delete("pods", pod)
            elif is_ready(pod) and not is_terminating(pod):
                continue
            if not parallel:
                return
        condemned = sorted((pod for name, pod in pods.items() if name not in wanted), key=_ordinal)
        outdated = [
            pods[name] for name in wanted if name in pods and labels_of(pods[name]).get(REVISION_LABEL) != revision
        ]
        for pod in [*outdated, *condemned][-1:]:
            if not is_terminating(pod):
                await self.cluster.delete("pods", pod)
                words = f"delete Pod {name_of(pod)} in StatefulSet {name_of(owner)} successful"
                await self.recorder.normal_on(owner, "StatefulSet", "SuccessfulDelete", words)

    async def _create(self, owner: Object, name: str, revision: str) -> None:
        ordinal = name.rpartition("-")[2]
        labels = {
            "statefulset.kubernetes.io/pod-name": name,
            "apps.kubernetes.io/pod-index": ordinal,
            REVISION_LABEL: revision,
        }
        template = owner["spec"]["template"]
        pod = pod_from(template, owner, api_version="apps/v1", kind="StatefulSet", name=name, **labels)
        pod["spec"]["hostname"] = name
        await self.cluster.create("pods", pod)
        words = f"create Pod {name} in StatefulSet {name_of(owner)} successful"
        await self.recorder.normal_on(owner, "StatefulSet", "SuccessfulCreate", words)

    async def _report(self, owner: Object, revision: str) -> None:
        pods = self.cluster.pods_of(owner)
        # One that is on its way out counts until it is gone.
        ready = sum(is_ready(pod) and phase_of(pod) == "Running" for pod in pods)
        staying = [pod for pod in pods if not is_terminating(pod)]
        updated = sum(labels_of(pod).get(REVISION_LABEL) == revision for pod in staying)
        status = {
            "replicas": len(pods),
            "readyReplicas": ready or None,
            "availableReplicas": ready,
            "currentReplicas": updated or None,
            "updatedReplicas": updated or None,
            "currentRevision": revision,
            "updateRevision": revision,
            "observedGeneration": owner["metadata"].get("generation", 1),
        }
        await self.cluster.report("statefulsets", owner, status)


def _ordinal(pod: Object) -> int:
    return int(name_of(pod).rpartition("-")[2])
