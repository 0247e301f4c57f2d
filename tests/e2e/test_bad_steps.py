"""What on_refresh_step does with messages that ask for nothing it could do: it says why, and changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import deployment
from sandbox.faults import Fault, Hook
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from tests.e2e.standing import Answered, Standing, as_json

IMAGE = runbook.image("ocr-worker", "v1")
PLAN = {"action": "start", "dryRun": True, "nodes": runbook.A1, "image": IMAGE, "reason": "test"}


WRONG: dict[str, tuple[dict[str, object], str, str]] = {
    "unknown action": ({"action": "explode"}, "action", "start, continue, abort, sweep"),
    "an action that is no message": (
        {"action": "pause"},
        "action",
        "start, continue, abort, sweep (to hold a refresh is no message: repull pause,",
    ),
    "an account beside nodes": (
        {"action": "start", "account": "nodes@acme.iam", "nodes": runbook.A1},
        "account",
        "account or nodes, not both",
    ),
    "an account of no pool": (
        {"action": "start", "account": "nobody@acme.iam", "image": runbook.image("ocr-worker", "v1")},
        "account",
        f"the service account of a node pool: {deployment.NODES}",
    ),
    "no action": ({}, "action", "start, continue, abort, sweep"),
    "a list for an action": ({"action": ["start"]}, "action", "start, continue, abort, sweep"),
    "half a cluster": ({**PLAN, "cluster": "main"}, "cluster", "project/location/name"),
    "unknown cluster": (
        {**PLAN, "cluster": "acme-prod/us-central1/staging"},
        "cluster",
        "one of acme-prod/us-central1",
    ),
    "unknown method": ({**PLAN, "method": "Hammer"}, "method", "Reset"),
    "a method that is not allowed": ({**PLAN, "method": "StopStart"}, "method", "Reset or Recreate: this installation"),
    "an outage that nobody accepts": (
        {**PLAN, "method": "ScaleWorkloads"},
        "method",
        "ScaleWorkloads only with acceptOutage",
    ),
    "shell for a node": ({**PLAN, "nodes": "$(reboot)"}, "nodes", "node names"),
    "JSON for a node": ({**PLAN, "nodes": ['{"a": 1}']}, "nodes", "node names"),
    "a number for nodes": ({**PLAN, "nodes": 7}, "nodes", "node names"),
    "unknown node": ({**PLAN, "nodes": "no-such-node"}, "nodes", "names of nodes that exist"),
    "no image": ({**PLAN, "image": "not an image"}, "image", "HOST/PATH"),
    "another registry's image": (
        {**PLAN, "image": "ghcr.io/acme/private:v1", "force": True},
        "image",
        "an image of Artifact Registry or gcr.io",
    ),
    "an image of a registry with a port": (
        {**PLAN, "image": "us-docker.pkg.dev:443/acme/apps/api:v1"},
        "image",
        "an image of Artifact Registry or gcr.io, with no port in its name",
    ),
    "a word for a flag": ({**PLAN, "force": "yes"}, "force", "true or false"),
    "too many at once": ({**PLAN, "maxUnavailable": "51"}, "maxUnavailable", "a number from 1 to 50"),
    "unknown field": ({**PLAN, "colour": "green"}, "colour", "only "),
    "negative slot": ({"action": "continue", "refresh": "r", "slot": -1, "step": 0}, "slot", ""),
    "a word for a step": ({"action": "continue", "refresh": "r", "slot": 0, "step": "x"}, "step", ""),
    "an abort of no refresh": (
        {"action": "abort", "refresh": "mistyped", "reason": "ann"},
        "refresh",
        f"the name of a NodeRefresh of {deployment.CLUSTER_KEY}",
    ),
    "a path for a refresh": ({"action": "continue", "refresh": "../nodes", "slot": 0, "step": 0}, "refresh", ""),
}


@pytest.fixture
def unchanged(here: Standing) -> Iterator[None]:
    """Nothing is changed, not even by the good message that follows."""
    before = here.written()
    yield
    assert runbook.A1 in deliver(here, PLAN).said("repull.plan")
    assert here.written() == before


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("message, field, accepted", WRONG.values(), ids=WRONG)
def test_what_can_never_succeed_is_kept_with_its_reason(
    here: Standing, message: dict[str, object], field: str, accepted: str
) -> None:
    answer = deliver(here, message)
    assert answer.acknowledged
    said = answer.said("repull.rejected")
    assert said.startswith(f"{field}: ")
    assert f"use {accepted}" in said
    assert [each.topic for each in answer.dead] == [f"{deployment.STEPS_TOPIC}-dead-letters"]
    assert answer.dead[0].json == message
    assert answer.dead[0].attributes["reason"].startswith(f"{field}: ")


@pytest.mark.usefixtures("unchanged")
def test_a_step_of_an_unknown_refresh_is_noise(here: Standing) -> None:
    answer = deliver(here, {"action": "continue", "refresh": "never-was", "slot": 0, "step": 0})
    assert answer.acknowledged
    assert "never-was" in answer.said("repull.noise")


def test_a_step_for_a_refresh_that_is_over_has_no_effect(here: Standing) -> None:
    """A refresh of a node that can pull ends with nothing done. Then its first step comes once more."""
    name = run_to_its_end(here, nodes=runbook.A2)
    before = here.written()
    answer = deliver(here, {"action": "continue", "refresh": name, "slot": 0, "step": 0})
    assert answer.acknowledged
    assert name in answer.said("repull.stale_message")
    assert here.written() == before
    assert here.world.fleet[runbook.A2].reset_count == 0


def test_a_node_that_is_gone_by_then_is_not_looked_for_elsewhere(here: Standing) -> None:
    """It is deleted after the refresh was opened, and before its first step looks; it never comes back."""
    machine = here.world.fleet[runbook.B1]
    machine.boots = False
    at_opening(here, machine.recreate)
    name = run_to_its_end(here, nodes=runbook.B1, force=True)
    assert status(here, name)["renewed"] == 0
    assert machine.reset_count == 0


def test_a_node_that_was_recreated_under_its_old_name_is_passed_over(here: Standing) -> None:
    """A newer node than the refresh has nothing stale about it, forced or not."""
    machine = here.world.fleet[runbook.B2]

    async def recreate() -> None:
        await machine.recreate()
        await machine.power_on()

    at_opening(here, recreate)
    name = run_to_its_end(here, nodes=runbook.B2, force=True)
    assert status(here, name)["passedOver"] == 1
    assert machine.reset_count == 0


def deliver(here: Standing, message: dict[str, object]) -> Answered:
    return here.push(here.world.refresh, as_json(message))


def at_opening(here: Standing, hook: Hook) -> None:
    """Have it happen when the NodeRefresh has been made and its maker does not know yet."""
    here.world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="create", resource="noderefreshes", after=hook)
    )


def run_to_its_end(here: Standing, **fields: object) -> str:
    """Start a refresh by hand and wait until it is over; its name."""
    known = names(here)
    answer = deliver(here, {"action": "start", "image": IMAGE, "reason": "test", **fields})
    assert answer.acknowledged
    here.until(lambda: len(names(here)) > len(known), "a new NodeRefresh")
    (name,) = names(here) - known
    here.until(lambda: status(here, name).get("phase") in ("Succeeded", "Failed", "Aborted"), f"the end of {name}")
    here.world.faults.clear()
    return name


def names(here: Standing) -> set[str]:
    return {name_of(each) for each in here.world.view.list("noderefreshes")}


def status(here: Standing, name: str) -> dict[str, Any]:
    found: dict[str, Any] = here.world.view.get("noderefreshes", name).get("status") or {}
    return found
