"""Job: pods until so many have succeeded, or too many have failed."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.controller import Controller
from sandbox.controllers.podtemplate import pod_from
from sandbox.kube import times
from sandbox.objects.conditions import is_true, with_condition
from sandbox.objects.kinds import Object, is_terminating, key_of, name_of, namespace_of, uid_of
from sandbox.objects.owners import controller_of
from sandbox.objects.pods import is_active, is_finished, is_ready, phase_of

TRACKING = "batch.kubernetes.io/job-tracking"

_PAUSE = 10.0  # simulated seconds after a failure, twice as many after each further one …
_LONGEST_PAUSE = 600.0  # … up to these


class JobController(Controller):
    """A pod is held by a finalizer until it has been counted, so that a deleted one counts too: as a failure."""

    component = "job-controller"

    def __init__(self, cluster: Cluster) -> None:
        self._failures: dict[str, tuple[int, datetime]] = {}  # by key: how many in a row, and when the last was seen
        super().__init__(cluster)

    def subscribe(self) -> None:
        self.follow("jobs")
        self.follow_dependents("pods", "Job")

    async def reconcile(self, key: str) -> float | None:
        """Count what ended, let it go, start what is missing, if need be after a pause."""
        job = self.cluster.informer("jobs").get(key)
        if job is None or is_true(job, "Complete") or is_true(job, "Failed"):
            await self._release(self._tracked(key))
            self._failures.pop(key, None)
            return None
        pods = self.cluster.pods_of(job)
        job = await self._count(job, pods)
        active = [pod for pod in pods if is_active(pod)]
        wanted, limit = job["spec"].get("completions", 1), job["spec"].get("backoffLimit", 6)
        status = job["status"]
        if status.get("failed", 0) > limit:
            await self._end(job, pods, FAILED)
        elif status.get("succeeded", 0) >= wanted:
            await self._end(job, pods, COMPLETE)
        elif not is_terminating(job):
            missing = min(job["spec"].get("parallelism", 1), wanted - status.get("succeeded", 0)) - len(active)
            pause = self._pause(job) if missing > 0 else 0.0
            if not pause:
                active += [await self._create(job) for _ in range(missing)]
            await self._report(job, pods, active)
            return pause or None
        return None

    def _pause(self, job: Object) -> float:
        """How many simulated seconds are left until a failed pod may be replaced."""
        failures, since = self._failures.get(key_of(job), (0, times.now()))
        pause = min(_PAUSE * 2 ** (failures - 1), _LONGEST_PAUSE) if failures else 0.0
        return max(pause - (times.now() - since).total_seconds() * self.cluster.pace.speed, 0.0)

    async def _count(self, job: Object, pods: list[Object]) -> Object:
        """Write the counts, with the uids that are in them, then let the pods go: none is lost or counted twice."""
        status = dict(job.get("status") or {})
        counted = {uid for uids in (status.get("uncountedTerminatedPods") or {}).values() for uid in uids}
        ended = [pod for pod in pods if not is_active(pod) and TRACKING in (pod["metadata"].get("finalizers") or ())]
        fresh = [pod for pod in ended if uid_of(pod) not in counted]
        succeeded = [pod for pod in fresh if phase_of(pod) == "Succeeded"]
        if fresh:
            so_far = 0 if succeeded else self._failures.get(key_of(job), (0, times.now()))[0]
            self._failures[key_of(job)] = so_far + len(fresh) - len(succeeded), times.now()
        # What is zero is left out, as the real one leaves it out.
        status["succeeded"] = status.get("succeeded", 0) + len(succeeded) or None
        status["failed"] = status.get("failed", 0) + len(fresh) - len(succeeded) or None
        status["startTime"] = status.get("startTime") or times.seconds(times.now())
        status["uncountedTerminatedPods"] = _by_phase(ended)
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
        labels = {"job-name": name_of(job), "batch.kubernetes.io/job-name": name_of(job)}
        labels |= {"controller-uid": uid_of(job), "batch.kubernetes.io/controller-uid": uid_of(job)}
        pod = pod_from(job["spec"]["template"], job, api_version="batch/v1", kind="Job", **labels)
        pod["metadata"]["finalizers"] = [TRACKING]
        created = await self.cluster.create("pods", pod)
        await self.recorder.normal_on(job, "Job", "SuccessfulCreate", f"Created pod: {name_of(created)}")
        return created

    async def _report(self, job: Object, pods: list[Object], active: list[Object]) -> None:
        counts = {"active": len(active) or None, "ready": sum(map(is_ready, active)), "terminating": _leaving(pods)}
        await self.cluster.report("jobs", job, {**job["status"], **counts})

    async def _end(self, job: Object, pods: list[Object], outcome: "_Outcome") -> None:
        """It is decided first, and over when the last pod has ended."""
        conditions = job["status"].get("conditions") or []
        said = {"reason": outcome.reason, "message": outcome.message}
        conditions = with_condition(conditions, outcome.decided, "True", **said)
        active = [pod for pod in pods if is_active(pod)]
        for pod in active:
            await self.cluster.delete("pods", pod)
        status: Object = {"active": None, "ready": 0, "terminating": _leaving(pods) + len(active)}
        if status["terminating"]:
            await self.cluster.report("jobs", job, {**job["status"], **status, "conditions": conditions})
            return
        if outcome is COMPLETE:
            status["completionTime"] = times.seconds(times.now())
        conditions = with_condition(conditions, outcome.over, "True", **said)
        await self.cluster.report("jobs", job, {**job["status"], **status, "conditions": conditions})
        if outcome is COMPLETE:
            await self.recorder.normal_on(job, "Job", "Completed", "Job completed")
        else:
            await self.recorder.warning_on(job, "Job", outcome.reason, outcome.message)


def _by_phase(ended: list[Object]) -> dict[str, list[str]]:
    """The uids of pods that are in the counts and not yet let go; a key for each way to end."""
    uids: dict[str, list[str]] = {}
    for pod in ended:
        uids.setdefault("succeeded" if phase_of(pod) == "Succeeded" else "failed", []).append(uid_of(pod))
    return {key: sorted(found) for key, found in uids.items()}


def _leaving(pods: list[Object]) -> int:
    return sum(is_terminating(pod) and not is_finished(pod) for pod in pods)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    """The two conditions of an end: it is decided, it is over."""

    decided: str
    over: str
    reason: str
    message: str


COMPLETE = _Outcome(
    decided="SuccessCriteriaMet",
    over="Complete",
    reason="CompletionsReached",
    message="Reached expected number of succeeded pods",
)
FAILED = _Outcome(
    decided="FailureTarget",
    over="Failed",
    reason="BackoffLimitExceeded",
    message="Job has reached the specified backoff limit",
)
