"""What a kubelet says and does about an image, word for word as real ones do."""

import asyncio
import itertools
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.contract.machines.ground import HOST
from tests.contract.machines.lab import IMAGE, Lab, is_ready, is_stuck, until, waiting

ALWAYS = {"imagePullPolicy": "Always"}
PREFIX = f'failed to pull and unpack image "{IMAGE}": failed to resolve image'


def manifest_url(lab: Lab, tag: str = "v1") -> str:
    return f"{lab.ground.registry.url}/v2/acme/apps/ocr/manifests/{tag}?ns={HOST}"


def backs_off(pod: dict[str, Any]) -> bool:
    return waiting(pod).get("reason") == "ImagePullBackOff"


async def said(lab: Lab, name: str = "pod") -> list[tuple[str, str, str]]:
    return [
        (each["type"], each["reason"], each["message"])
        for each in await lab.events(name)
        if each["reason"] != "Scheduled"
    ]


async def test_a_pull_that_works(lab: Lab) -> None:
    await lab.machine()
    await lab.pod()
    pod = await lab.pod_when("pod", is_ready)
    status = pod["status"]["containerStatuses"][0]
    assert status["imageID"].startswith(f"{HOST}/acme/apps/ocr@sha256:")
    (pulling, pulled, created, started) = await said(lab)
    assert pulling == ("Normal", "Pulling", f'Pulling image "{IMAGE}"')
    assert pulled[2].startswith(f'Successfully pulled image "{IMAGE}" in ')
    assert "ms including waiting). Image size: " in pulled[2]
    assert (created[1], started[1]) == ("Created", "Started")


