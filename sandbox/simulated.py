"""Ring 1's ground: an API server, controllers, images and machines that live in this process."""

from sandbox import deployment, manifests
from sandbox.controllers.run import run_controllers
from sandbox.endpoint import Endpoint
from sandbox.foundation import Foundation
from sandbox.ground import Cluster
from sandbox.kube import KubeApi, certificates, kubeconfig
from sandbox.machines.fleet import Fleet
from sandbox.machines.simulated import SimulatedFleet
from sandbox.registry.catalog import Catalog
from sandbox.registry.store import ImageStore
from sandbox.view import StoreView


class Simulated:
    async def cluster(self, foundation: Foundation) -> Cluster:
        kube = KubeApi(identities=foundation.identities, books=foundation.books, faults=foundation.faults)
        manifests.apply(kube.store)
        certificate = certificates.issue(foundation.directory / "pki")
        api = Endpoint(url=await foundation.serve(kube.app, certificate), ca=certificate.ca)
        controllers = foundation.connect(api, foundation.identities.issue("system:kube-controller-manager"))
        foundation.spawn(run_controllers(controllers, foundation.pace))
        config = foundation.directory / "kubeconfig"
        return Cluster(
            api=api,
            front=api,
            kubeconfig=kubeconfig.write(
                config, url=api.url, ca=api.ca, token=kube.admin_token, context=deployment.CONTEXT
            ),
            admin=foundation.connect(api, kube.admin_token),
            view=StoreView(kube.store),
        )

    async def images(self, _: Foundation) -> ImageStore:
        return Catalog()

    async def fleet(self, foundation: Foundation, cluster: Cluster, registry_url: str) -> Fleet:
        return simulated_fleet(foundation, cluster, registry_url)


def simulated_fleet(foundation: Foundation, cluster: Cluster, registry_url: str) -> Fleet:
    """Machines whose kubelets are ordinary clients of the cluster's API; they stop with the world."""
    fleet = SimulatedFleet(
        project=deployment.PROJECT,
        identities=foundation.identities,
        pace=foundation.pace,
        registry_url=registry_url,
        connect=cluster.api.connect,
    )
    foundation.stack.push_async_callback(fleet.stop)
    return fleet
