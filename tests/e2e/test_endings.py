"""How a run says that it did not succeed: which node was not renewed, why, and who stopped it."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from tests.e2e import smallest
from tests.e2e.caller import Caller, shown
from tests.e2e.standing import Standing, standing

BARE = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "by-hand"},
    "spec": {"nodeName": smallest.STALE, "containers": [{"name": "main", "image": smallest.IMAGE}]},
}


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(scene=smallest.everything_runs, settings={"REPULL_COOLDOWN_SECONDS": "0"}) as found:
        yield found


@pytest.fixture(autouse=True)
def _clean(here: Standing) -> Iterator[None]:
    """Nothing of one test is left for the next."""
    yield
    here.world.faults.clear()
    for refresh in here.world.view.list("noderefreshes"):
        here.background.run(here.world.admin.delete("noderefreshes", name_of(refresh)))
    assert here.background.run(smallest.settles(here.stage))


def start(here: Standing, *nodes: str) -> None:
    told = {"force": True, "nodes": list(nodes), "image": smallest.IMAGE, "reason": "a test"}
    here.background.run(here.stage.start(**told))


def refresh(here: Standing) -> Any:
    (found,) = here.world.view.list("noderefreshes")
    return found


def ended(here: Standing) -> dict[str, Any]:
    assert here.background.run(here.stage.refresh_is_over())
    found: dict[str, Any] = refresh(here)["status"]
    return found


def said_by_the_condition(status: dict[str, Any]) -> str:
    (said,) = (each["message"] for each in status["conditions"] if each["status"] == "True")
    return str(said)


def test_a_run_with_a_refusal_names_the_node_that_was_refused_and_not_the_last_one(sre: Caller) -> None:
    here = sre.here
    here.background.run(here.world.admin.create("pods", BARE, runbook.NAMESPACE))
    start(here, smallest.STALE, smallest.OTHER)
    status = ended(here)
    shows = sre.run("status")
    here.background.run(here.world.admin.delete("pods", "by-hand", runbook.NAMESPACE))

    said = status["message"]
    assert said.startswith(f"1 renewed, 1 refused: node {smallest.STALE}: pod {runbook.NAMESPACE}/by-hand has no"), said
    assert "deleteBarePods" in said
    assert said_by_the_condition(status) == said
    assert "2 of 2 nodes done (1 renewed, 1 refused)" in shows.stdout, shown(shows)
    assert said in shows.stdout.replace("\n           ", " "), shown(shows)
    assert "  stopping" not in shows.stdout, shown(shows)


def test_a_node_that_an_abort_gives_back_has_not_failed(sre: Caller) -> None:
    here = sre.here

    async def abort() -> None:
        told = {"action": "abort", "refresh": name_of(refresh(here)), "reason": "ann: the launch is on"}
        await here.world.publish(deployment.STEPS_TOPIC, told)
        await here.stage.until(lambda: bool(refresh(here)["status"].get("aborting")), "the abort")

    cordoned = Fault(api="kubernetes", user=deployment.REFRESH, verb="patch", resource="nodes", after=abort)
    here.world.faults.add(cordoned)
    start(here, smallest.STALE, smallest.OTHER)
    status = ended(here)
    shows = sre.run("status")

    assert status["message"] == "1 given back, 1 not reached: aborted by message: ann: the launch is on"
    assert (status["phase"], status["givenBack"], status["failed"], status["done"]) == ("Aborted", 1, 0, 1)
    assert said_by_the_condition(status) == status["message"]
    given_back, failed = (here.stage.audit(f"repull.{event}") for event in ("given_back", "node_failed"))
    assert (len(given_back), failed) == (1, [])  # whichever of them is the canary
    assert "1 of 2 nodes done (1 given back)" in shows.stdout, shown(shows)
    assert "  stopping" not in shows.stdout, shown(shows)