async def test_a_stale_token_is_a_401_in_five_events_of_which_one_carries_the_cause(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod()
    pod = await lab.pod_when("pod", backs_off)
    token_url = f"{lab.ground.registry.url}/v2/token?scope=repository%3Aacme%2Fapps%2Focr%3Apull&service={HOST}"
    refused = f"unexpected status from GET request to {token_url}: 401 Unauthorized"
    cause = f"{PREFIX}: failed to authorize: failed to fetch oauth token: {refused}"
    assert pod["status"]["phase"] == "Pending"
    assert pod["status"]["containerStatuses"][0]["imageID"] == ""
    assert waiting(pod)["message"] == f'Back-off pulling image "{IMAGE}": ErrImagePull: {cause}'
    assert await said(lab) == [
        ("Normal", "Pulling", f'Pulling image "{IMAGE}"'),
        ("Warning", "Failed", f'Failed to pull image "{IMAGE}": {cause}'),
        ("Warning", "Failed", "Error: ErrImagePull"),
        ("Normal", "BackOff", f'Back-off pulling image "{IMAGE}"'),
        ("Warning", "Failed", "Error: ImagePullBackOff"),
    ]
    (failed, *_) = await lab.events("pod", "Failed")
    assert failed["involvedObject"]["fieldPath"] == "spec.containers{app}"
    assert failed["source"] == {"component": "kubelet", "host": "node-1"}


async def test_a_missing_tag_is_not_found(lab: Lab) -> None:
    await lab.machine()
    image = f"{HOST}/acme/apps/ocr:gone"
    await lab.pod(image=image)
    pod = await lab.pod_when("pod", is_stuck)
    unpacking = f'failed to pull and unpack image "{image}": failed to resolve image'
    assert f"rpc error: code = NotFound desc = {unpacking}: {image}: not found" in await causes(lab)
    assert pod["status"]["phase"] == "Pending"


async def test_a_digest_that_cannot_exist_is_not_found_and_nothing_is_downloaded(lab: Lab) -> None:
    await lab.machine()
    await lab.pod(image=f"{HOST}/acme/apps/ocr@sha256:{'0' * 64}", container=ALWAYS)
    await lab.pod_when("pod", is_stuck)
    (cause,) = await causes(lab)
    assert cause.endswith(f"ocr@sha256:{'0' * 64}: not found")
    assert not lab.books.calls(api="registry", verb="get", resource="blobs")


@pytest.mark.parametrize(
    "status, words, tries",
    [(429, "429 Too Many Requests", 6), (403, "403 Forbidden", 1), (503, "503 Service Unavailable", 2)],
)
async def test_a_registry_that_answers_with_an_error(lab: Lab, status: int, words: str, tries: int) -> None:
    await lab.machine()
    lab.faults.add(Fault(api="registry", resource="manifests", status=status, times=tries))
    await lab.pod()
    await lab.pod_when("pod", is_ready)
    assert await causes(lab) == [f"{PREFIX}: unexpected status from HEAD request to {manifest_url(lab)}: {words}"]


async def test_a_repository_that_may_not_be_read_is_refused_at_the_token(lab: Lab) -> None:
    machine = lab.ground.fleet.add(
        name="node-1", zone="us-central1-a", pool="pool", service_account="other@acme.iam.gserviceaccount.com"
    )
    await machine.power_on()
    await lab.pod()
    await lab.pod_when("pod", is_stuck)
    (cause,) = await causes(lab)
    assert "failed to fetch oauth token: unexpected status from GET request to " in cause
    assert cause.endswith(": 403 Forbidden")


async def test_a_registry_that_refuses_connections(lab: Lab) -> None:
    await lab.machine()
    await lab.ground.registry.down()
    await lab.pod()
    await lab.pod_when("pod", is_stuck)
    address = lab.ground.registry.url.removeprefix("http://")
    refused = f"dial tcp {address}: connect: connection refused"
    assert await causes(lab) == [f'{PREFIX}: failed to do request: Head "{manifest_url(lab)}": {refused}']
    await lab.ground.registry.up()
    await lab.pod_when("pod", is_ready)


async def test_an_index_with_attestations_is_pulled_for_this_platform(lab: Lab) -> None:
    await lab.machine()
    lab.ground.images.push(f"{HOST}/acme/apps/many:v1", platforms=("linux/arm64", "linux/amd64"), attested=True)
    await lab.pod(image=f"{HOST}/acme/apps/many:v1")
    await lab.pod_when("pod", is_ready)


async def test_always_asks_the_registry_although_the_image_is_there(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod("first")
    await lab.pod_when("first", is_ready)
    machine.make_stale()
    await lab.pod("always", container=ALWAYS)
    await lab.pod("cached")
    await lab.pod_when("cached", is_ready)
    await lab.pod_when("always", is_stuck)
    assert ("Normal", "Pulled", f'Container image "{IMAGE}" already present on machine') in await said(lab, "cached")


async def test_never_asks_nobody(lab: Lab) -> None:
    await lab.machine()
    await lab.pod(container={"imagePullPolicy": "Never"})
    pod = await lab.pod_when("pod", is_stuck)
    words = f'Container image "{IMAGE}" is not present with pull policy of Never'
    assert waiting(pod) == {"reason": "ErrImageNeverPull", "message": words}
    assert not lab.books.calls(api="registry")


async def test_a_name_that_is_none(lab: Lab) -> None:
    await lab.machine()
    await lab.pod(image="registry.example.com/Apps:v1:v2")
    pod = await lab.pod_when("pod", is_stuck)
    assert waiting(pod)["reason"] == "InvalidImageName"
    assert [reason for _, reason, _ in await said(lab)] == ["InspectFailed", "Failed"]


async def test_the_next_try_comes_after_ten_seconds_and_then_after_twice_as_many(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod()

    async def four_tries() -> list[Any] | None:
        calls = lab.books.calls(api="registry", verb="get", resource="token")
        return calls if len(calls) >= 4 else None

    calls = await until(four_tries)
    gaps = [
        (later.at - earlier.at).total_seconds() * lab.ground.pace.speed for earlier, later in itertools.pairwise(calls)
    ]
    assert gaps[0] >= 10
    assert gaps[1] >= 20
    assert gaps[2] >= 40


async def test_a_new_pod_is_tried_at_once_while_the_old_one_waits(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod("old")
    await lab.pod_when("old", backs_off)
    calls = len(lab.books.calls(api="registry", verb="get", resource="token"))
    await lab.pod("new")
    await lab.pod_when("new", is_stuck)
    assert len(lab.books.calls(api="registry", verb="get", resource="token")) > calls


async def test_a_boot_ends_the_back_off(lab: Lab) -> None:
    machine = await lab.machine()
    machine.boot_seconds = 1
    machine.make_stale()
    await lab.pod()

    async def has_failed_often() -> bool:
        return len(lab.books.calls(api="registry", verb="get", resource="token")) >= 6

    await until(has_failed_often)  # the next try would be three hundred simulated seconds away
    await machine.reset()
    async with asyncio.timeout(lab.ground.pace.real(280)):
        await lab.pod_when("pod", is_ready)


async def test_a_repeated_event_is_counted(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod()

    async def counted() -> list[Any]:
        failures = await lab.events("pod", "Failed")
        return [event for event in failures if event["message"].startswith("Failed to pull") and event["count"] >= 2]

    (event,) = await until(counted)
    assert event["firstTimestamp"] <= event["lastTimestamp"]
    assert len({each["message"] for each in await lab.events("pod")}) == len(await lab.events("pod"))


async def causes(lab: Lab, name: str = "pod") -> list[str]:
    """What the events that carry a cause say."""
    marker = 'Failed to pull image "'
    failures = [event["message"] for event in await lab.events(name, "Failed")]
    return [message.removeprefix(marker).partition('": ')[2] for message in failures if message.startswith(marker)]


async def test_a_flood_of_events_about_one_pod_is_cut_off(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.pod()

    async def recorded() -> int:
        mine = [each for each in await lab.events("pod") if each["source"]["component"] == "kubelet"]
        return sum(each["count"] for each in mine)

    async def cut_off() -> bool:
        return await recorded() >= 25

    await until(cut_off)
    tries = len(lab.books.calls(api="registry", verb="get", resource="token"))

    async def tried_again() -> bool:
        return len(lab.books.calls(api="registry", verb="get", resource="token")) > tries

    await until(tried_again)  # three events more, had they all been let through
    assert await recorded() <= 26
