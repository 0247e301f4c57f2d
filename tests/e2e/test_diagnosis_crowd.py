"""A thousand pods on a hundred nodes that can't pull for one reason are one diagnosis, and cost as much."""

import asyncio
from collections import Counter

import httpx
import pytest

from sandbox import deployment
from sandbox.beds import HERE
from sandbox.books import Call
from sandbox.objects.kinds import Object
from tests.e2e.scenery import IMAGE, NAMESPACE
from tests.e2e.standing import as_json, push_body
from tests.e2e.ward import DENIED, Ward, entry, said, ward

NODES, PODS = 100, 1000
PAGE = 500
"""Pods of one list's answer."""
ONCE = ("get pods", "get serviceaccounts", "get instances", "head manifests", "troubleshoot iam", "get noderefreshes")
AT_ONCE = 8
PATIENCE = 400
"""Seconds that a busy machine may take for it; an idle one takes a tenth."""


@pytest.mark.timeout(3 * PATIENCE)
def test_a_thousand_pods_are_one_diagnosis() -> None:
    """The verdict that costs most: every check is made, and a refresh is opened."""
    with ward({"REPULL_MEMORY_SECONDS": "600"}) as opened:
        opened.run(opened.world.refresh.stop())  # that a renewal is asked for is what counts here
        events = opened.run(crowd(opened), within=PATIENCE)
        assert opened.run(tell_all(opened.world.diagnose.url, events), within=PATIENCE) == {200: PODS}
        opened.here.until(lambda: len(lines(opened, "repull.duplicate")) == PODS - 1, "every other pod's line")
        assert len(lines(opened, "repull.verdict")) == len(opened.refreshes()) == 1
        calls = opened.world.books.calls(user=deployment.DIAGNOSE)
        reads = Counter(f"{call.verb} {call.resource}" for call in calls if is_read(call))
        assert reads.pop("get clusters") == 1  # where the cluster is
        assert reads.pop("get nodes") <= NODES  # whose pool each is
        assert reads.pop("list pods") == PODS / PAGE  # who else uses the repository
        assert reads == dict.fromkeys(ONCE, 1)


async def crowd(opened: Ward) -> list[Object]:
    """A node of the same pool for every ten pods; the event of each pod."""
    admin = opened.world.admin
    model = opened.world.view.get("nodes", HERE)
    labels, provider = model["metadata"]["labels"], model["spec"]["providerID"]
    waiting = said("main", {"waiting": {"reason": "ErrImagePull", "message": DENIED}})
    turn = asyncio.Semaphore(AT_ONCE)

    async def fail(number: int) -> Object:
        async with turn:
            pod = await admin.create("pods", pod_of(f"crowd-{number}", f"{HERE}-{number % NODES}"))
            status = {"status": {"containerStatuses": [waiting]}}
            await admin.patch("pods/status", pod["metadata"]["name"], status, NAMESPACE)
            return entry(pod)

    for number in range(NODES):
        metadata = {"name": f"{HERE}-{number}", "labels": labels}
        await admin.create("nodes", {"metadata": metadata, "spec": {"providerID": provider}})
    return await asyncio.gather(*map(fail, range(PODS)))


def pod_of(name: str, node: str) -> Object:
    container = {"name": "main", "image": IMAGE}
    spec = {"nodeName": node, "containers": [container], "tolerations": [{"operator": "Exists"}]}
    return {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


async def tell_all(url: str, events: list[Object]) -> Counter[int]:
    """Several at a time, as Pub/Sub pushes."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def tell(http: httpx.AsyncClient, event: Object) -> int:
        async with turn:
            return (await http.post(url, json=push_body(as_json(event)))).status_code

    once = httpx.Limits(max_keepalive_connections=0)  # the function closes an idle one just when it may be used again
    async with httpx.AsyncClient(timeout=140, trust_env=False, limits=once) as http:
        return Counter(await asyncio.gather(*(tell(http, event) for event in events)))


def lines(opened: Ward, event: str) -> list[Object]:
    payloads = [each.get("jsonPayload") or {} for each in opened.world.logs]
    return [line for line in payloads if line.get("event") == event]


def is_read(call: Call) -> bool:
    return call.api != "metadata" and call.verb not in ("create", "patch")
