"""What `make package` packs, installed into an empty environment, is all that both functions need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import deployment
from sandbox.functions import Function
from sandbox.logagent import LogAgent
from sandbox.scenarios import runbook
from tests.e2e.standing import Standing, as_json
from tests.e2e.test_bad_pull_events import good
from tools.deployed import environment, unpacked

# What is installed is kept, but somebody must be the first.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The interpreter with the requirements and no more, and main.py with the archive's files around it."""
    main, _ = unpacked(tmp_path_factory.mktemp("archive"))
    return str(environment()), main


@pytest.fixture
def diagnose(packed: tuple[str, Path], here: Standing) -> Iterator[Function]:
    yield from deployed(packed, here, here.world.diagnose)


@pytest.fixture
def refresh(packed: tuple[str, Path], here: Standing) -> Iterator[Function]:
    yield from deployed(packed, here, here.world.refresh)


def deployed(packed: tuple[str, Path], here: Standing, like: Function) -> Iterator[Function]:
    """The same function with the same settings, but from the archive."""
    python, main = packed
    agent = LogAgent(here.world.logs, project=deployment.PROJECT, location=deployment.LOCATION)
    function = Function(
        target=like.target, environ=like.environ, on_line=agent.follow(like.target), source=main, python=python
    )
    try:
        here.background.run(function.start(), within=90)
        yield function
    finally:
        here.background.run(function.stop())


def test_a_pull_event_is_diagnosed(here: Standing, diagnose: Function) -> None:
    """The pod is read again: the clients of the cluster and of Kubernetes Engine are there."""
    answer = here.push(diagnose, as_json(good(here)))

    assert answer.status == 200
    assert answer.said("repull.verdict").startswith("RECOVERED")


def test_an_unreadable_event_is_kept(here: Standing, diagnose: Function) -> None:
    """Pub/Sub's client is there."""
    answer = here.push(diagnose, b"{not json")

    assert answer.status == 200
    assert [each.data for each in answer.dead] == [b"{not json"]


def test_a_start_is_planned(here: Standing, refresh: Function) -> None:
    image = runbook.image("ocr-worker", "v1")
    start = {"action": "start", "dryRun": True, "nodes": runbook.A1, "image": image, "reason": "test"}

    answer = here.push(refresh, as_json(start))

    assert answer.status == 200
    assert runbook.A1 in answer.said("repull.plan")
