"""After a pull has failed: when the kubelet tries again, and what it says meanwhile."""

import itertools
from datetime import timedelta

from functions import pulls
from functions.model.verdict import Cause
from sandbox.books import Call
from tests.contract.machines import reading
from tests.contract.machines.ground import PROJECT
from tests.contract.machines.lab import Lab, until
from tests.contract.machines.states import backs_off, first_status, is_ready, is_stuck, phase, waiting


def tries(lab: Lab) -> list[Call]:
    """The first request of each pull: with a stale token the only one for the manifest."""
    return lab.books.calls(api="registry", resource="manifests", name=f"{PROJECT}/{lab.repository}/ocr:v1")


async def test_five_events_tell_of_it_and_one_of_them_tells_why(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod(on=machine)
    pod = await lab.pod_when("pod", backs_off)
    told = await lab.hear(5)
    (why,) = await lab.causes()
    assert told[:5] == [
        ("Normal", "Pulling", f'Pulling image "{lab.image}"'),
        ("Warning", "Failed", f'Failed to pull image "{lab.image}": {why}'),
        ("Warning", "Failed", "Error: ErrImagePull"),
        ("Normal", "BackOff", f'Back-off pulling image "{lab.image}"'),
        ("Warning", "Failed", "Error: ImagePullBackOff"),
    ]
    assert waiting(pod)["message"] == f'Back-off pulling image "{lab.image}": ErrImagePull: {why}'
    assert (phase(pod), first_status(pod)["imageID"]) == ("Pending", "")
    assert reading.cause(pod) is Cause.AUTH_DENIED
    assert reading.fails(lab, pod)
    read = [reading.told_cause(each) for each in told[:5]]
    nothing = Cause.NO_CAUSE
    assert read == [Cause.NOT_A_PULL_FAILURE, Cause.AUTH_DENIED, nothing, nothing, nothing]
    (failed, *_) = await lab.events("pod", "Failed")
    assert failed["involvedObject"]["fieldPath"] == "spec.containers{app}"
    assert failed["source"] == {"component": "kubelet", "host": machine.name}


async def test_the_next_try_comes_after_ten_seconds_and_then_after_twice_as_many(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    created = await lab.pod(on=machine)

    async def three() -> list[Call] | None:
        calls = tries(lab)
        return calls if len(calls) >= 3 else None

    calls = await until(three)
    speed = lab.ground.pace.speed
    gaps = [(later.at - earlier.at).total_seconds() * speed for earlier, later in itertools.pairwise(calls)]
    assert gaps[0] >= 10
    assert gaps[1] >= 20
    if speed == 1:  # the product reckons in real seconds
        pod = reading.seen(await lab.pod_when("pod", is_stuck))
        assert pod.name == created["metadata"]["name"]
        for earlier, later in itertools.pairwise(calls):
            expected = pulls.next_try(pod, earlier.at)
            assert later.at >= expected - timedelta(seconds=5)


async def test_a_new_pod_is_tried_at_once_while_the_old_one_waits(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod("old", on=machine)
    await lab.pod_when("old", backs_off)
    await lab.pod("new", on=machine)
    await lab.pod_when("new", is_stuck)
    assert [reason for _, reason, _ in await lab.hear(2, "new")][:2] == ["Pulling", "Failed"]


async def test_a_repeated_event_is_counted(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod(on=machine)

    async def counted() -> bool:
        failures = await lab.events("pod", "Failed")
        return any(event["message"].startswith("Failed to pull") and event["count"] >= 2 for event in failures)

    await until(counted)
    events = await lab.events("pod")
    assert len({each["message"] for each in events}) == len(events)
    assert all(each["firstTimestamp"] <= each["lastTimestamp"] for each in events if each["firstTimestamp"])


async def test_a_fresh_token_lets_the_next_try_succeed(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_stuck)
    machine.renew_token()
    pod = await lab.pod_when("pod", is_ready)
    assert not reading.fails(lab, pod)
