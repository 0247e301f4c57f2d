"""Somebody whom the diagnosis asks stays down: each delivery says who, and after the last the message is kept.

The limit is the subscription's own, as deployed; only its pauses are shorter here.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.pubsub_v1 import types

from sandbox import deployment
from sandbox.beds import LONE
from sandbox.pubsub import topology
from tests.e2e.ward import Ward, entry, nothing_was_done, ward

TOPIC = "impatient-pull-events"
DOWN = {
    "gke": ({"api": "container"}, "/clusters/main: 503"),
    "kubernetes": ({"api": "kubernetes", "resource": "pods", "verb": "get"}, "get pods"),
    "compute": ({"api": "compute", "resource": "instances"}, f"/instances/{LONE}: 503"),
}
"""Who is down, and words that name them."""

BURIED_SECONDS = 200
"""Ten deliveries, whose pauses alone are 15 s."""


@pytest.fixture(scope="module")
def opened() -> Iterator[Ward]:
    with ward() as found:
        found.run(topology.create(found.world.clients, deployment.PROJECT, [route(found)]))
        yield found
        nothing_was_done(found)


def route(opened: Ward) -> topology.Route:
    """That of the deployment, in a hurry."""
    deployed, _ = deployment.routes(diagnose_url=opened.world.diagnose.url, refresh_url="http://nowhere")
    return replace(deployed, topic=TOPIC, minimum_backoff=0.5, maximum_backoff=2)


async def buried(opened: Ward) -> types.PubsubMessage:
    """The one dead letter, as soon as there is one."""
    name = f"projects/{deployment.PROJECT}/subscriptions/{route(opened).dead_letter_topic}"
    subscriber = opened.world.clients.subscriber
    async with asyncio.timeout(BURIED_SECONDS):
        while True:
            try:
                answer = await subscriber.pull(subscription=name, max_messages=10)
            except DeadlineExceeded:
                continue
            if answer.received_messages:
                break
    await subscriber.acknowledge(subscription=name, ack_ids=[each.ack_id for each in answer.received_messages])
    (letter,) = answer.received_messages
    return letter.message


def retries(opened: Ward) -> list[str]:
    return [str(line["jsonPayload"]["message"]) for line in opened.here.stage.audit("repull.retry")]


@pytest.mark.parametrize("who", DOWN)
def test_after_the_last_delivery_the_message_is_kept_and_nothing_was_done(opened: Ward, who: str) -> None:
    opened.here.anew(opened.world.diagnose)  # GKE's answer is remembered for a minute
    fault, words = DOWN[who]
    opened.fault(user=deployment.DIAGNOSE, status=503, **fault)
    pod, before = opened.admit(node=LONE), len(retries(opened))
    opened.run(opened.world.publish(TOPIC, entry(pod)))
    letter = opened.run(buried(opened), within=BURIED_SECONDS + 10)
    opened.here.until(lambda: len(retries(opened)) >= before + route(opened).attempts, "a line of every delivery")
    said = retries(opened)[before:]
    assert len(said) == route(opened).attempts
    assert all(words in each for each in said)
    assert json.loads(letter.data) == entry(pod)
    assert letter.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == str(route(opened).attempts)
    assert opened.said_about(pod) == []

    opened.world.faults.clear()
    assert opened.tell(pod).kind == "GRANT_MISSING"  # the kubelet's next failure asks again
    assert len(retries(opened)) == before + route(opened).attempts
