"""The product's adapter over google-cloud-compute: one reset per request, however often it is asked for."""

from collections.abc import Callable

import pytest
from google.api_core.retry import Retry
from google.oauth2.credentials import Credentials

from functions.adapters import compute
from functions.adapters.compute import ComputeEngine
from functions.errors import HolderLost, NotNow, Refused, Retryable
from functions.model.google import Instance
from functions.model.names import InstanceRef
from functions.ports import Guard
from sandbox.faults import Fault
from sandbox.google.errors import _WORDS
from tests.contract.google.conftest import OPERATOR, STRANGER, Cloud
from tests.contract.google.session import credentials

REF = InstanceRef(project="acme", zone="us-central1-a", name="node-a1")
MACHINE = Instance(ref=REF, id="1", status="")
REQUEST = "0a4c7b1e-2f60-5d0c-8f6b-1f6f0e2f9b6c"
OURS = "ours"
OTHER_REQUEST = "1a4c7b1e-2f60-5d0c-8f6b-1f6f0e2f9b6c"


def engine(cloud: Cloud, email: str = OPERATOR, *, operation_seconds: float = 20) -> ComputeEngine:
    return ComputeEngine(credentials=credentials(cloud, email), endpoint=cloud.url, operation_seconds=operation_seconds)


def switch_off(cloud: Cloud, name: str = "node-a1") -> None:
    async def now() -> None:
        cloud.machines[name].power_off.set()

    cloud.background.run(now())


def switch_off_at_look(cloud: Cloud, number: int) -> Fault:
    """The machine goes off, which ends its operation, when the operation is looked at for the n-th time."""

    async def now() -> None:
        cloud.machines["node-a1"].power_off.set()

    return cloud.faults.add(Fault(resource="zoneOperations", first=number, before=now))


def test_a_reset_waits_until_its_operation_is_done(cloud: Cloud) -> None:
    looks = switch_off_at_look(cloud, 3)

    engine(cloud).reset(MACHINE, REQUEST)

    assert looks.seen >= 3
    (call,) = cloud.books.calls(verb="reset")
    assert (call.name, call.body["requestId"], call.user) == ("node-a1", REQUEST, OPERATOR)


@pytest.mark.parametrize("verb", ["reset", "recreateInstances", "stopInstances", "startInstances"])
def test_nothing_is_asked_for_by_whoever_must_not_any_more(cloud: Cloud, verb: str) -> None:
    """The look at the machine may have taken its time."""
    asked, group = engine(cloud), f"https://compute/{cloud.inventory.clusters[0].groups()[0].path}"
    calls: dict[str, Callable[[Guard], None]] = {
        "reset": lambda guard: asked.reset(MACHINE, REQUEST, guard),
        "recreateInstances": lambda guard: asked.recreate(MACHINE, group, REQUEST, guard),
        "stopInstances": lambda guard: asked.stop(MACHINE, group, REQUEST, guard),
        "startInstances": lambda guard: asked.start(MACHINE, group, REQUEST, guard),
    }

    def guard() -> None:
        assert cloud.books.calls(verb="get", resource="instances")
        raise HolderLost("somebody else holds the slot")

    with pytest.raises(HolderLost):
        calls[verb](guard)

    assert not cloud.books.calls(verb=verb)


def test_a_recreation_returns_when_the_machine_is_marked_for_it(cloud: Cloud) -> None:
    """It is asked of the machine's own group, once for each request."""
    group = f"https://www.googleapis.com/compute/v1/{cloud.inventory.clusters[0].groups()[0].path}"
    asked = engine(cloud)

    asked.recreate(MACHINE, group, REQUEST)

    assert asked.was_asked(MACHINE, REQUEST)
    assert not asked.was_asked(MACHINE, OTHER_REQUEST)
    cloud.until(lambda: cloud.machines["node-a1"].done == ["recreate"])
    (call,) = cloud.books.calls(verb="recreateInstances")
    assert call.body == {"requestId": REQUEST, "instances": ["zones/us-central1-a/instances/node-a1"]}


