"""A pull that works, and every way in which one fails: what the kubelet says of it, and what the product reads."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from functions.model.verdict import Cause
from sandbox.faults import Fault
from sandbox.machines.machine import Machine
from tests.contract.machines import reading
from tests.contract.machines.ground import HOST, PROJECT
from tests.contract.machines.lab import Lab, until
from tests.contract.machines.states import first_status, is_ready, is_stuck, phase, waiting

ALWAYS = 10**6
OTHER_PLATFORMS = ("linux/arm64", "linux/arm/v7")
ZEROS = f"sha256:{'0' * 64}"


async def test_a_pull_that_works(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine)
    pod = await lab.pod_when("pod", is_ready)
    assert first_status(pod)["imageID"].startswith(f"{lab.reference('ocr')}@sha256:")
    assert first_status(pod)["containerID"].startswith("containerd://")
    (pulling, pulled, created, started) = await lab.hear(4)
    assert pulling == ("Normal", "Pulling", f'Pulling image "{lab.image}"')
    assert pulled[:2] == ("Normal", "Pulled")
    assert pulled[2].startswith(f'Successfully pulled image "{lab.image}" in ')
    assert "s including waiting). Image size: " in pulled[2]
    assert created == ("Normal", "Created", "Created container: app")
    assert started == ("Normal", "Started", "Started container app")
    assert not reading.fails(lab, pod)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """`arrange` brings it about and answers the image to ask for; `words` are the runtime's, once that is known."""

    id: str
    arrange: Callable[[Lab, Machine], Awaitable[str]]
    words: Callable[[Lab, str], str]
    cause: Cause


def unpacking(image: str) -> str:
    return f'failed to pull and unpack image "{image}"'


def resolving(image: str) -> str:
    return f"{unpacking(image)}: failed to resolve image"


def not_found(_: Lab, image: str) -> str:
    return f"rpc error: code = NotFound desc = {resolving(image)}: {image}: not found"


def no_platform(lab: Lab, image: str) -> str:
    unmatched = f"no match for platform in manifest {lab.digests[image]}: not found"
    return f"rpc error: code = NotFound desc = get image config descriptor: {unmatched}"


def token_refused(status: str) -> Callable[[Lab, str], str]:
    def words(lab: Lab, image: str) -> str:
        path = image.removeprefix(f"{HOST}/").partition(":")[0].replace("/", "%2F")
        url = f"{lab.ground.registry.url}/v2/token?scope=repository%3A{path}%3Apull&service={HOST}"
        refused = f"unexpected status from GET request to {url}: {status}"
        return f"{resolving(image)}: failed to authorize: failed to fetch oauth token: {refused}"

    return words


def answered(status: str) -> Callable[[Lab, str], str]:
    def words(lab: Lab, image: str) -> str:
        return f"{resolving(image)}: unexpected status from HEAD request to {manifest_url(lab, image)}: {status}"

    return words


def refused_connection(lab: Lab, image: str) -> str:
    url = manifest_url(lab, image)
    address = lab.ground.registry.url.removeprefix("http://")
    connecting = f'Head "{url}": dial tcp {address}: connect: connection refused'
    return f"{resolving(image)}: failed to do request: {connecting}"


def manifest_url(lab: Lab, image: str) -> str:
    path, _, tag = image.removeprefix(f"{HOST}/").partition(":")
    return f"{lab.ground.registry.url}/v2/{path}/manifests/{tag}?ns={HOST}"


async def stale(lab: Lab, machine: Machine) -> str:
    machine.make_stale()
    return lab.image


async def no_grant(lab: Lab, _: Machine) -> str:
    image = f"{HOST}/{PROJECT}/{lab.repository}-private/ocr:v1"
    lab.ground.images.push(image)
    return image


async def no_tag(lab: Lab, _: Machine) -> str:
    return lab.reference("ocr:gone")


async def no_digest(lab: Lab, _: Machine) -> str:
    return lab.reference(f"ocr@{ZEROS}")


async def no_image(lab: Lab, _: Machine) -> str:
    return lab.reference("never-pushed:v1")


async def index_of_other_platforms(lab: Lab, _: Machine) -> str:
    return lab.push("arms:v1", platforms=OTHER_PLATFORMS)


async def down(lab: Lab, _: Machine) -> str:
    await lab.ground.registry.down()
    return lab.image


def answering(status: int) -> Callable[[Lab, Machine], Awaitable[str]]:
    async def arrange(lab: Lab, _: Machine) -> str:
        lab.faults.add(Fault(api="registry", resource="manifests", status=status, times=ALWAYS))
        return lab.image

    return arrange


