"""ScaleWorkloads: what comes in between is seen right before the outage begins, ends its wait, or fails its end."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.ownership import EXCLUDE
from functions.settings import read_settings
from sandbox import deployment, judge
from sandbox.faults import Fault
from sandbox.objects.kinds import name_of
from sandbox.scenarios import runbook
from sandbox.scenarios.stage import Stage
from tests.e2e.smallest import OTHER, REPLICAS, STALE, WORKER
from tests.proof import acts, interference
from tests.proof.acts import BATCH
from tests.proof.gate import Gate, Life, Point
from tests.proof.laboratory import PATIENCE, Laboratory, laboratory
from tests.proof.product import Message
from tests.proof.scene import Body
from tests.proof.scenes import SCENES
from tests.proof.story import Story
from tests.proof.watch import watched

SCENE = SCENES["scale-workloads"]
PATIENT = replace(SCENE, amid={})
"""Its autoscaler never removes the node."""
SCALING, WAITING = "Cordon -> ScaleDown", "ScaleDown -> AwaitRemoval"
REMOVED, RETURNED = "AwaitRemoval -> ScaleUp", "replicas again"
"""What the trail says last before an outage is begun, while it lasts, and once it is to end, and has."""
HELD = "it goes on once GKE has done"
SHORT = {"REPULL_SCALE_DOWN_SECONDS": "1"}
BRIEF = {"REPULL_BOOT_SECONDS": "5", "REPULL_READY_SECONDS": "5"}

Happening = Callable[[Stage], Awaitable[Body | None]]


@pytest.fixture(scope="module")
def opened() -> Iterator[Laboratory]:
    with laboratory(SCENE) as found:
        yield found


@pytest.fixture
def here(opened: Laboratory) -> Iterator[Laboratory]:
    opened.prepare()
    settings = opened.settings
    yield opened
    opened.scene, opened.settings = SCENE, settings
    opened.background.run(_clear_up(opened.stage))


async def _clear_up(stage: Stage) -> None:
    """Before the next preparation takes the rollout back, the other node takes pods again, and can pull.

    Nobody has excluded a node any more.
    """
    stage.world.fleet[OTHER].heals = True
    stage.world.fleet[OTHER].renew_token()
    stage.world.inventory.clusters[0].pool_status.pop(BATCH, None)
    await stage.world.admin.patch("nodes", OTHER, {"spec": {"unschedulable": None}})
    for each in stage.world.view.list("nodes"):
        if EXCLUDE in each["metadata"]["labels"]:
            await stage.world.admin.patch("nodes", name_of(each), {"metadata": {"labels": {EXCLUDE: None}}})
    for each in stage.world.view.list("horizontalpodautoscalers"):
        await stage.world.admin.delete("horizontalpodautoscalers", name_of(each), runbook.NAMESPACE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """Something happens as soon as the trail has said something; then the run ends so, and says why."""

    acts: Mapping[str, Happening]
    says: str
    ends: str = "Failed"
    scaled: bool = True  # whether the outage had begun
    removed: bool = False
    replicas: int = REPLICAS
    settings: Mapping[str, str] = field(default_factory=dict)


def before(happening: Happening, says: str, *, ends: str = "Failed") -> Case:
    """The outage has not begun."""
    return Case(acts={SCALING: happening}, says=says, ends=ends, scaled=False, settings=SHORT)


def amid(happening: Happening, says: str, *, ends: str = "Failed", replicas: int = REPLICAS) -> Case:
    return Case(acts={WAITING: happening}, says=says, ends=ends, replicas=replicas, settings=SHORT)


CASES = {
    "excluded-before": before(interference.exclude, f"somebody has excluded {STALE}, by the label"),
    "uncordoned": before(interference.uncordon, "somebody took back the cordon"),
    "claimed": before(interference.claim, "HorizontalPodAutoscaler hpa"),
    "another-has-the-lease": before(interference.take_the_lease, "lease is held by somebody now"),
    "aborted-before": before(acts.abort, "aborted by message", ends="Aborted"),
    "refused": before(interference.refuse, "can't be scaled"),
    "gke-at-work": Case(
        acts={SCALING: interference.change_the_pool, HELD: interference.leave_the_pool},
        says=f"given back: node pool {BATCH} is RECONCILING",
        ends="Succeeded",
        removed=True,
    ),
    "gke-repairs": Case(
        acts={SCALING: interference.repair_another, HELD: interference.have_repaired},
        says=f"node pool {BATCH} (AUTO_REPAIR_NODES)",
        ends="Succeeded",
        removed=True,
    ),
    "aborted": amid(acts.abort, "not renewed and given back: aborted by message", ends="Aborted"),  # the node's note
    "excluded": amid(interference.exclude, f"given back: somebody has excluded {STALE}, by the label"),
    "scaled-up": amid(interference.scale_up, "somebody has scaled"),
    "label-taken": amid(interference.take_the_label, "is without its label repull.dev/scaled-by"),
    "taken-over": amid(interference.take_the_note, "is without its label", replicas=0),
    "node-deleted": amid(interference.delete_the_node, "its instance group lists its machine still"),
    "group-unreadable": amid(interference.delete_it_unseen, "its instance group can't be read"),
    "group-silent": amid(interference.delete_it_unheard, "its instance group can't be read"),
    "in-vain": Case(
        acts={REMOVED: interference.come_back_in_vain, RETURNED: interference.fail},
        says="still can't pull",
        removed=True,
        settings=BRIEF,
    ),
    "no-place": Case(
        acts={REMOVED: interference.have_no_place}, says="nothing shows yet", removed=True, settings=BRIEF
    ),
    "given-up": Case(
        acts={REMOVED: interference.have_no_place, RETURNED: interference.want_none},
        says="wants no pods",
        removed=True,
        replicas=0,
    ),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", CASES)
def test_what_comes_in_between_is_seen(here: Laboratory, name: str) -> None:
    case = CASES[name]
    here.scene = SCENE if case.removed else PATIENT
    deploy(here, case.settings)
    story = played(here, dict(case.acts))
    status = ended(here)
    assert (status["phase"], case.says in told(status)) == (case.ends, True), story.told()
    assert bool(judge.scaled_to_zero(here.world)) is case.scaled
    assert remembered(here) is (case.scaled or name == "refused"), story.told()
    assert (STALE in here.world.fleet.removed, replicas(here)) == (case.removed, case.replicas)


def remembered(here: Laboratory) -> bool:
    """Whether it counts for the cooldown: once it was about to be asked for, whatever came of it."""
    found = (each.get("data") or {} for each in here.world.view.list("configmaps", "repull"))
    return any(json.loads(data.get("renewals", "[]")) for data in found)


def test_the_undisturbed_end(here: Laboratory) -> None:
    """The replicas are back, and it counts as a renewal of that machine."""
    machine = str(here.world.fleet[STALE].instance_id)
    story = played(here, {})
    assert (ended(here)["phase"], ended(here)["renewed"]) == ("Succeeded", 1), story.told()
    assert replicas(here) == REPLICAS
    (state,) = (each for each in here.world.view.list("configmaps", "repull") if name_of(each) == "state")
    (renewal,) = json.loads(state["data"]["renewals"])
    assert (renewal["method"], renewal["instance"]) == ("ScaleWorkloads", machine)


def test_a_probe_that_another_slot_has_left_forbids_no_outage(here: Laboratory) -> None:
    """It waits for its image as the Deployment's pods do, and nobody can scale it; it goes with its node."""
    story = played(here, {f"access probe on {STALE}: denied": interference.leave_a_probe})
    assert (ended(here)["phase"], ended(here)["renewed"]) == ("Succeeded", 1), story.told()


