"""From an Event in the cluster to a message on the sink's topic, over the real interfaces."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.books import Books
from sandbox.eventexporter import EventExporter
from sandbox.faults import Faults
from sandbox.google.logstore import LogStore
from sandbox.identities import Identities
from sandbox.kube.api import KubeApi
from sandbox.kube.certificates import issue
from sandbox.kube.client import KubeClient
from sandbox.pace import Pace
from sandbox.pubsub.embedded import EmbeddedQueue
from sandbox.pubsub.tap import Tap
from sandbox.pubsub.topology import Route, connect, create
from sandbox.router import Router, Sink
from sandbox.serving import serve

TOPIC = "image-pull-events"
MESSAGE = 'Failed to pull image "us-central1-docker.pkg.dev/acme/apps/worker:v1": 401 Unauthorized'


@dataclass(kw_only=True)
class Cluster:
    client: KubeClient
    logs: LogStore
    tap: Tap

    async def happen(self, name: str, message: str = MESSAGE, *, about: str = "Pod", namespace: str = "shop") -> Any:
        event: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {
                "kind": about,
                "namespace": "" if namespace == "default" else namespace,
                "name": "thing-1",
            },
            "reason": "Failed",
            "type": "Warning",
            "message": message,
            "source": {"component": "kubelet", "host": "node-a1"},
            "count": 1,
            "firstTimestamp": "2026-11-24T08:00:00Z",
            "lastTimestamp": "2026-11-24T08:00:01Z",
        }
        return await self.client.create("events", event, namespace)

    def entries(self) -> list[dict[str, Any]]:
        return [entry for entry in self.logs if "jsonPayload" in entry]

    async def started(self) -> None:
        await until(lambda: any("textPayload" in entry for entry in self.logs))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 # any state of anything, within a deadline
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Cluster]:
    certificate = issue(directory)
    kube = KubeApi(identities=Identities(), books=Books(), faults=Faults())
    served = await serve(kube.app, certificate=certificate)
    client = KubeClient(url=served.url, ca=certificate.ca, token=kube.admin_token)
    queue, logs = EmbeddedQueue(pace=Pace()), LogStore()
    await queue.start()
    async with connect(queue.endpoint) as clients:
        await create(clients, "acme", [Route(topic=TOPIC, endpoint="http://127.0.0.1:9")])
        tap = Tap(clients, "acme")
        await tap.attach([TOPIC])
        sink = Sink.of_cluster(cluster="prod", location="us-central1", topic=f"projects/acme/topics/{TOPIC}")
        exporter = EventExporter(client=client, logs=logs, project="acme", location="us-central1", cluster="prod")
        router = Router(sinks=[sink], logs=logs, publisher=clients.publisher)
        for namespace in ("shop", "repull", "default"):
            if namespace not in [each["metadata"]["name"] for each in await client.list("namespaces")]:
                await client.create("namespaces", {"metadata": {"name": namespace}})
        cluster = Cluster(client=client, logs=logs, tap=tap)
        await cluster.happen("before-the-watch")
        tasks = [asyncio.create_task(work()) for work in (exporter.run, router.run, tap.run)]
        yield cluster
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await client.close()
    await served.stop()
    await queue.stop()


def in_cluster(directory: Path, story: Callable[[Cluster], Awaitable[None]]) -> None:
    async def tell() -> None:
        async with running(directory) as cluster:
            await story(cluster)

    asyncio.run(tell())


def test_a_pull_failure_becomes_the_message_that_the_function_gets(tmp_path: Path) -> None:
    async def story(cluster: Cluster) -> None:
        await cluster.started()
        created = await cluster.happen("worker.1")
        await until(lambda: bool(cluster.tap.messages))
        [published] = cluster.tap.messages
        assert published.attributes == {"logging.googleapis.com/timestamp": "2026-11-24T08:00:01Z"}
        entry = json.loads(published.data)
        left_out = {"count", "firstTimestamp", "lastTimestamp"}
        assert entry["jsonPayload"] == {key: value for key, value in created.items() if key not in left_out}
        assert (entry["jsonPayload"]["kind"], entry["jsonPayload"]["apiVersion"]) == ("Event", "v1")
        assert entry["resource"] == {
            "type": "k8s_pod",
            "labels": {
                "project_id": "acme",
                "location": "us-central1",
                "cluster_name": "prod",
                "namespace_name": "shop",
                "pod_name": "thing-1",
            },
        }
        assert (entry["logName"], entry["severity"]) == ("projects/acme/logs/events", "WARNING")
        assert entry["timestamp"] == "2026-11-24T08:00:01Z"
        assert entry["insertId"]
        assert entry["receiveTimestamp"]

    in_cluster(tmp_path, story)


def test_every_repetition_is_an_entry_of_its_own(tmp_path: Path) -> None:
    async def story(cluster: Cluster) -> None:
        await cluster.started()
        await cluster.happen("worker.1")
        for count in (2, 3):
            change = {"count": count, "lastTimestamp": f"2026-11-24T08:00:0{count}Z"}
            await cluster.client.patch("events", "worker.1", change, "shop")
        await until(lambda: len(cluster.tap.messages) == 3)
        ends = [published.json["timestamp"][-3:] for published in cluster.tap.messages]
        assert ends == ["01Z", "02Z", "03Z"]

    in_cluster(tmp_path, story)


def test_what_the_sink_leaves_out_is_logged_and_not_published(tmp_path: Path) -> None:
    async def story(cluster: Cluster) -> None:
        await cluster.started()
        await cluster.happen("probe.1", namespace="repull")
        await cluster.happen("worker.1", "Error: ErrImagePull")
        await cluster.happen("node.1", about="Node", namespace="default")
        await cluster.happen("forged.1", about="Node", namespace="shop")
        await cluster.happen("worker.2")
        await until(lambda: bool(cluster.tap.messages))
        assert [published.json["jsonPayload"]["metadata"]["name"] for published in cluster.tap.messages] == ["worker.2"]
        kinds = {e["jsonPayload"]["metadata"]["name"]: e["resource"]["type"] for e in cluster.entries()}
        assert kinds == {
            "probe.1": "k8s_pod",
            "worker.1": "k8s_pod",
            "node.1": "k8s_node",
            "forged.1": "k8s_cluster",
            "worker.2": "k8s_pod",
        }

    in_cluster(tmp_path, story)


def test_what_happened_before_is_announced_as_lost(tmp_path: Path) -> None:
    async def story(cluster: Cluster) -> None:
        await cluster.started()
        [entry] = list(cluster.logs)
        assert entry["textPayload"].startswith("Event exporter started watching.")
        assert entry["logName"] == "projects/acme/logs/events"
        assert cluster.entries() == []

    in_cluster(tmp_path, story)