def test_a_stop_and_a_start_are_asked_of_the_group(cloud: Cloud) -> None:
    """Both return when the machine is marked, and each is done once for each request."""
    switch_off(cloud)
    group = f"https://www.googleapis.com/compute/v1/{cloud.inventory.clusters[0].groups()[0].path}"
    asked = engine(cloud)

    for _ in range(2):
        asked.stop(MACHINE, group, REQUEST)
    cloud.until(lambda: cloud.machines["node-a1"].status == "TERMINATED")
    assert cloud.inventory.stopped
    for _ in range(2):
        asked.start(MACHINE, group, OTHER_REQUEST)

    cloud.until(lambda: cloud.machines["node-a1"].status == "RUNNING")
    assert cloud.machines["node-a1"].done == ["stop", "start"]
    assert not cloud.inventory.stopped
    assert not cloud.books.calls(verb="stop")


def test_what_runs_is_not_started(cloud: Cloud) -> None:
    group = f"https://www.googleapis.com/compute/v1/{cloud.inventory.clusters[0].groups()[0].path}"

    with pytest.raises(Refused, match="needs it TERMINATED"):
        engine(cloud).start(MACHINE, group, REQUEST)


@pytest.mark.parametrize(
    "email, machine, group, words",
    [
        (STRANGER, "1", OURS, r"compute\.instanceGroupManagers\.update"),
        (OPERATOR, "4711", OURS, "the machine of that name is 1 now"),
        (OPERATOR, "1", "gone", "gone"),
        (OPERATOR, "1", "", "names no managed instance group"),
    ],
    ids=["not-permitted", "another-machine", "a-group-that-is-gone", "no-group"],
)
def test_a_recreation_that_is_refused(cloud: Cloud, email: str, machine: str, group: str, words: str) -> None:
    cloud.policies.grant(f"serviceAccount:{STRANGER}", "roles/compute.viewer", "projects/acme")
    name = cloud.inventory.clusters[0].groups()[0].name if group == OURS else group
    url = f"https://compute/projects/acme/zones/us-central1-a/instanceGroupManagers/{name}"

    with pytest.raises(Refused, match=words):
        engine(cloud, email).recreate(Instance(ref=REF, id=machine, status=""), url, REQUEST)

    assert cloud.machines["node-a1"].done == []


def test_the_same_request_again_resets_nothing(cloud: Cloud) -> None:
    switch_off(cloud)
    asked = engine(cloud)

    for _ in range(3):
        asked.reset(MACHINE, REQUEST)
    assert cloud.machines["node-a1"].resets == 1

    asked.reset(MACHINE, OTHER_REQUEST)
    assert cloud.machines["node-a1"].resets == 2


def test_a_lost_answer_is_asked_for_again_with_the_same_id(cloud: Cloud) -> None:
    switch_off(cloud)
    cloud.faults.add(Fault(verb="reset", drop=True))
    asked = engine(cloud)

    with pytest.raises(Retryable, match="reset machine acme/us-central1-a/node-a1: no answer"):
        asked.reset(MACHINE, REQUEST)
    asked.reset(MACHINE, REQUEST)

    assert cloud.machines["node-a1"].resets == 1


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_a_reset_that_compute_has_no_time_for_is_not_tried_twice_at_once(cloud: Cloud, status: int) -> None:
    switch_off(cloud)
    cloud.faults.add(Fault(verb="reset", status=status))

    with pytest.raises(NotNow if status < 500 else Retryable) as said:
        engine(cloud).reset(MACHINE, REQUEST)

    assert isinstance(said.value, NotNow) == (status < 500)  # of any other nobody knows whether it was made
    assert len(cloud.books.calls(verb="reset")) == 1
    assert cloud.machines["node-a1"].resets == 0


