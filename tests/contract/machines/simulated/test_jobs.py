"""The controller of Jobs: to their end, and not beyond their limit."""

from typing import Any

from tests.contract.machines.ground import HOST
from tests.contract.machines.lab import IMAGE, Lab, Object, until
from tests.contract.machines.simulated.workloads import template
from tests.contract.machines.states import is_stuck


def job(image: str, **spec: Any) -> Object:
    return {"metadata": {"name": "ocr"}, "spec": {"template": template(image, restartPolicy="Never"), **spec}}


async def finished_job(lab: Lab) -> Object:
    """The status of the job `ocr` when it is over."""

    async def found() -> Object | None:
        status: Object = ((await lab.get("jobs", "ocr")) or {}).get("status") or {}
        over = {"Complete", "Failed"} & {each["type"] for each in status.get("conditions") or ()}
        return status if over else None

    return await until(found)


async def test_a_job_runs_to_its_end(lab: Lab) -> None:
    await lab.machine()
    lab.ground.images.push(f"{HOST}/acme/apps/once:v1", labels={"sandbox.exit": "0"})
    await lab.create("jobs", job(f"{HOST}/acme/apps/once:v1", completions=2))
    status = await finished_job(lab)
    assert (status["succeeded"], status.get("active")) == (2, None)
    assert [each["type"] for each in status["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert [pod["status"]["phase"] for pod in await lab.pods()] == ["Succeeded", "Succeeded"]
    assert not any(pod["metadata"].get("finalizers") for pod in await lab.pods())


async def test_a_job_tries_again_until_its_limit(lab: Lab) -> None:
    await lab.machine()
    lab.ground.images.push(f"{HOST}/acme/apps/fails:v1", labels={"sandbox.exit": "1"})
    await lab.create("jobs", job(f"{HOST}/acme/apps/fails:v1", backoffLimit=2))
    status = await finished_job(lab)
    assert status["failed"] == 3
    said = [(each["type"], each["reason"]) for each in status["conditions"]]
    assert said == [("FailureTarget", "BackoffLimitExceeded"), ("Failed", "BackoffLimitExceeded")]


async def test_deleting_the_waiting_pod_of_a_job_without_retries_fails_the_job_for_good(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.create("jobs", job(IMAGE, backoffLimit=0))

    async def waits() -> Object | None:
        return next((pod for pod in await lab.pods() if is_stuck(pod)), None)

    pod = await until(waits)
    await lab.client.delete("pods", pod["metadata"]["name"], lab.namespace)
    status = await finished_job(lab)
    assert status["failed"] == 1
    assert status["conditions"][0]["reason"] == "BackoffLimitExceeded"

    async def gone() -> bool:
        return not await lab.pods()

    await until(gone)


async def test_the_pods_of_a_deleted_job_go_although_it_held_them(lab: Lab) -> None:
    await lab.machine()
    await lab.create("jobs", job(IMAGE))
    await lab.running_pods(1)
    await lab.client.delete("jobs", "ocr", lab.namespace)

    async def gone() -> bool:
        return not await lab.pods()

    await until(gone)