def test_a_wait_for_the_autoscaler_has_an_end(here: Laboratory) -> None:
    """It would remove the node, were it asked for long after."""
    here.scene = replace(SCENE, amid={("watch nodes", 6): SCENE.amid["watch nodes", 1]})
    deploy(here, SHORT)
    story = played(here, {})
    assert ended(here)["phase"] == "Failed", story.told()
    assert f"did not remove node {STALE} within 1 s" in told(ended(here))
    assert replicas(here) == REPLICAS


def test_a_scaling_that_somebody_is_always_in_the_way_of_has_an_end(here: Laboratory) -> None:
    async def be_faster(stage: Stage) -> None:
        stage.world.faults.add(
            Fault(verb="patch", resource="deployments", user=deployment.REFRESH, status=409, times=3)
        )

    async def for_long(_: Stage) -> None:
        here.time.skip(here.settings.drain_seconds * 2 / 3)

    here.settings = replace(here.settings, holder_seconds=4 * here.settings.drain_seconds)
    here.scene = replace(
        SCENE, amid={**SCENE.amid, ("patch deployments", 2): for_long, ("patch deployments", 3): for_long}
    )
    story = played(here, {SCALING: be_faster})
    assert ended(here)["phase"] == "Failed", story.told()
    assert "could not be scaled in time" in told(ended(here))


