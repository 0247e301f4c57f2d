"""Ring 1's ground: an API server, controllers, a registry and machines that live in this process."""

from sandbox import deployment, manifests
from sandbox.contracts import Registry
from sandbox.controllers.run import run_controllers
from sandbox.foundation import Foundation
from sandbox.ground import Cluster
from sandbox.kube import KubeApi, KubeClient, certificates, kubeconfig
from sandbox.machines.fleet import Fleet
from sandbox.machines.simulated import SimulatedFleet
from sandbox.registry.server import Registry as SimulatedRegistry
from sandbox.view import StoreView


class Simulated:
    async def cluster(self, foundation: Foundation) -> Cluster:
        kube = KubeApi(identities=foundation.identities, books=foundation.books, faults=foundation.faults)
        manifests.apply(kube.store)
        certificate = certificates.issue(foundation.directory / "pki")
        url, ca = await foundation.serve(kube.app, certificate), certificate.ca
        controllers = foundation.identities.issue("system:kube-controller-manager")
        foundation.spawn(run_controllers(foundation.connect(url, ca, controllers), foundation.pace))
        return Cluster(
            url=url,
            ca=ca,
            kubeconfig=kubeconfig.write(foundation.directory / "kubeconfig", url=url, ca=ca, token=kube.admin_token),
            admin=foundation.connect(url, ca, kube.admin_token),
            view=StoreView(kube.store),
            connect=lambda token: KubeClient(url=url, ca=ca, token=token),
        )

    async def registry(self, foundation: Foundation) -> Registry:
        registry = SimulatedRegistry(
            catalog=foundation.catalog,
            policies=foundation.policies,
            identities=foundation.identities,
            front=foundation.front,
            host=deployment.REGISTRY_HOST,
        )
        foundation.stack.push_async_callback(registry.close)
        await registry.up()
        return registry

    def fleet(self, foundation: Foundation, cluster: Cluster, registry: Registry) -> Fleet:
        fleet = SimulatedFleet(
            project=deployment.PROJECT,
            identities=foundation.identities,
            pace=foundation.pace,
            registry_url=registry.url,
            connect=cluster.connect,
        )
        foundation.stack.push_async_callback(fleet.stop)
        return fleet
