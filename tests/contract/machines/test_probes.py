"""The product's two probes, exactly as it makes them: every answer of a kubelet, and every way to get none."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from functions import probe
from functions.model.cluster import Owner
from functions.model.names import ImageRef
from functions.model.verdict import Cause
from functions.ownership import NAMESPACE
from functions.probe import Answer, ProbeAnswer, ProbeKind
from sandbox.kube.client import ApiError
from sandbox.machines.machine import Machine
from tests.contract.machines import reading
from tests.contract.machines.lab import Lab, Object, until
from tests.contract.machines.states import first_status, phase, waiting
from tests.contract.machines.webhook import Change, webhook

BOTH = (ProbeKind.ACCESS, ProbeKind.IMAGE)
SECONDS = 60.0
DOES_NOT_FIT = {"requests": {"cpu": "1000"}, "limits": {"cpu": "1000"}}


@asynccontextmanager
async def probing(
    lab: Lab, kind: ProbeKind, machine: Machine, image: str = "", *, deadline: int = 0, **container: Any
) -> AsyncIterator[tuple[Object, Object]]:
    """A probe as sent and as created; `deadline` and `container` are what of it is another than the product's."""
    spec = {"cluster": "acme/us-central1/main", "method": "Reset"}
    name = f"refresh-{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": name}, "spec": spec}
    owner = await lab.client.create("noderefreshes", body)
    refresh = Owner(kind="NodeRefresh", name=name, uid=owner["metadata"]["uid"], api_version=owner["apiVersion"])
    wanted = ImageRef.parse(image or lab.image)
    sent = probe.manifest(kind, wanted, node=machine.name, of=f"{refresh.uid}/0", owner=refresh, seconds=SECONDS)
    sent["spec"]["containers"][0] |= container
    sent["spec"]["activeDeadlineSeconds"] = deadline or sent["spec"]["activeDeadlineSeconds"]
    try:
        yield sent, await lab.client.create("pods", sent)
    finally:
        await lab.delete(sent["metadata"]["name"], namespace=NAMESPACE, grace=0)
        await lab.delete(name, resource="noderefreshes")


async def answer(lab: Lab, kind: ProbeKind, created: Object) -> tuple[Object, ProbeAnswer]:
    """The pod when the product knows, and what it knows then."""
    name = created["metadata"]["name"]
    pod = await lab.pod_when(name, lambda pod: probe.judge(kind, reading.seen(pod)), NAMESPACE)
    found = probe.judge(kind, reading.seen(pod))
    assert found
    return pod, found


async def asked(lab: Lab, kind: ProbeKind, machine: Machine, image: str = "") -> tuple[Object, ProbeAnswer]:
    async with probing(lab, kind, machine, image) as (_, created):
        return await answer(lab, kind, created)


