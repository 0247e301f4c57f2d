"""Something holds the chain at the worst moment: no further node is touched, and nothing that is under way is left.

One world for all; each test has a refresh of its own, forced, which passes none of what holds it.
"""

from collections.abc import Iterator

import pytest

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.objects.kinds import name_of
from tests.e2e import smallest
from tests.e2e.holds import (
    HOLDS,
    annotate,
    ends,
    forget,
    held,
    refresh,
    remember,
    resets,
    start,
    status,
    steps,
    sweep,
    swept,
    untouched,
)
from tests.e2e.standing import Standing, as_json, standing

AT_ONCE = {"REPULL_COOLDOWN_SECONDS": "0"}
"""The same machine may be renewed by one test after the other."""


@pytest.fixture(scope="module")
def world() -> Iterator[Standing]:
    with standing(scene=smallest.everything_runs, settings=AT_ONCE) as found:
        yield found


@pytest.fixture
def here(world: Standing) -> Iterator[Standing]:
    """No fault, no refresh and nothing that holds it."""
    yield world
    world.world.faults.clear()
    for each in world.world.view.list("noderefreshes"):
        world.background.run(world.world.admin.delete("noderefreshes", name_of(each)))
    world.background.run(forget(world))


@pytest.mark.parametrize("name", HOLDS)
def test_nothing_is_touched_while_it_holds_and_the_sweep_resumes(here: Standing, name: str) -> None:
    """No node is even chosen. Sweeps in between find that it still holds, and publish nothing."""
    how, words = HOLDS[name]
    before = resets(here)
    here.background.run(how(here, on=True))
    books = len(here.world.books)
    start(here)
    held(here, words)
    untouched(here, books)
    assert here.stage.audit("repull.phase", refresh=name_of(refresh(here))) == []
    assert bool(status(here).get("notBefore")) == (name == "freeze")
    before_it = steps(here)
    assert swept(here) == 200
    assert steps(here) == before_it

    here.background.run(how(here, on=False))
    sweep(here)
    ends(here, "Succeeded")
    assert resets(here) == before + 1


def test_a_held_refresh_can_be_aborted(here: Standing) -> None:
    here.background.run(remember(here, "paused", ""))
    before = resets(here)
    start(here)
    held(here, "the cluster is paused")
    abort = {"action": "abort", "refresh": name_of(refresh(here))}
    here.background.run(here.world.publish(deployment.STEPS_TOPIC, abort))
    ends(here, "Aborted")
    assert status(here)["message"] == "1 not reached: aborted by message: nobody said who or why"
    assert resets(here) == before


def test_an_abort_while_it_is_being_held_back_ends_it_at_once(here: Standing) -> None:
    """It comes after the pause was read and before that is written down: no sweep is needed."""
    before = resets(here)

    async def abort() -> None:
        await here.world.publish(deployment.STEPS_TOPIC, {"action": "abort", "refresh": name_of(refresh(here))})
        await here.stage.until(lambda: bool(status(here).get("aborting")), "the abort")

    here.background.run(remember(here, "paused", ""))
    here.world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="get", resource="configmaps", after=abort)
    )
    start(here)
    ends(here, "Aborted")
    assert resets(here) == before


def test_a_pause_right_before_the_cordon_is_seen_by_its_compare_and_set(here: Standing) -> None:
    """It comes while the preflight looks at budgets: the seat is given up, and chosen anew when the pause is over."""
    before, books = resets(here), len(here.world.books)

    async def pause() -> None:
        await annotate(here, "wait")

    here.world.faults.add(
        Fault(api="kubernetes", user=deployment.REFRESH, verb="list", resource="poddisruptionbudgets", after=pause)
    )
    start(here)
    held(here, "paused: wait")
    untouched(here, books)
    assert here.stage.audit("repull.phase", refresh=name_of(refresh(here)), phase="Cordon") == []
    assert [slot.get("node") for slot in status(here)["slots"]] == [None]

    here.background.run(annotate(here, None))
    sweep(here)
    ends(here, "Succeeded")
    assert resets(here) == before + 1


def test_a_state_that_is_spoilt_right_before_the_preflight_holds_the_refresh(here: Standing) -> None:
    """The seat is given up, and nothing is retried into the dead letters."""
    spoilt, words = HOLDS["spoilt"]
    before, books = resets(here), len(here.world.books)

    async def spoil() -> None:
        if [slot.get("phase") for slot in status(here).get("slots") or ()] == ["Preflight"]:
            await spoilt(here, on=True)

    here.world.faults.add(
        Fault(
            api="kubernetes",
            user=deployment.REFRESH,
            verb="update",
            resource="noderefreshes/status",
            times=1000,
            after=spoil,
        )
    )
    start(here)
    held(here, words)
    untouched(here, books)
    assert len(here.stage.audit("repull.phase", refresh=name_of(refresh(here)), phase="Preflight")) == 1
    assert [slot.get("node") for slot in status(here)["slots"]] == [None]

    here.world.faults.clear()
    here.background.run(spoilt(here, on=False))
    sweep(here)
    ends(here, "Succeeded")
    assert resets(here) == before + 1


def test_a_pause_while_the_function_is_dead_right_before_its_cordon(here: Standing) -> None:
    """The slot says Cordon, and the node is not: whoever takes it up does not cordon it."""
    before = resets(here)
    books = len(here.world.books)
    cordon = Fault(api="kubernetes", user=deployment.REFRESH, verb="patch", resource="nodes", status=500)

    async def die() -> None:
        await annotate(here, "wait")
        await here.world.refresh.kill()

    cordon.before = die
    here.world.faults.add(cordon)
    start(here)
    held(here, "paused: wait")
    done = [call for call in list(here.world.books)[books:] if call.resource == "nodes" and call.verb == "patch"]
    assert [call.status for call in done if call.user == deployment.REFRESH and call.status < 300] == []

    here.background.run(annotate(here, None))
    sweep(here)
    ends(here, "Succeeded")
    assert resets(here) == before + 1


@pytest.mark.parametrize("name", ["cluster", "breaker"])
def test_rows_62_and_63_a_node_under_way_is_brought_to_its_end(here: Standing, name: str) -> None:
    """Breaker or pause come in the middle of the drain: it is reset, verified and uncordoned; and so the run ends."""
    how, _ = HOLDS[name]
    before = resets(here)

    async def hold() -> None:
        await how(here, on=True)

    eviction = Fault(api="kubernetes", user=deployment.REFRESH, verb="create", resource="pods/eviction", after=hold)
    here.world.faults.add(eviction)
    start(here)
    ends(here, "Succeeded")
    assert resets(here) == before + 1
    assert eviction.seen


@pytest.mark.parametrize("name", ["cluster", "spoilt"])
def test_a_dry_run_says_that_it_would_wait(here: Standing, name: str) -> None:
    how, words = HOLDS[name]
    here.background.run(how(here, on=True))
    plan = {"action": "start", "dryRun": True, "nodes": smallest.STALE, "image": smallest.IMAGE, "reason": "a test"}
    answered = here.push(here.world.refresh, as_json(plan))
    said = [str(line["message"]) for line in answered.lines if line.get("event") == "repull.plan"]
    assert said[0].startswith("would take no node for now: ")
    assert words in said[0]
    assert said[1].startswith(f"would probe {smallest.STALE}")
