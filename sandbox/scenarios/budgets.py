"""Budgets that can never allow a drain, whatever is waited for: put in its way, and taken away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sandbox.objects.kinds import Object
from sandbox.scenarios import runbook, workloads
from sandbox.scenarios.placing import IMAGE, NODE, create, delete, deployed, lone_pod
from sandbox.scenarios.stage import Stage

_APP = "guarded"


@asynccontextmanager
async def two(stage: Stage) -> AsyncIterator[None]:
    async with deployed(stage, _there(workloads.deployment(_APP, **_AS_USUAL, replicas=1))):
        for name in ("first", "second"):
            await _guard(stage, name, 0)
        stage.say(f"two budgets select one pod on {NODE}")
        yield
        for name in ("first", "second"):
            await delete(stage, "poddisruptionbudgets", name)


@asynccontextmanager
async def of_a_job(stage: Stage) -> AsyncIterator[None]:
    """Whose scale nobody can ask for."""
    template = workloads.deployment(_APP, **_AS_USUAL, replicas=1)["spec"]["template"]
    template["spec"]["restartPolicy"] = "Never"
    job: Object = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": _APP, "namespace": runbook.NAMESPACE},
        "spec": {"template": template},
    }
    async with deployed(stage, _there(job), plural="jobs"):
        await _guard(stage, "half", "50%")
        await stage.until(lambda: _is_told(stage, "half"), "what the budget allows")
        stage.say(f"a budget wants half of the pods of a Job, one of which runs on {NODE}")
        yield
        await delete(stage, "poddisruptionbudgets", "half")


@asynccontextmanager
async def of_bare_pods(stage: Stage) -> AsyncIterator[None]:
    """Its percentage is of what controllers want, and nobody wants them."""
    pod = lone_pod(_APP, node=NODE)
    pod["metadata"]["labels"] = {"app": _APP}
    await create(stage, pod)
    await _guard(stage, "half", "50%")
    await stage.until(lambda: bool(_status(stage, "half").get("currentHealthy")), "what the budget counts")
    stage.say(f"a budget wants half of pods that somebody has made by hand, one of which runs on {NODE}")
    yield
    await delete(stage, "poddisruptionbudgets", "half")
    await delete(stage, "pods", _APP)


_AS_USUAL = {"in_namespace": runbook.NAMESPACE, "image": IMAGE}


def _there(made: Object) -> Object:
    """Its pods run on NODE alone."""
    made["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    return made


async def _guard(stage: Stage, name: str, wanted: Any) -> None:
    budget = workloads.budget(name, in_namespace=runbook.NAMESPACE, app=_APP, min_available=0)
    budget["spec"]["minAvailable"] = wanted
    await stage.world.admin.create("poddisruptionbudgets", budget)


def _is_told(stage: Stage, name: str) -> bool:
    return bool(_status(stage, name).get("conditions"))


def _status(stage: Stage, name: str) -> Object:
    return stage.world.view.get("poddisruptionbudgets", name, runbook.NAMESPACE).get("status") or {}
