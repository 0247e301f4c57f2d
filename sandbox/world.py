"""The whole sandbox in one event loop: a cluster, the Google Cloud around it, and the two functions beside it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from google.pubsub_v1 import types

from sandbox import breakdown, deployment
from sandbox.books import Books
from sandbox.eventexporter import EventExporter
from sandbox.faults import Faults
from sandbox.foundation import Foundation
from sandbox.functions import Function
from sandbox.google.apis import GoogleApis
from sandbox.google.autoscaler import Autoscaler
from sandbox.google.inventory import GkeCluster, Inventory
from sandbox.google.logstore import LogStore
from sandbox.google.metadata import MetadataServer
from sandbox.google.policies import Policies
from sandbox.ground import Cluster
from sandbox.identities import Identities
from sandbox.kube import KubeClient
from sandbox.logagent import LogAgent
from sandbox.machines.fleet import Fleet
from sandbox.pace import Pace
from sandbox.pubsub import topology
from sandbox.pubsub.broker import Broker
from sandbox.pubsub.choice import choose
from sandbox.pubsub.tap import Tap
from sandbox.pubsub.topology import Clients
from sandbox.registry.server import Registry
from sandbox.registry.store import ImageStore
from sandbox.rings import RINGS, Ring
from sandbox.router import Router, Sink
from sandbox.scratch import scratch
from sandbox.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Everything that a scenario moves, a judge reads, and a viewer shows. Which ring it is on changes none of it."""

    ring: Ring
    identities: Identities
    books: Books
    faults: Faults
    policies: Policies
    inventory: Inventory
    catalog: ImageStore
    registry: Registry
    logs: LogStore
    cluster: Cluster
    fleet: Fleet
    broker: Broker
    clients: Clients
    tap: Tap
    diagnose: Function
    refresh: Function

    @property
    def admin(self) -> KubeClient:
        return self.cluster.admin

    @property
    def view(self) -> View:
        return self.cluster.view

    async def publish(self, topic: str, message: bytes | Mapping[str, Any], **attributes: str) -> None:
        """As `gcloud pubsub topics publish` does."""
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        published = types.PubsubMessage(data=data, attributes=attributes)
        await self.clients.publisher.publish(topic=deployment.topic(topic), messages=[published])


@asynccontextmanager
async def running(
    *,
    ring: int | Ring = 1,
    settings: Mapping[str, str] | None = None,
    environ: Mapping[str, str] = os.environ,
    functions: bool = True,
    python: str | None = None,
) -> AsyncIterator[World]:
    """A world without machines and workloads yet; at the end no process, port or file of it is left.

    `ring` is one of RINGS, or another like them. `settings` are the product's own; `environ` says which Pub/Sub to use.
    Without `functions` no process of theirs is started: whoever asks for that calls the product in its own.
    `python` is the interpreter that starts each, as a deployment does; without one they are forked, as Function says.
    Where a part of the sandbox fails, what runs inside is cancelled and the failure is raised;
    the log of what broke down is kept for whoever reads that.
    """
    chosen = ring if isinstance(ring, Ring) else RINGS[ring]
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(scratch("sandbox"))
        stack.enter_context(breakdown.logs_kept())
        group = await stack.enter_async_context(asyncio.TaskGroup())
        foundation = Foundation(stack=stack, group=group, directory=directory, pace=Pace(speed=chosen.speed))
        yield await _Opening(chosen, foundation).world(settings or {}, environ, functions=functions, python=python)


