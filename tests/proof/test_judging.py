"""What scenes ask of their end besides the invariants: it is so in a world that ended well, and in no other."""

from typing import Any

import pytest

from sandbox.scenarios import runbook
from sandbox.timestamps import now
from tests.e2e.smallest import OTHER, STALE
from tests.proof import acts, judging
from tests.proof.breaking import asked, condition, patched, refresh
from tests.proof.judging import Judged
from tests.proof.laboratory import Laboratory
from tests.proof.marks import CORDONED_BY

POD = "ocr-worker-1"
ONCE = {"requestId": "1"}
URL = {"instances": [f"zones/us-central1-a/instances/{STALE}"]}
UNCORDON = f"node {STALE} stays cordoned (when it is well again: kubectl uncordon {STALE})"


def wrong(here: Laboratory, judged: Judged) -> list[str]:
    """What the scene would say of this world."""
    return [check.line for check in judged(here.world, ()) if not check.holds]


def ended(here: Laboratory, kind: str = "Failed", **status: Any) -> None:
    phase = {"Complete": "Succeeded"}.get(kind, kind)
    refresh(here, phase=phase, conditions=[condition(kind)], **status)


def was_reset(here: Laboratory, name: str, **body: Any) -> None:
    asked(here, "reset", "instances", name, **(body or ONCE))
    here.world.fleet[name].reset_count += 1


def cordon(here: Laboratory, name: str, *, on: bool = True) -> None:
    asked(here, "patch", "nodes", name, spec={"unschedulable": on})


def is_cordoned(here: Laboratory, name: str) -> None:
    patched(here, name, spec={"unschedulable": True}, metadata={"labels": {CORDONED_BY: "one"}})


def test_each_machine_was_renewed_once_and_in_its_way(here: Laboratory) -> None:
    judged = judging.renewed(reset=(STALE,))
    assert "the machines say {}" in wrong(here, judged)[0]
    asked(here, "reset", "instances", STALE, **ONCE)
    assert len(wrong(here, judged)) == 1  # the call came to nothing
    here.world.fleet[STALE].reset_count = 1
    assert wrong(here, judged) == []
    asked(here, "reset", "instances", STALE, **ONCE)
    assert wrong(here, judged) == []  # the same call once more
    assert len(wrong(here, judging.not_renewed)) == 1
    was_reset(here, OTHER, requestId="2")
    assert OTHER in wrong(here, judged)[0]


def test_a_machine_that_was_reset_twice_was_not_reset_once(here: Laboratory) -> None:
    was_reset(here, STALE)
    was_reset(here, STALE, requestId="2")
    assert len(wrong(here, judging.renewed(reset=(STALE,)))) == 1


def test_a_machine_that_was_renewed_in_another_way_is_told(here: Laboratory) -> None:
    """In each of the ways that were not asked for."""
    machine, reset = here.world.fleet[STALE], judging.renewed(reset=(STALE,))
    was_reset(here, STALE)
    asked(here, "recreateInstances", "instanceGroupManagers", "group", **ONCE, **URL)
    machine.recreate_count = 1
    assert len(wrong(here, reset)) == 1
    assert wrong(here, judging.renewed(reset=(STALE,), recreated=(STALE,))) == []
    for verb in ("stopInstances", "startInstances"):
        asked(here, verb, "instanceGroupManagers", "group", **ONCE, **URL)
    machine.stop_count = machine.start_count = 1
    assert "no machine was stopped or started" in wrong(here, reset)[1]
    here.world.fleet.removed[STALE] = now()
    assert len(wrong(here, reset)) == 3
    every = judging.renewed(reset=(STALE,), recreated=(STALE,), restarted=(STALE,), removed=(STALE,))
    assert wrong(here, every) == []


def test_a_node_that_stays_cordoned_is_named_with_how_to_open_it(here: Laboratory) -> None:
    judged = judging.stays_cordoned(STALE)
    ended(here, message=UNCORDON)
    assert f"node {STALE} is not cordoned" in wrong(here, judged)[0]
    is_cordoned(here, STALE)
    assert wrong(here, judged) == []
    is_cordoned(here, OTHER)
    assert f"{OTHER} is cordoned" in wrong(here, judged)[0]


@pytest.mark.parametrize(
    "kind, message", [("Complete", UNCORDON), ("Failed", f"{STALE} is lost"), ("Failed", f"kubectl uncordon {OTHER}")]
)
def test_an_end_that_does_not_say_how_to_open_the_node_is_told(here: Laboratory, kind: str, message: str) -> None:
    ended(here, kind, message=message)
    is_cordoned(here, STALE)
    assert len(wrong(here, judging.stays_cordoned(STALE))) == 1


@pytest.mark.parametrize("back_before", [True, False])
def test_no_other_node_goes_before_the_first_is_back(here: Laboratory, *, back_before: bool) -> None:
    cordon(here, STALE)
    if not back_before:
        cordon(here, OTHER)
    cordon(here, STALE, on=False)
    cordon(here, OTHER)
    assert bool(wrong(here, judging.one_before_the_others)) is not back_before


@pytest.mark.parametrize(
    "order, well",
    [
        (("delete poddisruptionbudgets", "create pods/eviction", "reset instances"), True),
        (("create pods/eviction", "delete poddisruptionbudgets", "reset instances"), False),
        (("delete poddisruptionbudgets", "reset instances", "create pods/eviction"), False),
        (("delete poddisruptionbudgets", "reset instances"), False),
        (("delete poddisruptionbudgets", "create pods/eviction", "reset instances", "delete pods"), False),
    ],
)
def test_pods_left_by_evictions_once_the_budget_was_gone(
    here: Laboratory, order: tuple[str, ...], *, well: bool
) -> None:
    names = {"poddisruptionbudgets": acts.BUDGET, "instances": STALE}
    for verb, resource in map(str.split, order):
        asked(here, verb, resource, names.get(resource, POD))
    assert bool(wrong(here, judging.waited_for_the_budget(acts.BUDGET))) is not well


@pytest.mark.parametrize("done", [0, 1])
@pytest.mark.parametrize("counted", [{"renewed": 1}, {"givenBack": 1}, {"renewed": 1, "givenBack": 1}, {}])
def test_an_aborted_refresh_counts_what_was_done(here: Laboratory, done: int, counted: dict[str, int]) -> None:
    ended(here, "Aborted", total=1, done=1, **counted)
    if done:
        was_reset(here, STALE)
    well = counted == ({"renewed": 1} if done else {"givenBack": 1})
    assert bool(wrong(here, judging.counts_what_was_done)) is not well


def test_a_pod_that_is_not_ready_is_told(here: Laboratory) -> None:
    assert wrong(here, judging.pods_are_ready) == []
    nowhere = {"containers": [{"name": "main", "image": "none"}], "nodeSelector": {"kubernetes.io/hostname": "none"}}
    made = {"metadata": {"name": POD, "namespace": runbook.NAMESPACE}, "spec": nowhere}
    here.background.run(here.world.admin.create("pods", made))
    assert POD in wrong(here, judging.pods_are_ready)[0]


def test_a_volume_that_nobody_let_go_of_is_told(here: Laboratory) -> None:
    assert wrong(here, judging.let_go) == []
    here.background.run(acts.attach(here.stage))
    try:
        assert acts.VOLUME in wrong(here, judging.let_go)[0]
    finally:
        here.background.run(acts.detach(here.stage))
