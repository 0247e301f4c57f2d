"""The whole sandbox in one event loop: a cluster, the Google Cloud around it, and the two functions beside it."""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.pubsub_v1 import types
from starlette.types import ASGIApp

from sandbox import deployment, manifests
from sandbox.books import Books
from sandbox.controllers.run import run_controllers
from sandbox.eventexporter import EventExporter
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.functions import Function
from sandbox.google.apis import GoogleApis
from sandbox.google.inventory import GkeCluster, Inventory
from sandbox.google.logstore import LogStore
from sandbox.google.metadata import MetadataServer
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.kube import KubeApi, KubeClient, Store, certificates, kubeconfig
from sandbox.logagent import LogAgent
from sandbox.machines.fleet import Fleet
from sandbox.pace import Pace
from sandbox.pubsub import topology
from sandbox.pubsub.broker import Broker
from sandbox.pubsub.choice import choose
from sandbox.pubsub.tap import Tap
from sandbox.pubsub.topology import Clients
from sandbox.registry.catalog import Catalog
from sandbox.registry.server import Registry
from sandbox.router import Router, Sink
from sandbox.serving import Certificate, Served, serve

SPEED = 40.0
_BROKER_SPEED = 10.0  # of the embedded queue: its ack deadline must outlast an invocation, which takes real time


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Everything that a scenario moves, a judge reads, and a viewer shows."""

    pace: Pace
    identities: Identities
    books: Books
    faults: Faults
    policies: Policies
    inventory: Inventory
    catalog: Catalog
    registry: Registry
    logs: LogStore
    kube: KubeApi
    kube_url: str
    ca: Path
    kubeconfig: Path
    admin: KubeClient
    fleet: Fleet
    broker: Broker
    clients: Clients
    tap: Tap
    diagnose: Function
    refresh: Function

    @property
    def store(self) -> Store:
        return self.kube.store

    async def publish(self, topic: str, message: bytes | Mapping[str, Any], **attributes: str) -> None:
        """As `gcloud pubsub topics publish` does."""
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        published = types.PubsubMessage(data=data, attributes=attributes)
        await self.clients.publisher.publish(topic=deployment.topic(topic), messages=[published])


@asynccontextmanager
async def running(
    *, speed: float = SPEED, settings: Mapping[str, str] | None = None, environ: Mapping[str, str] = os.environ
) -> AsyncIterator[World]:
    """A world without machines and workloads yet; at the end no process, port or file of it is left.

    `settings` are the product's own; `environ` says which Pub/Sub to use. Where a part of the sandbox fails, what runs
    inside is cancelled and the failure is raised.
    """
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="repull-sandbox-")))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        opening = _Opening(stack=stack, group=group, directory=directory, pace=Pace(speed=speed))
        yield await opening.world(settings or {}, environ)


class _Opening:
    """Starts one part after the other. Whatever was started is stopped in the reverse order."""

    def __init__(self, *, stack: AsyncExitStack, group: asyncio.TaskGroup, directory: Path, pace: Pace) -> None:
        self._stack = stack
        self._group = group
        self._directory = directory
        self._pace = pace
        self._identities, self._policies = Identities(), Policies()
        self._catalog, self._inventory, self._logs = Catalog(), Inventory(), LogStore()
        self._books, self._faults = Books(), Faults()
        self._front = Front(books=self._books, faults=self._faults)
        self._served: list[Served] = []
        stack.push_async_callback(self._stop_serving)

    async def world(self, settings: Mapping[str, str], environ: Mapping[str, str]) -> World:
        deployment.grant_all(self._policies)
        kube, kube_url, ca = await self._kubernetes()
        admin = self._connect(kube_url, ca, kube.admin_token)
        registry = await self._registry()
        fleet = self._machines(registry, kube_url, ca)
        google_url = await self._google()
        broker = choose(environ, pace=Pace(speed=_BROKER_SPEED))
        self._stack.push_async_callback(broker.stop)
        await broker.start()
        clients = await self._stack.enter_async_context(topology.connect(broker.endpoint))

        async def function(target: str, email: str, topic: str) -> Function:
            home = self._directory / target
            home.mkdir()
            environment = deployment.environment(
                home=home,
                metadata=(await self._metadata(email)).removeprefix("http://"),
                pubsub=broker.endpoint,
                google=google_url,
                registry=registry.url,
                events_topic=topic,
                pace=self._pace,
                settings=settings,
            )
            return self._function(target, email, environment)

        diagnose = await function("on_pull_event", deployment.DIAGNOSE, deployment.EVENTS_TOPIC)
        refresh = await function("on_refresh_step", deployment.REFRESH, deployment.STEPS_TOPIC)
        tap = await self._topics(clients, diagnose.url, refresh.url)
        self._spawn(run_controllers(self._client(kube_url, ca, "system:kube-controller-manager"), self._pace))
        self._route_events(self._client(kube_url, ca, "system:event-exporter"), clients)
        await asyncio.gather(diagnose.start(), refresh.start())
        return World(
            pace=self._pace,
            identities=self._identities,
            books=self._books,
            faults=self._faults,
            policies=self._policies,
            inventory=self._inventory,
            catalog=self._catalog,
            registry=registry,
            logs=self._logs,
            kube=kube,
            kube_url=kube_url,
            ca=ca,
            kubeconfig=kubeconfig.write(self._directory / "kubeconfig", url=kube_url, ca=ca, token=kube.admin_token),
            admin=admin,
            fleet=fleet,
            broker=broker,
            clients=clients,
            tap=tap,
            diagnose=diagnose,
            refresh=refresh,
        )

    async def _kubernetes(self) -> tuple[KubeApi, str, Path]:
        kube = KubeApi(identities=self._identities, books=self._books, faults=self._faults)
        manifests.apply(kube.store)
        certificate = certificates.issue(self._directory / "pki")
        return kube, await self._serve(kube.app, certificate), certificate.ca

    async def _registry(self) -> Registry:
        registry = Registry(
            catalog=self._catalog,
            policies=self._policies,
            identities=self._identities,
            front=self._front,
            host=deployment.REGISTRY_HOST,
        )
        self._stack.push_async_callback(registry.close)
        await registry.up()
        return registry

    def _machines(self, registry: Registry, kube_url: str, ca: Path) -> Fleet:
        fleet = Fleet(
            project=deployment.PROJECT,
            identities=self._identities,
            pace=self._pace,
            registry_url=registry.url,
            connect=lambda token: KubeClient(url=kube_url, ca=ca, token=token),
        )
        self._stack.push_async_callback(fleet.stop)
        cluster = GkeCluster(
            project=deployment.PROJECT,
            location=deployment.LOCATION,
            name=deployment.CLUSTER,
            endpoint=kube_url.removeprefix("https://"),
            ca_certificate=ca.read_bytes(),
            fleet=fleet,
        )
        self._inventory.clusters.append(cluster)
        return fleet

    async def _google(self) -> str:
        apis = GoogleApis(
            front=self._front,
            identities=self._identities,
            policies=self._policies,
            inventory=self._inventory,
            catalog=self._catalog,
            logs=self._logs,
        )
        return await self._serve(apis.app)

    async def _metadata(self, email: str) -> str:
        server = MetadataServer(email=email, project=deployment.PROJECT, identities=self._identities, front=self._front)
        return await self._serve(server.app)

    def _function(self, target: str, email: str, environment: Mapping[str, str]) -> Function:
        agent = LogAgent(self._logs, project=deployment.PROJECT, location=deployment.LOCATION)
        function = Function(target=target, environ=environment, on_line=agent.follow(email.partition("@")[0]))
        self._stack.push_async_callback(function.stop)
        return function

    async def _topics(self, clients: Clients, diagnose_url: str, refresh_url: str) -> Tap:
        routes = deployment.routes(diagnose_url=diagnose_url, refresh_url=refresh_url)
        await topology.create(clients, deployment.PROJECT, routes)
        tap = Tap(clients, deployment.PROJECT)
        await tap.attach(deployment.TOPICS)
        self._spawn(tap.run())
        return tap

    def _route_events(self, client: KubeClient, clients: Clients) -> None:
        """The cluster's event exporter, and the sink behind it."""
        sink = Sink.of_cluster(
            cluster=deployment.CLUSTER,
            location=deployment.LOCATION,
            topic=deployment.topic(deployment.EVENTS_TOPIC),
        )
        self._spawn(Router(sinks=[sink], logs=self._logs, publisher=clients.publisher).run())
        exporter = EventExporter(
            client=client,
            logs=self._logs,
            project=deployment.PROJECT,
            location=deployment.LOCATION,
            cluster=deployment.CLUSTER,
        )
        self._spawn(exporter.run())

    async def _serve(self, app: ASGIApp, certificate: Certificate | None = None) -> str:
        served = await serve(app, certificate=certificate)
        self._served.append(served)
        return served.url

    async def _stop_serving(self) -> None:
        await asyncio.gather(*(served.stop() for served in self._served))

    def _client(self, kube_url: str, ca: Path, user: str) -> KubeClient:
        return self._connect(kube_url, ca, self._identities.issue(user))

    def _connect(self, kube_url: str, ca: Path, token: str) -> KubeClient:
        client = KubeClient(url=kube_url, ca=ca, token=token)
        self._stack.push_async_callback(client.close)
        return client

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Goes on until the end. A failure in it ends the world."""
        task = self._group.create_task(work)

        async def end() -> None:
            """Nothing of it may still run when the clients that it uses are closed."""
            task.cancel()
            await asyncio.wait([task])

        self._stack.push_async_callback(end)