class _Opening:
    """Starts one part after the other."""

    def __init__(self, ring: Ring, foundation: Foundation) -> None:
        self._ring = ring
        self._foundation = foundation
        self._inventory, self._logs = Inventory(), LogStore()

    async def world(
        self, settings: Mapping[str, str], environ: Mapping[str, str], *, functions: bool, python: str | None
    ) -> World:
        base, ground = self._foundation, self._ring.ground()
        deployment.grant_all(base.policies)
        cluster = await ground.cluster(base)
        catalog = await ground.images(base)
        registry = await self._registry(catalog)
        fleet = await ground.fleet(base, cluster, registry.url)
        known = _known_to_gke(cluster, fleet)
        self._inventory.clusters.append(known)
        google_url = await self._google(catalog)
        broker = choose(environ, pace=Pace(speed=self._ring.queue_speed))
        base.stack.push_async_callback(broker.stop)
        await broker.start()
        clients = await base.stack.enter_async_context(topology.connect(broker.endpoint))

        async def function(target: str, email: str, topic: str) -> Function:
            home = base.directory / target
            home.mkdir()
            environment = deployment.environment(
                home=home,
                metadata=(await self._metadata(email)).removeprefix("http://"),
                pubsub=broker.endpoint,
                google=google_url,
                registry=registry.url,
                events_topic=topic,
                ring=self._ring.number,
                settings=settings,
            )
            return self._function(target, environment, python)

        diagnose = await function("on_pull_event", deployment.DIAGNOSE, deployment.EVENTS_TOPIC)
        refresh = await function("on_refresh_step", deployment.REFRESH, deployment.STEPS_TOPIC)
        tap = await self._topics(clients, diagnose.url, refresh.url)
        self._route_events(cluster, clients)
        pace, admin, view = base.pace, cluster.admin, cluster.view
        base.spawn(Autoscaler(cluster=known, fleet=fleet, client=admin, view=view, pace=pace).run())
        if functions:
            await asyncio.gather(diagnose.start(), refresh.start())
        return World(
            ring=self._ring,
            identities=base.identities,
            books=base.books,
            faults=base.faults,
            policies=base.policies,
            inventory=self._inventory,
            catalog=catalog,
            registry=registry,
            logs=self._logs,
            cluster=cluster,
            fleet=fleet,
            broker=broker,
            clients=clients,
            tap=tap,
            diagnose=diagnose,
            refresh=refresh,
        )

    async def _registry(self, catalog: ImageStore) -> Registry:
        registry = Registry(
            catalog=catalog,
            policies=self._foundation.policies,
            identities=self._foundation.identities,
            front=self._foundation.front,
            host=deployment.REGISTRY_HOST,
        )
        self._foundation.stack.push_async_callback(registry.close)
        await registry.up()
        return registry

    async def _google(self, catalog: ImageStore) -> str:
        apis = GoogleApis(
            front=self._foundation.front,
            identities=self._foundation.identities,
            policies=self._foundation.policies,
            inventory=self._inventory,
            catalog=catalog,
            logs=self._logs,
        )
        return await self._foundation.serve(apis.app)

    async def _metadata(self, email: str) -> str:
        server = MetadataServer(
            email=email,
            project=deployment.PROJECT,
            identities=self._foundation.identities,
            front=self._foundation.front,
        )
        return await self._foundation.serve(server.app)

    def _function(self, target: str, environment: Mapping[str, str], python: str | None) -> Function:
        agent = LogAgent(self._logs, project=deployment.PROJECT, location=deployment.LOCATION)
        on_line = agent.follow(deployment.service(target))
        function = Function(target=target, environ=environment, on_line=on_line, python=python)
        self._foundation.stack.push_async_callback(function.stop)
        return function

    async def _topics(self, clients: Clients, diagnose_url: str, refresh_url: str) -> Tap:
        routes = deployment.routes(diagnose_url=diagnose_url, refresh_url=refresh_url)
        await topology.create(clients, deployment.PROJECT, routes)
        tap = Tap(clients, deployment.PROJECT)
        await tap.attach(deployment.TOPICS)
        self._foundation.spawn(tap.run())
        return tap

    def _route_events(self, cluster: Cluster, clients: Clients) -> None:
        """The cluster's event exporter, and the sink behind it."""
        sink = Sink.of_cluster(
            cluster=deployment.CLUSTER,
            location=deployment.LOCATION,
            topic=deployment.topic(deployment.EVENTS_TOPIC),
        )
        self._foundation.spawn(Router(sinks=[sink], logs=self._logs, publisher=clients.publisher).run())
        client = self._foundation.connect(cluster.api, self._foundation.identities.issue(deployment.EVENT_EXPORTER))
        exporter = EventExporter(
            client=client,
            logs=self._logs,
            project=deployment.PROJECT,
            location=deployment.LOCATION,
            cluster=deployment.CLUSTER,
        )
        self._foundation.spawn(exporter.run())


def _known_to_gke(cluster: Cluster, fleet: Fleet) -> GkeCluster:
    return GkeCluster(
        project=deployment.PROJECT,
        location=deployment.LOCATION,
        name=deployment.CLUSTER,
        endpoint=cluster.front.url.removeprefix("https://"),
        ca_certificate=cluster.front.ca.read_bytes(),
        fleet=fleet,
    )