def test_a_refresh_that_was_deleted_takes_nothing_down(here: Laboratory) -> None:
    """It was, once the renewal had been written down for the cooldown."""
    deploy(here, SHORT)
    here.scene = replace(PATIENT, amid={("create configmaps", 1): acts.delete_the_refresh})
    story = played(here, {})
    assert "create configmaps" in story.lives[1].calls
    assert judge.scaled_to_zero(here.world) == []


def test_an_abort_after_the_renewal_was_written_down_takes_nothing_down(here: Laboratory) -> None:
    """Whatever was asked before an outage takes its time."""
    here.scene = replace(PATIENT, amid={("create configmaps", 1): acts.abort})
    story = played(here, {})
    assert (ended(here)["phase"], judge.scaled_to_zero(here.world)) == ("Aborted", []), story.told()
    assert not remembered(here)


def test_an_invocation_whose_time_is_over_takes_nothing_down(here: Laboratory) -> None:
    """It was frozen in its last look at the refresh; the next one does."""

    def passing(life: Life) -> None:
        if life.calls[-2:] == ["create configmaps", "get noderefreshes"]:
            here.time.skip(here.settings.holder_seconds)

    story = watched(here, Story(laboratory=here))
    story.deliver(story.start)
    (step,) = story.mail.steps
    story.deliver(step, passing)
    assert story.lives[-1].calls[-1] == "get noderefreshes"
    story.play(step)
    assert (ended(here)["phase"], replicas(here)) == ("Succeeded", REPLICAS), story.told()
    assert judge.scaled_to_zero(here.world) == [WORKER]


def test_a_node_that_is_gone_when_the_next_process_looks_was_removed(here: Laboratory) -> None:
    """The process died right after it had begun the outage."""

    async def remove(stage: Stage) -> None:
        await stage.world.fleet.remove(STALE)

    here.scene = replace(PATIENT, amid={("clusters of Google", 4): remove})
    struck = Point(kind="patch deployments", nth=1, done=True)
    story = played(here, {}, struck)
    assert struck in story.gate.reached
    assert (ended(here)["phase"], ended(here).get("renewed")) == ("Succeeded", 1), story.told()
    assert replicas(here) == REPLICAS


def played(here: Laboratory, acts: dict[str, Happening], *strikes: Point) -> Story:
    """Each act once, before the first call after the trail has ended with these words."""

    def passing(_kind: str, _nth: int) -> None:
        last = story.mail.lines[-1]["message"] if story.mail.lines else ""
        for words in [each for each in acts if last.endswith(each)]:
            body = here.background.run(act(acts.pop(words)), within=PATIENCE)
            if body:
                story.deliver(Message(id="m-act", body=body))

    async def act(happening: Happening) -> Body | None:
        return await happening(here.stage)

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing, strikes=strikes)))
    story.play(story.start)
    assert not acts, story.told()
    return story


def deploy(here: Laboratory, settings: Mapping[str, str]) -> None:
    here.settings = read_settings({**here.world.refresh.environ, **settings})


def ended(here: Laboratory) -> dict[str, Any]:
    (refresh,) = here.world.view.list("noderefreshes")
    found: dict[str, Any] = refresh["status"]
    return found


def told(status: dict[str, Any]) -> str:
    return "; ".join((status["message"], *status.get("notes", ())))


def replicas(here: Laboratory) -> int:
    found: int = here.world.view.get("deployments", WORKER, runbook.NAMESPACE)["spec"]["replicas"]
    return found
