"""A thousand events of one cause are one diagnosis, and no event can make another one look like a duplicate."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from functions import duplicates
from functions.diagnosis import DiagnosisMemory
from functions.model.names import ImageRef
from functions.model.verdict import VerdictKind
from functions.ports import Access, AccessAnswer, ImageAnswer, Presence
from functions.reach import REACH, Reach
from functions.reply import Reply
from tests.unit import make
from tests.unit.diagnosing import DENIED, SETTINGS, World, failure
from tests.unit.make import IMAGE

AT_ONCE = replace(SETTINGS, propagation_seconds=0)
BACK_OFF = f'Back-off pulling image "{IMAGE}"'


def denied() -> World:
    return World(access=AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS"))


def test_the_same_event_again_asks_nothing() -> None:
    world = World(settings=AT_ONCE)
    world.diagnose()
    asked = world.asked.copy()
    for _ in range(100):
        assert world.diagnose() is Reply.DUPLICATE
    assert world.asked == asked
    assert len(world.verdicts) == len(world.refreshes) == 1


def test_another_pod_on_the_node_asks_nothing() -> None:
    world = World(settings=AT_ONCE)
    world.diagnose()
    other, asked = world.denied_elsewhere("p2", "n1"), world.asked.copy()
    assert world.diagnose(other) is Reply.DUPLICATE
    assert world.asked == asked


def test_another_node_costs_one_read_once() -> None:
    world = World(settings=AT_ONCE)
    world.diagnose()
    others = [world.denied_elsewhere(f"p{number}", "n2") for number in range(2, 20)]
    asked = world.asked.copy()
    assert {world.diagnose(other) for other in others} == {Reply.DUPLICATE}
    assert world.asked - asked == {"nodes.get": 1}


def test_the_pods_other_events_of_the_same_failure_ask_nothing() -> None:
    world = World(settings=AT_ONCE)
    world.diagnose()
    for message in ("Error: ErrImagePull", "Error: ImagePullBackOff", BACK_OFF):
        assert world.diagnose(failure(message=message)) is Reply.DUPLICATE
    assert world.asked["pods.get"] == 1


def test_a_text_that_settles_it_is_told_once() -> None:
    world = World()
    missing = f'Failed to pull image "{IMAGE}": {IMAGE}: not found'
    assert world.kind(failure(message=missing)) is VerdictKind.IMAGE_MISSING
    assert world.diagnose(failure("p2", message=missing)) is Reply.DUPLICATE


@pytest.mark.parametrize("seconds, reply", [(599, Reply.DUPLICATE), (600, Reply.HANDLED)])
def test_a_verdict_stands_for_a_while(seconds: float, reply: Reply) -> None:
    world = denied()
    world.diagnose()
    world.later(seconds)
    assert world.diagnose() is reply


@pytest.mark.parametrize("seconds, reply", [(59, Reply.DUPLICATE), (60, Reply.HANDLED)])
def test_what_could_not_be_found_out_stands_only_briefly(seconds: float, reply: Reply) -> None:
    world = World(image=ImageAnswer(presence=Presence.UNKNOWN, evidence="503"))
    world.diagnose()
    world.later(seconds)
    assert world.diagnose() is reply


def test_an_outage_is_one_diagnosis_for_every_pod() -> None:
    world = World(image=ImageAnswer(presence=Presence.UNKNOWN, evidence="503"))
    world.diagnose()
    assert world.diagnose(world.denied_elsewhere("p2", "n2")) is Reply.DUPLICATE


def test_another_repository_is_another_cause() -> None:
    world = denied()
    world.diagnose()
    elsewhere = f'Failed to pull image "us-central1-docker.pkg.dev/acme-prod/elsewhere/api:v1": {DENIED}'
    assert world.diagnose(failure("p2", message=elsewhere)) is Reply.HANDLED


def test_a_cause_that_is_no_credential_is_told_beside_a_verdict_on_the_account() -> None:
    world = denied()
    world.diagnose()
    slow = f'Failed to pull image "{IMAGE}": pull QPS exceeded'
    assert world.kind(failure("p2", message=slow)) is VerdictKind.NOT_A_CREDENTIAL


def test_what_the_text_settled_does_not_answer_an_event_without_a_cause() -> None:
    world = World(settings=AT_ONCE)
    world.diagnose(failure(message=f'Failed to pull image "{IMAGE}": {IMAGE}: not found'))
    assert world.kind(failure(message=BACK_OFF)) is VerdictKind.STALE_CREDENTIALS


def test_a_pods_own_verdict_is_no_other_pods() -> None:
    secret = [make.failing(name, message=DENIED, pull_secrets=("key",)) for name in ("p1", "p2")]
    world = World(pods=secret)
    for name in ("p1", "p2"):
        assert world.kind(failure(name, pod_uid="")) is VerdictKind.PULL_SECRET_IN_USE


def test_a_workload_s_own_reason_is_hidden_for_no_longer_than_a_verdict_stands() -> None:
    """The first pod's events come first every time, and renew the verdict on the account that both have."""
    world = denied()
    world.pods.append(make.failing("web-2", message=DENIED, pull_secrets=("key",)))
    secret = failure("web-2")
    assert world.kind() is VerdictKind.GRANT_MISSING
    world.later(300)
    assert world.diagnose(secret) is Reply.DUPLICATE
    world.later(299)
    assert world.diagnose(secret) is Reply.DUPLICATE
    world.later(1)
    assert world.kind() is VerdictKind.GRANT_MISSING
    assert world.kind(secret) is VerdictKind.PULL_SECRET_IN_USE
    assert world.announced[-1][:2] == ("prod-app/web-2", "PULL_SECRET_IN_USE")


