"""Rows of docs/edge-cases.md that only a whole story can show: what somebody else does in the middle of a renewal."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from functions.reply import Reply
from functions.settings import Settings
from sandbox import deployment
from sandbox.absences import absences
from sandbox.faults import Fault
from sandbox.kube import times
from sandbox.scenarios import runbook, workloads
from tests.e2e.smallest import REPLICAS, STALE, WORKER
from tests.proof import acts
from tests.proof.crashes import Matrix
from tests.proof.ending import ending
from tests.proof.gate import Gate
from tests.proof.laboratory import PATIENCE, Laboratory
from tests.proof.preparing import tells_of_its_cordon
from tests.proof.product import Message
from tests.proof.story import SWEEP, Story
from tests.proof.watch import ends_as, watched

GOING = "going"
BUDGET = "all-of-them"
JUST_RESET = "operations of Google"
"""The call after the reset's."""
REPULL: dict[str, Any] = {"user": deployment.REFRESH}


@pytest.fixture
def here(matrix: Matrix) -> Iterator[Laboratory]:
    matrix.laboratory.prepare()
    settings = matrix.laboratory.settings
    yield matrix.laboratory
    matrix.laboratory.settings = settings
    matrix.laboratory.world.faults.clear()


def disturbed(here: Laboratory, kind: str, nth: int, act: Callable[[], object]) -> Story:
    """A story in which somebody acts once, right before the n-th call of a kind."""

    def passing(called: str, number: int) -> None:
        if (called, number) == (kind, nth):
            act()

    return watched(here, Story(laboratory=here, gate=Gate(passing=passing)))


def refresh(here: Laboratory) -> dict[str, Any]:
    (found,) = here.world.view.list("noderefreshes")
    return found


def node(here: Laboratory, name: str = STALE) -> dict[str, Any]:
    def told() -> bool:
        return tells_of_its_cordon(here.world.view.get("nodes", name))

    assert here.background.run(here.stage.until(told, "the taint that goes with its cordon"))
    found: dict[str, Any] = ending(here)["nodes"][name]
    return found


def patched(here: Laboratory, patch: dict[str, Any]) -> None:
    here.background.run(here.world.admin.patch("nodes", STALE, patch))


def configured(here: Laboratory, **settings: Any) -> None:
    here.settings = replace(here.settings, **settings)


def test_row_19_a_lease_whose_holder_is_gone_is_taken_at_once(matrix: Matrix, here: Laboratory) -> None:
    """Its refresh was deleted by hand; it has not expired."""
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "repull", "namespace": "repull"},
        "spec": {
            "holderIdentity": "manual-gone",
            "leaseDurationSeconds": 3600,
            "renewTime": times.microseconds(times.now()),
        },
    }
    here.background.run(here.world.admin.create("leases", lease))
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    assert SWEEP not in [message for message, _ in story.replies], story.told()
    ends_as(here, story, matrix.twin)


STORMS: dict[str, dict[str, Any]] = {
    "row 21: others write to the refresh": {"resource": "noderefreshes/status", "status": 409, "times": 3},
    "row 21: others write to the nodes": {"resource": "nodes", "verb": "patch", "status": 409, "times": 3},
    "row 44: no list of pods": {"resource": "pods", "verb": "list", "first": 6, "status": 503, "times": 6},
    "row 44: no eviction": {"resource": "pods/eviction", "status": 503, "times": 2},
    "row 60: no uncordon": {"resource": "nodes", "verb": "patch", "first": 3, "status": 503, "times": 4},
}


@pytest.mark.parametrize("fault", STORMS.values(), ids=STORMS)
def test_what_the_api_server_fails_at_for_a_while_changes_nothing(
    matrix: Matrix, here: Laboratory, fault: dict[str, Any]
) -> None:
    """Rows 21, 44 and 60: read again, decided again, tried again; and the lease is kept as long as that takes."""
    configured(here, drain_seconds=3600.0)
    added = here.world.faults.add(Fault(api="kubernetes", **REPULL, **fault))
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    assert added.seen >= added.first + added.times - 1, story.told()
    ends_as(here, story, matrix.twin)
    given_back_before_the_lease_is(here)


