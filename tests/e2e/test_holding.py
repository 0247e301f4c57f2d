"""Something holds the chain at the worst moment: no further node is touched, and nothing that is under way is left.

One world for all; each test has a refresh of its own, forced, which passes none of what holds it.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.kube.client import ApiError
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import is_active, node_of
from sandbox.scenarios import runbook
from sandbox.scenarios.paused import PAUSE
from tests.e2e import smallest
from tests.e2e.standing import Standing, as_json, push_body, standing

SWEEP = {"action": "sweep"}
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
    for refresh in world.world.view.list("noderefreshes"):
        world.background.run(world.world.admin.delete("noderefreshes", name_of(refresh)))
    world.background.run(forget(world))


async def forget(here: Standing) -> None:
    with suppress(ApiError):  # nothing was remembered
        await here.world.admin.delete("configmaps", "state", "repull")


async def remember(here: Standing, key: str, value: str | None) -> None:
    """A person, or another refresh, writes to the ConfigMap; None takes the key away."""
    admin = here.world.admin
    with suppress(ApiError):  # there is one already
        await admin.create("configmaps", {"metadata": {"name": "state"}}, "repull")
    await admin.patch("configmaps", "state", {"data": {key: value}}, "repull")


async def annotate(here: Standing, why: str | None) -> None:
    name = name_of(refresh(here))
    await here.world.admin.patch("noderefreshes", name, {"metadata": {"annotations": {PAUSE: why}}})


def refresh(here: Standing) -> dict[str, Any]:
    (found,) = here.world.view.list("noderefreshes")
    return found


def status(here: Standing) -> dict[str, Any]:
    found: dict[str, Any] = refresh(here).get("status") or {}
    return found


def crowded(here: Standing) -> str:
    """The node with the pods, which one test drains and the next one drains again."""
    assert here.background.run(smallest.settles(here.stage))
    nodes = Counter(node_of(pod) for pod in here.world.view.list("pods", runbook.NAMESPACE) if is_active(pod))
    return nodes.most_common(1)[0][0]


def start(here: Standing, **fields: object) -> None:
    message = {"force": True, "nodes": crowded(here), "image": smallest.IMAGE, "reason": "a test", **fields}
    here.background.run(here.stage.start(**message))


def held(here: Standing, words: str) -> None:
    assert here.background.run(here.stage.is_held(words))
    assert status(here)["message"] == status(here)["held"]


def sweep(here: Standing) -> None:
    here.background.run(here.stage.sweep())


def swept(here: Standing) -> int:
    """How the function answers a sweep that it has come to the end of."""
    push = push_body(as_json(SWEEP))
    return httpx.post(here.world.refresh.url, json=push, timeout=180, trust_env=False).status_code


def steps(here: Standing) -> list[Any]:
    """All on their topic so far but sweeps: one of our own tells that none is still on its way."""

    def on_topic() -> list[Any]:
        return [each.json for each in here.world.tap.messages if each.topic == deployment.STEPS_TOPIC]

    known = on_topic().count(SWEEP)
    sweep(here)
    here.until(lambda: on_topic().count(SWEEP) > known, "our own message among the steps")
    return [each for each in on_topic() if each != SWEEP]


def resets(here: Standing) -> int:
    return sum(machine.reset_count for machine in here.world.fleet)


def ends(here: Standing, phase: str) -> None:
    """In this phase, with nothing left behind and nothing that still says held."""
    here.background.run(here.stage.refresh_is_over())
    found = status(here)
    assert found["phase"] == phase, found
    assert not {"held", "notBefore"} & set(found)
    here.until(lambda: judge.nothing_is_left(here.world).holds, "that nothing is left")


def untouched(here: Standing, since: int) -> None:
    """Since the books had so many lines, no node was patched, and no machine was reset."""
    calls = [call for call in list(here.world.books)[since:] if call.user == deployment.REFRESH]
    changed = [
        call.name for call in calls if (call.verb, call.resource) in (("patch", "nodes"), ("reset", "instances"))
    ]
    assert changed == []


How = Callable[..., Coroutine[Any, Any, None]]
HOLDS: dict[str, tuple[How, str]] = {}
"""How a person holds the chain (on) and lets it go on (off), and the words in which the refresh says so."""


def holds(words: str) -> Callable[[How], None]:
    def add(how: How) -> None:
        HOLDS[how.__name__] = (how, words)

    return add


@holds("the cluster is paused by ann: the launch is on")
async def cluster(here: Standing, *, on: bool) -> None:
    await remember(here, "paused", '{"by": "ann", "why": "the launch is on"}' if on else None)


@holds("the circuit breaker is open: too many")
async def breaker(here: Standing, *, on: bool) -> None:
    await remember(here, "breaker", '{"why": "too many"}' if on else None)


@holds("data.renewals can't be read")
async def spoilt(here: Standing, *, on: bool) -> None:
    await remember(here, "renewals", "[{" if on else None)


@holds("change freeze")
async def freeze(here: Standing, *, on: bool) -> None:
    today = datetime.now(UTC)
    span = f"{today:%Y-%m-%d}..{today + timedelta(days=1):%Y-%m-%d}"
    await here.stage.deploy({"REPULL_FREEZES": span if on else ""})


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