async def test_a_pull_that_works_is_proven_and_nothing_of_the_image_runs(lab: Lab) -> None:
    machine = await lab.machine()
    async with probing(lab, ProbeKind.IMAGE, machine) as (sent, created):
        assert probe.tampering(sent, reading.seen(created)) == ""
        pod, found = await answer(lab, ProbeKind.IMAGE, created)
        pod = await lab.pod_when(pod["metadata"]["name"], lambda pod: phase(pod) == "Failed", NAMESPACE)
    assert found.answer is Answer.PASS
    status = first_status(pod)
    assert status["imageID"].startswith(f"{lab.reference('ocr')}@sha256:")
    ended = status["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("StartError", 128)
    assert f'exec: "{probe.COMMAND}": stat {probe.COMMAND}: no such file or directory' in ended["message"]
    assert status["restartCount"] == 0


async def test_the_digest_that_cannot_exist_proves_access_and_nothing_is_downloaded(lab: Lab) -> None:
    machine = await lab.machine()
    downloads = len(lab.books.calls(api="registry", resource="blobs", status=200))
    pod, found = await asked(lab, ProbeKind.ACCESS, machine)
    assert (found.answer, found.cause) == (Answer.PASS, Cause.NOT_FOUND)
    assert (phase(pod), first_status(pod)["imageID"]) == ("Pending", "")
    assert len(lab.books.calls(api="registry", resource="blobs", status=200)) == downloads


@pytest.mark.parametrize("kind", BOTH)
async def test_a_stale_node_is_denied(lab: Lab, kind: ProbeKind) -> None:
    machine = await lab.machine()
    machine.make_stale()
    pod, found = await asked(lab, kind, machine)
    assert (found.answer, found.cause) == (Answer.DENIED, Cause.AUTH_DENIED)
    assert "401 Unauthorized" in found.evidence
    assert first_status(pod)["imageID"] == ""


async def test_a_stale_node_is_denied_although_it_has_the_image(lab: Lab) -> None:
    machine = await lab.machine()
    await asked(lab, ProbeKind.IMAGE, machine)
    machine.make_stale()
    _, found = await asked(lab, ProbeKind.IMAGE, machine)
    assert found.answer is Answer.DENIED


@pytest.mark.parametrize("kind", BOTH)
async def test_a_repository_that_may_not_be_read_is_denied(lab: Lab, kind: ProbeKind) -> None:
    machine = await lab.machine()
    image = lab.image.replace(f"/{lab.repository}/", f"/{lab.repository}-private/")
    lab.ground.images.push(image)
    _, found = await asked(lab, kind, machine, image)
    assert (found.answer, found.cause) == (Answer.DENIED, Cause.AUTH_DENIED)
    assert "403 Forbidden" in found.evidence


@pytest.mark.parametrize("rest", ["ocr:gone", f"ocr@sha256:{'1' * 64}", "never-pushed:v1"])
async def test_an_image_that_is_missing_is_unknown_to_the_image_probe(lab: Lab, rest: str) -> None:
    machine = await lab.machine()
    _, found = await asked(lab, ProbeKind.IMAGE, machine, lab.reference(rest))
    assert (found.answer, found.cause) == (Answer.UNKNOWN, Cause.NOT_FOUND)


@pytest.mark.parametrize("kind", BOTH)
async def test_a_registry_that_is_down_is_unknown(lab: Lab, kind: ProbeKind) -> None:
    machine = await lab.machine()
    await lab.ground.registry.down()
    _, found = await asked(lab, kind, machine)
    assert (found.answer, found.cause) == (Answer.UNKNOWN, Cause.NETWORK)


@pytest.mark.parametrize("kind", BOTH)
async def test_a_probe_that_the_kubelet_does_not_take_has_the_phase_of_a_pass_and_is_unknown(
    lab: Lab, kind: ProbeKind
) -> None:
    machine = await lab.machine()
    async with probing(lab, kind, machine, resources=DOES_NOT_FIT) as (_, created):
        pod, found = await answer(lab, kind, created)
    assert (phase(pod), pod["status"]["reason"]) == ("Failed", "OutOfcpu")
    assert first_status(pod)["imageID"] == ""
    assert found.answer is Answer.UNKNOWN
    assert found.evidence.startswith("the kubelet did not take the probe: OutOfcpu")


@pytest.mark.parametrize("kind", BOTH)
async def test_a_cordoned_node_that_tolerates_nobody_is_probed_all_the_same(lab: Lab, kind: ProbeKind) -> None:
    machine = await lab.machine()
    taints = [{"key": "repull.dev/stale", "effect": effect} for effect in ("NoSchedule", "NoExecute")]
    await lab.client.patch("nodes", machine.name, {"spec": {"unschedulable": True, "taints": taints}})
    _, found = await asked(lab, kind, machine)
    assert found.answer is Answer.PASS


async def test_the_strictest_pod_security_lets_the_probe_pass_and_nothing_weaker(lab: Lab) -> None:
    machine = await lab.machine()
    namespace = await lab.get("namespaces", NAMESPACE, "")
    assert namespace
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    with pytest.raises(ApiError) as caught:
        async with probing(lab, ProbeKind.IMAGE, machine, securityContext={"privileged": True}):
            raise AssertionError("a privileged probe was let in")
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")
    assert 'violates PodSecurity "restricted:latest": privileged' in caught.value.message


async def test_a_probe_goes_with_the_refresh_that_owns_it(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    async with probing(lab, ProbeKind.IMAGE, machine) as (_, created):
        name = created["metadata"]["name"]
        (owner,) = created["metadata"]["ownerReferences"]
        await lab.client.delete("noderefreshes", owner["name"])

        async def gone() -> bool:
            return await lab.get("pods", name, NAMESPACE) is None

        await until(gone)


async def test_a_deadline_ends_a_probe_that_nobody_takes_away(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    async with probing(lab, ProbeKind.IMAGE, machine, deadline=6) as (_, created):
        name = created["metadata"]["name"]
        pod = await lab.pod_when(name, lambda pod: phase(pod) == "Failed", NAMESPACE)
    assert pod["status"]["reason"] == "DeadlineExceeded"
    assert waiting(pod)["reason"] in {"ErrImagePull", "ImagePullBackOff"}
    found = probe.judge(ProbeKind.IMAGE, reading.seen(pod))
    assert found
    assert found.answer is Answer.DENIED  # what the kubelet had said until then still stands there


def other_image(pod: Object) -> None:
    pod["spec"]["containers"][0]["image"] = "mirror.example/ocr:v1"


def other_policy(pod: Object) -> None:
    pod["spec"]["containers"][0]["imagePullPolicy"] = "IfNotPresent"


def sidecar(pod: Object) -> None:
    pod["spec"]["containers"].append({**pod["spec"]["containers"][0], "name": "proxy"})


def pull_secret(pod: Object) -> None:
    pod["spec"]["imagePullSecrets"] = [{"name": "registry"}]


@pytest.mark.parametrize(
    "change, evidence",
    [
        pytest.param(other_image, "a webhook changed the image to mirror.example/ocr:v1", id="image"),
        pytest.param(other_policy, "a webhook changed imagePullPolicy to IfNotPresent", id="policy"),
        pytest.param(sidecar, "a webhook added containers (probe, proxy)", id="sidecar"),
        pytest.param(
            pull_secret,
            "the probe has imagePullSecrets (registry): remove them from account repull/probe",
            id="pull secret",
        ),
    ],
)
async def test_what_a_webhook_changes_is_noticed(lab: Lab, change: Change, evidence: str) -> None:
    machine = await lab.machine()
    async with webhook(lab, NAMESPACE, change), probing(lab, ProbeKind.IMAGE, machine) as (sent, created):
        assert probe.tampering(sent, reading.seen(created)) == evidence


async def test_a_webhook_that_weakens_the_probe_gets_it_refused_by_pod_security(lab: Lab) -> None:
    machine = await lab.machine()

    def weaken(pod: Object) -> None:
        pod["spec"]["securityContext"]["runAsNonRoot"] = False
        pod["spec"]["hostNetwork"] = True

    async with webhook(lab, NAMESPACE, weaken):
        with pytest.raises(ApiError) as caught:
            async with probing(lab, ProbeKind.IMAGE, machine):
                raise AssertionError("it was let in")
    assert caught.value.status == 403
    assert 'violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)' in caught.value.message
