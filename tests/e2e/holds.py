"""Who and what holds the chain, and what a test asks of a refresh that is held."""

from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from sandbox import deployment, judge
from sandbox.kube.client import ApiError
from sandbox.objects.kinds import name_of
from sandbox.objects.pods import is_active, node_of
from sandbox.scenarios import runbook
from sandbox.scenarios.paused import PAUSE
from tests.e2e import smallest
from tests.e2e.standing import Standing, as_json, push_body

SWEEP = {"action": "sweep"}


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
