"""What a story says that could not begin."""

import pytest

from sandbox.scenarios import runbook
from tests.e2e.smallest import IMAGE, OTHER, STALE
from tests.proof.laboratory import Laboratory
from tests.proof.waiting import Unprepared, comes


def test_what_never_comes_is_named_and_so_is_how_the_world_stands(here: Laboratory) -> None:
    here.background.run(here.world.admin.patch("nodes", OTHER, {"spec": {"unschedulable": True}}))
    (pod,) = (each for each in here.world.view.list("pods", runbook.NAMESPACE) if each["spec"]["nodeName"] == STALE)
    with pytest.raises(Unprepared) as raised:
        here.background.run(comes(here.stage, lambda: False, "a wonder", seconds=0.1))
    said = str(raised.value).splitlines()
    assert said[0] == "never came: a wonder"
    assert f"  node {STALE}: Ready" in said
    assert any(line.startswith(f"  node {OTHER}: Ready, cordoned") for line in said)  # its taint may be there as well
    assert f"  pod {pod['metadata']['name']}: {IMAGE}, {STALE}, READY" in said
