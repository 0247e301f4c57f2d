"""When the image is on the machine already: who asks the registry all the same."""

import pytest

from tests.contract.machines import reading
from tests.contract.machines.lab import Lab
from tests.contract.machines.states import first_status, is_ready, is_stuck, waiting

ALWAYS = {"imagePullPolicy": "Always"}
IF_NOT_PRESENT = {"imagePullPolicy": "IfNotPresent"}


async def referred(lab: Lab, named_by: str) -> str:
    """The lab's image, by its tag or by the digest that a pod reports after having pulled it by tag."""
    pod = await lab.pod_when("first", is_ready)
    return lab.image if named_by == "tag" else str(first_status(pod)["imageID"])


@pytest.mark.parametrize("named_by", ["tag", "digest"])
async def test_always_asks_although_the_image_is_there(lab: Lab, named_by: str) -> None:
    machine = await lab.machine()
    await lab.pod("first", on=machine)
    image = await referred(lab, named_by)
    if named_by == "digest":
        await lab.pod("second", on=machine, image=image, container=ALWAYS)
        await lab.pod_when("second", is_ready)
    machine.make_stale()
    await lab.pod("always", on=machine, image=image, container=ALWAYS)
    pod = await lab.pod_when("always", is_stuck)
    assert first_status(pod)["imageID"] == ""
    assert "401 Unauthorized" in waiting(pod)["message"]
    assert reading.fails(lab, pod)


@pytest.mark.parametrize("named_by", ["tag", "digest"])
async def test_if_not_present_asks_nobody(lab: Lab, named_by: str) -> None:
    machine = await lab.machine()
    await lab.pod("first", on=machine)
    image = await referred(lab, named_by)
    machine.make_stale()
    asked = len(lab.books)
    await lab.pod("cached", on=machine, image=image, container=IF_NOT_PRESENT)
    await lab.pod_when("cached", is_ready)
    registry = [call for call in list(lab.books)[asked:] if call.api == "registry"]
    assert not registry
    words = f'Container image "{image}" already present on machine'
    assert ("Normal", "Pulled", words) in await lab.hear(3, "cached")


async def test_never_is_content_with_what_is_there(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod("first", on=machine)
    await lab.pod_when("first", is_ready)
    machine.make_stale()
    await lab.pod("never", on=machine, container={"imagePullPolicy": "Never"})
    await lab.pod_when("never", is_ready)


async def test_latest_is_asked_for_each_time_and_another_tag_once(lab: Lab) -> None:
    machine = await lab.machine()
    latest = lab.push("ocr:latest")
    for name in ("one", "two"):
        await lab.pod(name, on=machine, image=latest)
        await lab.pod_when(name, is_ready)
    for name in ("three", "four"):
        await lab.pod(name, on=machine)
        await lab.pod_when(name, is_ready)
    asked = [
        call.name.rpartition(":")[2]
        for call in lab.books.calls(api="registry", verb="head", resource="manifests", status=200)
        if f"/{lab.repository}/" in call.name
    ]
    assert asked == ["latest", "latest", "v1"]