def test_row_24_ten_starts_at_once(here: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refreshes wait for each other; what the first has done the others find done, and their nodes able to pull."""
    story = watched(here, Story(laboratory=here))
    monkeypatch.setattr("tests.proof.story.MOST_DELIVERIES", 200)
    starts = [replace(story.start, id=f"start-{number}") for number in range(10)]
    with ThreadPoolExecutor(max_workers=10) as together:
        list(together.map(story.deliver, starts))
    with ThreadPoolExecutor(max_workers=10) as together:
        replies = list(together.map(story.deliver, story.mail.steps))
    assert Reply.HANDLED in replies, story.told()
    at_work = [each for each in here.world.view.list("noderefreshes") if each["status"]["phase"] == "Running"]
    assert len(at_work) <= 1, story.told()
    here.time.skip(here.settings.holder_seconds)
    story.play(*story.mail.steps)
    ended = [each["status"] for each in here.world.view.list("noderefreshes")]
    assert [each["phase"] for each in ended] == ["Succeeded"] * 10, story.told()
    assert sorted((each.get("renewed", 0), each.get("fresh", 0)) for each in ended) == [(0, 1)] * 9 + [(1, 0)]
    assert here.world.fleet[STALE].reset_count == 1
    assert len(here.world.books.calls(verb="reset", **REPULL)) == 1


def test_a_refresh_that_is_deleted_while_its_step_is_taken_up_is_noise(here: Laboratory) -> None:
    """Right between the read and the write by which an invocation becomes the holder of its slot."""

    def delete() -> None:
        here.background.run(acts.delete_the_refresh(here.stage))

    story = disturbed(here, "update noderefreshes/status", 1, delete)
    story.play(story.start)
    assert Reply.NOISE in [reply for _, reply in story.replies], story.told()
    assert here.world.view.list("noderefreshes") == []
    assert node(here) == {"cordoned": False, "taints": [], "ours": []}


def blocked(here: Laboratory, *, least: int = REPLICAS, budgets: tuple[str, ...] = (BUDGET,)) -> Story:
    """A drain that a budget, or several, which somebody has just made, block for longer than it may take."""
    configured(here, holder_seconds=3600.0)

    def passing(called: str, number: int) -> None:
        if (called, number) == ("create pods/eviction", 1):
            for name in budgets:
                made = workloads.budget(name, in_namespace=runbook.NAMESPACE, app=WORKER, min_available=least)
                here.background.run(here.world.admin.create("poddisruptionbudgets", made))
        if (called, number) == ("create pods/eviction", 2):
            here.time.skip(here.settings.drain_seconds)

    story = watched(here, Story(laboratory=here, gate=Gate(passing=passing)))
    story.play(story.start)
    assert here.world.fleet[STALE].reset_count == 0
    assert refresh(here)["status"]["phase"] == "Failed", story.told()
    return story


def test_row_30_a_drain_that_is_blocked_for_too_long_is_undone_and_names_the_pod(here: Laboratory) -> None:
    blocked(here)
    stopping = refresh(here)["status"]["stopping"]
    seconds = f"{here.settings.drain_seconds:.0f}"
    assert re.search(f"did not end within {seconds} s: prod-app/ocr-worker-[^ ]+: .*{BUDGET}", stopping), stopping
    assert node(here) == {"cordoned": False, "taints": [], "ours": []}


def test_row_32_two_budgets_that_come_amid_a_drain_are_told_and_asked_again_until_its_end(here: Laboratory) -> None:
    """Each of them would let the pod go; the Eviction API fails at two, and somebody may take one away yet."""
    story = blocked(here, least=0, budgets=("one", "two"))
    told = [line for line in story.mail.lines if line["event"] == "repull.eviction_blocked"]
    assert [line["answer"] for line in told] == ["misconfigured"], story.told()
    assert here.world.books.calls(verb="create", resource="pods/eviction", status=500)[1:]
    assert "more than one PodDisruptionBudget" in refresh(here)["status"]["stopping"]
    assert node(here) == {"cordoned": False, "taints": [], "ours": []}


def given_back_before_the_lease_is(here: Laboratory) -> None:
    (away,) = absences(here.world)
    released = [call.at for call in here.world.books.calls(resource="leases", **REPULL) if _gives_up(call.body)]
    assert released
    assert away.until < min(released)


def test_row_61_the_node_is_given_back_before_the_lease_is(here: Laboratory) -> None:
    blocked(here)
    given_back_before_the_lease_is(here)


def test_row_37_a_pod_whose_namespace_terminates_is_waited_for(here: Laboratory) -> None:
    """Its eviction is forbidden, and yet no failure: the pod goes with its namespace, a moment later."""
    run, admin = here.background.run, here.world.admin
    metadata = {"name": "last", "namespace": GOING, "finalizers": ["test.example/hold"]}
    container = {"name": "main", "image": runbook.image(WORKER, "v1")}
    run(admin.create("namespaces", workloads.namespace(GOING)))
    run(admin.create("pods", {"metadata": metadata, "spec": {"nodeName": STALE, "containers": [container]}}))

    async def terminate() -> None:
        await admin.delete("namespaces", GOING)

    async def let_go() -> None:
        await admin.patch("pods", "last", {"metadata": {"finalizers": None}}, GOING)

    here.world.faults.add(Fault(verb="create", resource="pods/eviction", name="last", before=terminate, after=let_go))
    story = watched(here, Story(laboratory=here))
    story.play(Message(id="start", body=here.scene.start | {"deleteBarePods": True}))
    evictions = here.world.books.calls(verb="create", resource="pods/eviction", name="last")
    assert {call.status for call in evictions} == {403}
    said = [line["answer"] for line in story.mail.lines if line["event"] == "repull.eviction_blocked"]
    assert said == ["namespace-terminating"], story.told()
    assert refresh(here)["status"]["phase"] == "Succeeded", story.told()
    assert here.world.fleet[STALE].reset_count == 1
    assert run(here.stage.until(lambda: not here.world.view.list("pods", GOING), "the end of the namespace"))


def _gives_up(body: dict[str, Any]) -> bool:
    return "spec" in body and not body["spec"].get("holderIdentity")


def test_row_26_somebody_elses_cordon_stays_after_a_drain_that_failed(here: Laboratory) -> None:
    patched(here, {"spec": {"unschedulable": True}})
    blocked(here)
    assert node(here) == {"cordoned": True, "taints": ["node.kubernetes.io/unschedulable:NoSchedule"], "ours": []}


def test_row_27_a_cordon_that_came_right_before_ours_stays(here: Laboratory) -> None:
    cordoned = disturbed(here, "patch nodes", 2, lambda: patched(here, {"spec": {"unschedulable": True}}))
    cordoned.play(cordoned.start)
    assert refresh(here)["status"]["phase"] == "Succeeded", cordoned.told()
    assert here.world.fleet[STALE].reset_count == 1
    assert node(here) == {"cordoned": True, "taints": ["node.kubernetes.io/unschedulable:NoSchedule"], "ours": []}


def test_row_47_a_node_that_looks_ready_and_never_booted_is_not_done(here: Laboratory) -> None:
    """The operation is DONE, and Ready stays True: nobody has told the API server yet that the machine is off."""
    configured(here, boot_seconds=2.0)
    here.world.fleet[STALE].boots = False
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    assert refresh(here)["status"]["phase"] == "Failed", story.told()
    assert "its boot id has not changed" in refresh(here)["status"]["stopping"]
    assert node(here)["cordoned"]


def test_row_50_a_machine_that_boots_twice_is_renewed_once(matrix: Matrix, here: Laboratory) -> None:
    def panic() -> None:
        machine = here.world.fleet[STALE]
        here.background.run(machine.reset(), within=PATIENCE)
        machine.reset_count -= 1

    story = disturbed(here, JUST_RESET, 1, panic)
    story.play(story.start)
    ends_as(here, story, matrix.twin)


def test_row_51_another_machine_of_gkes_while_ours_boots(here: Laboratory) -> None:
    """It comes back as a new object: cordoned at once, verified, and open in the end."""

    def repair() -> None:
        here.background.run(here.world.fleet[STALE].recreate(), within=PATIENCE)
        here.world.fleet[STALE].recreate_count -= 1

    story = disturbed(here, JUST_RESET, 1, repair)
    story.play(story.start)
    assert refresh(here)["status"]["phase"] == "Succeeded", story.told()
    assert here.world.fleet[STALE].reset_count == 1
    assert node(here) == {"cordoned": False, "taints": [], "ours": []}


def test_row_51_nobody_waits_for_a_boot_as_long_as_gke_does() -> None:
    """After about ten minutes GKE repairs a node that is not Ready."""
    found = Settings(clusters=(), step_topic="", dead_letter_topic="")
    assert found.boot_seconds < 600


def test_row_52_a_node_that_is_deleted_in_the_middle_is_gone_and_nothing_waits_for_it(here: Laboratory) -> None:
    story = disturbed(
        here, "list volumeattachments", 1, lambda: here.background.run(here.world.admin.delete("nodes", STALE))
    )
    story.play(story.start)
    status = refresh(here)["status"]
    assert (status["phase"], status["passedOver"]) == ("Succeeded", 1), story.told()
    assert here.world.fleet[STALE].reset_count == 0
    assert ending(here)["leases"] == [""]


def test_row_13_a_node_that_can_pull_by_now_is_left_alone(here: Laboratory) -> None:
    """What made its pods fail has passed by itself."""
    here.world.fleet[STALE].renew_token()
    story = watched(here, Story(laboratory=here))
    story.play(story.start)
    status = refresh(here)["status"]
    assert (status["phase"], status["fresh"]) == ("Succeeded", 1), story.told()
    assert not absences(here.world)


def test_row_17_a_message_that_comes_again_while_the_first_still_drains_leaves(
    matrix: Matrix, here: Laboratory
) -> None:
    replies: list[Reply | None] = []
    story: Story

    def again() -> None:
        replies.append(story.deliver(Message(id="again", body=story.mail.steps[0].body)))

    story = disturbed(here, "create pods/eviction", 1, again)
    story.play(story.start)
    assert replies == [Reply.BUSY], story.told()
    ends_as(here, story, matrix.twin)