@pytest.mark.parametrize(
    "status, reason, words",
    [
        (400, "resourceNotReady", None),
        (403, "rateLimitExceeded", None),
        (400, "invalid", "Compute Engine refuses it: "),
        (412, "conditionNotMet", "Compute Engine refuses it: "),
        (401, "required", "the token of repull's own service account is not accepted"),
        (403, "forbidden", r"repull's own service account needs compute\.instances\.reset: "),
    ],
)
def test_what_compute_means_by_no(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, status: int, reason: str, words: str | None
) -> None:
    """What passes by itself is asked for again; of the rest only a missing permission is told as one."""
    monkeypatch.setitem(_WORDS, status, ("", reason))
    monkeypatch.setattr(Credentials, "refresh", lambda *_: None)  # to the same token
    cloud.faults.add(Fault(verb="reset", status=status, times=9))

    with pytest.raises(Refused if words else NotNow, match=words or "reset machine") as said:
        engine(cloud).reset(MACHINE, REQUEST)

    assert ("needs compute" in str(said.value)) == (reason == "forbidden")
    assert cloud.machines["node-a1"].resets == 0


def test_a_poll_that_is_put_off_leaves_the_call_made(cloud: Cloud) -> None:
    cloud.faults.add(Fault(resource="zoneOperations", status=409, times=9))

    with pytest.raises(Retryable, match="409") as said:
        engine(cloud).reset(MACHINE, REQUEST)

    assert not isinstance(said.value, NotNow)
    switch_off(cloud)


def test_polling_survives_an_outage(cloud: Cloud) -> None:
    cloud.faults.add(Fault(resource="zoneOperations", status=503, times=2))
    looks = switch_off_at_look(cloud, 3)

    engine(cloud).reset(MACHINE, REQUEST)

    assert looks.seen >= 3


@pytest.mark.parametrize("resource", ["instances", "zoneOperations"])
def test_reads_are_not_tried_for_ever(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, resource: str) -> None:
    monkeypatch.setattr(compute, "_READS", Retry(initial=0.05, timeout=0.3))
    cloud.faults.add(Fault(resource=resource, status=503, times=1000))

    with pytest.raises(Retryable, match="503"):
        engine(cloud).reset(MACHINE, REQUEST)
    switch_off(cloud)


def test_an_operation_that_does_not_end_in_time(cloud: Cloud) -> None:
    with pytest.raises(Retryable, match="not done yet; ask again with the same id"):
        engine(cloud, operation_seconds=0.5).reset(MACHINE, REQUEST)
    switch_off(cloud)


def test_an_operation_that_is_done_and_failed(cloud: Cloud) -> None:
    """The library itself takes this for a success."""
    cloud.machines["node-a1"].breaks = "the host is on fire"

    with pytest.raises(Refused, match="failed: INTERNAL_ERROR: the host is on fire"):
        engine(cloud).reset(MACHINE, REQUEST)


def test_a_machine_that_is_gone(cloud: Cloud) -> None:
    gone = Instance(ref=InstanceRef(project="acme", zone="us-central1-a", name="nobody"), id="1", status="")

    with pytest.raises(Refused, match="gone"):
        engine(cloud).reset(gone, REQUEST)


def test_another_machine_under_an_old_name_is_not_reset(cloud: Cloud) -> None:
    """GKE re-creates a broken machine under the same name."""
    with pytest.raises(Refused, match="the machine of that name is 1 now, not 4711; it was re-created"):
        engine(cloud).reset(Instance(ref=REF, id="4711", status=""), REQUEST)

    assert cloud.books.calls(verb="reset") == []


def test_an_account_that_may_not_reset_is_told_what_it_needs(cloud: Cloud) -> None:
    cloud.policies.grant(f"serviceAccount:{STRANGER}", "roles/compute.viewer", "projects/acme")

    with pytest.raises(Refused, match=r"compute\.instances\.reset"):
        engine(cloud, STRANGER).reset(MACHINE, REQUEST)

    assert cloud.machines["node-a1"].resets == 0
