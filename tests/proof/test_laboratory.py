"""What every story stands on: time enough, a death that is one, and a word where it could not begin."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.scenarios import runbook
from tests.e2e.smallest import IMAGE, OTHER, STALE
from tests.proof import waiting
from tests.proof.gate import Crash, Gate, Point
from tests.proof.laboratory import PATIENCE, Laboratory
from tests.proof.preparing import ATTEMPTS
from tests.proof.product import Mail, process
from tests.proof.waiting import Unprepared, comes

PHASES = ("probe", "drain", "scale_down", "stop", "boot", "ready")
"""Those that fail when their time is over."""


def test_a_phase_outlasts_two_holders_that_fall_silent_in_it(here: Laboratory) -> None:
    """Or a story of two deaths would end otherwise than one of none, and nothing would be wrong with it."""
    silence = 2 * here.settings.holder_seconds
    assert [name for name in PHASES if getattr(here.settings, f"{name}_seconds") <= silence] == []


def test_a_preparation_says_what_never_came_before_it_is_given_up(pytestconfig: pytest.Config) -> None:
    assert waiting.PATIENCE + sum(ATTEMPTS) < PATIENCE < float(pytestconfig.getini("timeout"))


def test_a_process_that_has_died_does_not_listen_any_more(here: Laboratory) -> None:
    life = Gate(strikes=(Point(kind="get nodes", nth=1, done=False),)).life()
    given: dict[str, Any] = {"token": here.token, "settings": here.settings, "time": here.time, "mail": Mail()}
    with ThreadPoolExecutor(max_workers=1) as pool, process(life, **given) as ports:
        cluster = ports.gke.connect(here.settings.clusters[0])
        told = cluster.pods.follow("repull", "nobody", seconds=200)
        assert next(told) is None
        listening = pool.submit(next, told)
        assert here.background.run(here.stage.until(lambda: bool(life.watches), "a watch"))
        with pytest.raises(Crash):
            cluster.nodes.get(STALE)
        with pytest.raises(Crash):
            listening.result(timeout=100)


def test_a_process_that_dies_at_a_call_dies_there_though_no_answer_came() -> None:
    def breaks() -> None:
        raise ConnectionError

    life = Gate(strikes=(Point(kind="create events", nth=1, done=True),)).life()
    with pytest.raises(ConnectionError):
        life.call("create events", breaks)
    with pytest.raises(Crash):
        life.call("publish step", lambda: None)


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
