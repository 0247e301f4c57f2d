"""What every story stands on: time enough, and a word where it could not begin."""

import pytest

from sandbox.scenarios import runbook
from tests.e2e.smallest import IMAGE, OTHER, STALE
from tests.proof.laboratory import Laboratory
from tests.proof.waiting import Unprepared, comes

PHASES = ("probe", "drain", "scale_down", "stop", "boot", "ready")
"""Those that fail when their time is over."""


def test_a_phase_outlasts_two_holders_that_fall_silent_in_it(here: Laboratory) -> None:
    """Or a story of two deaths would end otherwise than one of none, and nothing would be wrong with it."""
    silence = 2 * here.settings.holder_seconds
    assert [name for name in PHASES if getattr(here.settings, f"{name}_seconds") <= silence] == []


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
