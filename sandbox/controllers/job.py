"""Job: pods until so many have succeeded, or too many have failed."""

from sandbox.controllers.controller import Controller
from sandbox.controllers.podtemplate import pod_from, random_suffix
from sandbox.kube import times
from sandbox.objects.conditions import is_true, with_condition
from sandbox.objects.kinds import Object, is_terminating, name_of, namespace_of, uid_of
from sandbox.objects.owners import controller_of
from sandbox.objects.pods import is_active, is_ready, phase_of

TRACKING = "batch.kubernetes.io/job-tracking"


class JobController(Controller):
    """A pod is held by a finalizer until it has been counted, so that a deleted one counts too: as a failure."""

    component = "job-controller"

    def subscribe(self) -> None:
        self.follow("jobs")
        self.follow_dependents("pods", "Job")

    async def reconcile(self, key: str) -> float | None:
        """Count what ended, let it go, start what is missing."""
        job = self.cluster.informer("jobs").get(key)
        if job is None or is_true(job, "Complete") or is_true(job, "Failed"):
            await self._release(self._tracked(key))
            return None
        pods = self.cluster.pods_of(job)
        job = await self._count(job, pods)
        active = [pod for pod in pods if is_active(pod)]
        wanted, limit = job["spec"].get("completions", 1), job["spec"].get("backoffLimit", 6)
        status = job["status"]
        if status["failed"] > limit:
            for pod in active:
                await self.cluster.delete("pods", pod)
            message = "Job has reached the specified backoff limit"
            await self._finish(job, "Failed", "BackoffLimitExceeded", message)
        elif status["succeeded"] >= wanted:
            await self._finish(job, "Complete", "CompletionsReached", "Reached expected number of succeeded pods")
        elif not is_terminating(job):
            missing = min(job["spec"].get("parallelism", 1), wanted - status["succeeded"]) - len(active)
            active += [await self._create(job) for _ in range(missing)]
            await self._report(job, active)
        return None

    async def _count(self, job: Object, pods: list[Object]) -> Object:
        """Write the counts, with the uids that are in them, then let the pods go: none is lost or counted twice."""
        status = dict(job.get("status") or {})
        counted = set((status.get("uncountedTerminatedPods") or {}).get("failed") or ())
        ended = [pod for pod in pods if not is_active(pod) and TRACKING in (pod["metadata"].get("finalizers") or ())]
        fresh = [pod for pod in ended if uid_of(pod) not in counted]
        succeeded = [pod for pod in fresh if phase_of(pod) == "Succeeded"]
        status["succeeded"] = status.get("succeeded", 0) + len(succeeded)
        status["failed"] = status.get("failed", 0) + len(fresh) - len(succeeded)
        status["startTime"] = status.get("startTime") or times.seconds(times.now())
        status["uncountedTerminatedPods"] = {"failed": sorted(map(uid_of, ended))}
        job = await self.cluster.report("jobs", job, status)
        await self._release(ended)
        return job

    async def _release(self, pods: list[Object]) -> None:
        for pod in pods:
            finalizers = [each for each in pod["metadata"]["finalizers"] if each != TRACKING]
            await self.cluster.patch("pods", pod, {"metadata": {"finalizers": finalizers or None}})

    def _tracked(self, key: str) -> list[Object]:
        """The pods of a job that is over, or gone, which its finalizer still holds."""
        return [
            pod
            for pod in self.cluster.informer("pods")
            if TRACKING in (pod["metadata"].get("finalizers") or ())
            and (reference := controller_of(pod))
            and f"{namespace_of(pod)}/{reference['name']}" == key
        ]

    async def _create(self, job: Object) -> Object:
        name = f"{name_of(job)}-{random_suffix()}"
        labels = {"job-name": name_of(job), "batch.kubernetes.io/job-name": name_of(job)}
        labels |= {"controller-uid": uid_of(job), "batch.kubernetes.io/controller-uid": uid_of(job)}
        pod = pod_from(job["spec"]["template"], job, api_version="batch/v1", kind="Job", name=name, **labels)
        pod["metadata"]["finalizers"] = [TRACKING]
        created = await self.cluster.create("pods", pod)
        await self.recorder.normal_on(job, "Job", "SuccessfulCreate", f"Created pod: {name}")
        return created

    async def _report(self, job: Object, active: list[Object]) -> None:
        counts = {"active": len(active), "ready": sum(map(is_ready, active))}
        await self.cluster.report("jobs", job, {**job["status"], **counts})

    async def _finish(self, job: Object, kind: str, reason: str, message: str) -> None:
        conditions = with_condition(job["status"].get("conditions") or [], kind, "True", reason=reason, message=message)
        finished: Object = {"completionTime": times.seconds(times.now())} if kind == "Complete" else {}
        await self.cluster.report(
            "jobs", job, {**job["status"], "active": 0, "ready": 0, "conditions": conditions, **finished}
        )
        if kind == "Complete":
            await self.recorder.normal_on(job, "Job", "Completed", "Job completed")
        else:
            await self.recorder.warning_on(job, "Job", reason, message)
