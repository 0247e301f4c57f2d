"""All controllers together, as kube-controller-manager and kube-scheduler run them."""

import asyncio

from sandbox.controllers.cluster import Cluster
from sandbox.controllers.controller import Controller
from sandbox.controllers.daemonset import DaemonSetController
from sandbox.controllers.deployment import DeploymentController
from sandbox.controllers.disruption import DisruptionController
from sandbox.controllers.garbage import GarbageCollector
from sandbox.controllers.job import JobController
from sandbox.controllers.namespaces import NamespaceController
from sandbox.controllers.nodelifecycle import NodeLifecycleController
from sandbox.controllers.podgc import PodGarbageCollector
from sandbox.controllers.replicaset import ReplicaSetController
from sandbox.controllers.scheduler import Scheduler
from sandbox.controllers.serviceaccounts import ServiceAccountController
from sandbox.controllers.statefulset import StatefulSetController
from sandbox.controllers.tainteviction import TaintEvictionController
from sandbox.kube.client import KubeClient
from sandbox.pace import Pace

CONTROLLERS: tuple[type[Controller], ...] = (
    DeploymentController,
    ReplicaSetController,
    StatefulSetController,
    DaemonSetController,
    JobController,
    DisruptionController,
    GarbageCollector,
    NodeLifecycleController,
    TaintEvictionController,
    PodGarbageCollector,
    ServiceAccountController,
    NamespaceController,
    Scheduler,
)


async def run_controllers(client: KubeClient, pace: Pace) -> None:
    """Run until cancelled."""
    cluster = Cluster(client, pace)
    controllers = [controller(cluster) for controller in CONTROLLERS]  # subscribed before the first object is seen
    async with asyncio.TaskGroup() as group:
        group.create_task(cluster.run())
        await cluster.synced()
        for controller in controllers:
            group.create_task(controller.run())