def test_an_image_s_own_reason_is_hidden_for_no_longer_either() -> None:
    world = denied()
    world.diagnose()
    other = ImageRef.parse(f"{str(IMAGE).rpartition(':')[0]}:v9")
    world.pods.append(make.failing("p2", image=str(other), message=DENIED))
    event = failure("p2", message=f'Failed to pull image "{other}": {DENIED}')
    assert world.diagnose(event) is Reply.DUPLICATE
    world.later(600)
    world.diagnose()
    world.image = ImageAnswer(presence=Presence.MISSING, evidence="404")
    assert world.kind(event) is VerdictKind.IMAGE_MISSING


def test_a_workload_s_pods_are_one_diagnosis_in_every_window() -> None:
    """And so a thousand cost no more than one, however long it lasts."""
    world = denied()
    world.diagnose()
    pods = [world.denied_elsewhere(f"web-{number}", "n1") for number in range(50)]
    for window in range(3):
        for pod in pods:
            world.diagnose(pod)
        assert len(world.verdicts) == 1 + 2 * window
        world.later(600)
        world.diagnose()


def test_a_pod_that_recovered_is_looked_at_again_and_hides_nobody() -> None:
    world = World(pods=[make.pod("p1")], settings=AT_ONCE)
    assert world.kind() is VerdictKind.RECOVERED
    world.pods[0] = make.failing("p1", message=DENIED)
    assert world.kind() is VerdictKind.STALE_CREDENTIALS


@pytest.mark.parametrize(
    "forged",
    [
        {"message": f'Failed to pull image "{IMAGE}": {IMAGE}: not found'},
        {"message": f'Failed to pull image "{IMAGE}": pull QPS exceeded'},
        {"message": f'Failed to pull image "{IMAGE}": nobody has ever seen this'},
        {"message": f'Failed to pull image "docker.io/library/nginx:1": {DENIED}'},
        {"namespace": "elsewhere"},
        {"pod": "p9"},
        {"pod_uid": "made-up"},
        {"node_hint": "n2"},
        {"message": BACK_OFF, "pod_uid": "made-up"},
    ],
)
def test_a_forged_event_hides_no_real_one(forged: dict[str, Any]) -> None:
    """Whatever of the event is made up, the real one is diagnosed, or its true verdict stands already."""
    world = World(settings=AT_ONCE)
    event = failure()
    world.diagnose(replace(event, **forged))
    world.diagnose(event)
    assert world.verdicts[-1]["kind"] == "STALE_CREDENTIALS"
    assert len(world.refreshes) == 1


def test_a_verdict_on_another_cause_does_not_answer_the_one_that_was_claimed() -> None:
    """The event claims a denial while the pod meets a time-out: a real denial later is another matter."""
    world = World(settings=AT_ONCE, pods=[make.failing("p1", message="dial tcp 10.0.0.1:443: i/o timeout")])
    assert world.kind() is VerdictKind.NOT_A_CREDENTIAL
    world.pods[0] = make.failing("p1", message=DENIED)
    assert world.kind() is VerdictKind.STALE_CREDENTIALS
    world.later(600)
    assert world.kind(world.denied_elsewhere("p2", "n2")) is VerdictKind.STALE_CREDENTIALS


def test_a_node_that_somebody_made_up_teaches_no_account() -> None:
    """It stands in a real pool and names a machine of another account; the pool's own nodes are judged as ever."""
    world = denied()
    world.nodes["liar"] = make.node("liar")
    world.pods.append(make.failing("p2", node="liar", message=DENIED))
    world.account = "billing@acme-prod.iam.gserviceaccount.com"
    assert world.kind(failure("p2", node_hint="liar")) is VerdictKind.UNKNOWN
    world.account = make.ACCOUNT
    assert world.kind() is VerdictKind.GRANT_MISSING


def test_events_at_the_same_time_are_one_diagnosis() -> None:
    world = World(settings=AT_ONCE, gate=threading.Event())
    replies: list[Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(world.diagnose())) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert world.gate
    world.gate.set()
    for thread in threads:
        thread.join(60)
    assert sorted(replies) == [Reply.DUPLICATE] * 7 + [Reply.HANDLED]
    assert len(world.verdicts) == 1


def test_a_diagnosis_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "PATIENCE_SECONDS", 0.05)
    world = World(gate=threading.Event())
    first = threading.Thread(target=world.diagnose)
    first.start()
    while not world.asked:
        first.join(0.01)
    assert world.diagnose() is Reply.BUSY
    assert world.gate
    world.gate.set()
    first.join(60)
    assert world.diagnose() is Reply.DUPLICATE


def test_what_is_remembered_is_bounded() -> None:
    world = World(memory=DiagnosisMemory(most=10))
    for number in range(50):
        world.diagnose(failure(f"p{number}", message=f'Failed to pull image "nginx:{number}": pull QPS exceeded'))
    assert len(world.verdicts) == 50
    oldest, newest = (
        failure("p0", message=f'Failed to pull image "nginx:{number}": pull QPS exceeded') for number in (0, 49)
    )
    assert world.diagnose(newest) is Reply.DUPLICATE
    assert world.diagnose(oldest) is Reply.HANDLED


def test_every_verdict_has_its_reach() -> None:
    assert set(REACH) == set(VerdictKind)
    nobodys = {VerdictKind.NOT_TRIED, VerdictKind.RECOVERED, VerdictKind.GONE}
    assert {kind for kind, reach in REACH.items() if reach is Reach.NOBODY} == nobodys