TROUBLES = (
    Trouble(id="stale", arrange=stale, words=token_refused("401 Unauthorized"), cause=Cause.AUTH_DENIED),
    Trouble(id="no grant", arrange=no_grant, words=token_refused("403 Forbidden"), cause=Cause.AUTH_DENIED),
    Trouble(id="no such tag", arrange=no_tag, words=not_found, cause=Cause.NOT_FOUND),
    Trouble(id="no such digest", arrange=no_digest, words=not_found, cause=Cause.NOT_FOUND),
    Trouble(id="no such image", arrange=no_image, words=not_found, cause=Cause.NOT_FOUND),
    Trouble(id="index of others", arrange=index_of_other_platforms, words=no_platform, cause=Cause.PLATFORM),
    Trouble(id="down", arrange=down, words=refused_connection, cause=Cause.NETWORK),
    Trouble(id="429", arrange=answering(429), words=answered("429 Too Many Requests"), cause=Cause.RATE_LIMITED),
    Trouble(id="403", arrange=answering(403), words=answered("403 Forbidden"), cause=Cause.AUTH_DENIED),
    Trouble(id="500", arrange=answering(500), words=answered("500 Internal Server Error"), cause=Cause.REGISTRY_ERROR),
    Trouble(id="503", arrange=answering(503), words=answered("503 Service Unavailable"), cause=Cause.REGISTRY_ERROR),
)


@pytest.mark.parametrize("trouble", [pytest.param(each, id=each.id) for each in TROUBLES])
async def test_a_pull_that_fails(lab: Lab, trouble: Trouble) -> None:
    machine = await lab.machine()
    image = await trouble.arrange(lab, machine)
    await lab.pod(on=machine, image=image)
    pod = await lab.pod_when("pod", is_stuck)
    assert (phase(pod), first_status(pod)["imageID"]) == ("Pending", "")
    assert waiting(pod)["reason"] in {"ErrImagePull", "ImagePullBackOff"}
    words = trouble.words(lab, image)
    assert waiting(pod)["message"].endswith(words)
    (pulling, failed, error, *_) = await lab.hear(3)
    assert pulling == ("Normal", "Pulling", f'Pulling image "{image}"')
    assert failed == ("Warning", "Failed", f'Failed to pull image "{image}": {words}')
    assert error == ("Warning", "Failed", "Error: ErrImagePull")
    assert reading.cause(pod) is trouble.cause
    assert [reading.told_cause(each) for each in (failed, error)] == [trouble.cause, Cause.NO_CAUSE]
    assert reading.seen(pod).containers[0].fails_to_pull
    assert reading.fails(lab, pod) is (trouble.id != "no grant")  # which is another repository


async def test_what_is_for_this_platform_too_is_pulled(lab: Lab) -> None:
    machine = await lab.machine()
    image = lab.push("many:v1", platforms=("linux/arm64", "linux/amd64"), attested=True)
    await lab.pod(on=machine, image=image)
    await lab.pod_when("pod", is_ready)


async def test_a_manifest_without_an_index_is_pulled_whatever_its_platform(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine, image=lab.push("arm:v1", platforms=("linux/arm64",)))
    pod = await lab.pod_when("pod", lambda pod: is_ready(pod) and first_status(pod)["imageID"])
    assert not reading.fails(lab, pod)


async def test_what_has_two_names_goes_by_the_first_of_them(lab: Lab) -> None:
    """So `imageID` proves a pull, but may name an image that another pod has brought along."""
    machine = await lab.machine()
    for name in ("second", "first"):
        await lab.pod(name, on=machine, image=lab.push(f"{name}:v1"))
        await lab.pod_when(name, is_ready)
    await lab.pod("again", on=machine, image=lab.reference("second:v1"))
    pod = await lab.pod_when("again", is_ready)
    assert lab.digests[lab.reference("first:v1")] == lab.digests[lab.reference("second:v1")]
    assert first_status(pod)["imageID"] == f"{lab.reference('first')}@{lab.digests[lab.reference('first:v1')]}"


async def test_a_registry_that_is_back_is_pulled_from_at_the_next_try(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.ground.registry.down()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_stuck)
    await lab.ground.registry.up()
    await lab.pod_when("pod", is_ready)

    async def started() -> bool:
        return [reason for _, reason, _ in await lab.told()][-3:] == ["Pulled", "Created", "Started"]

    await until(started)


async def test_never_asks_nobody(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine, container={"imagePullPolicy": "Never"})
    pod = await lab.pod_when("pod", is_stuck)
    words = f'Container image "{lab.image}" is not present with pull policy of Never'
    assert waiting(pod) == {"reason": "ErrImageNeverPull", "message": words}
    assert not lab.asked()
    assert reading.cause(pod) is Cause.PULL_POLICY
    assert not reading.fails(lab, pod)


async def test_a_name_that_is_none(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine, image="registry.example.com/Apps:v1:v2")
    pod = await lab.pod_when("pod", is_stuck)
    assert waiting(pod)["reason"] == "InvalidImageName"
    assert [reason for _, reason, _ in await lab.hear(2)][:2] == ["InspectFailed", "Failed"]
    assert reading.cause(pod) is Cause.INVALID_NAME
    assert not reading.fails(lab, pod)
