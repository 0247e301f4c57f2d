"""The ground of rings 2 and 3: a real control plane and a real registry, under simulated or real machines."""

from starlette.types import ASGIApp

from sandbox import deployment, mirror
from sandbox.endpoint import Endpoint
from sandbox.foundation import Foundation
from sandbox.ground import Cluster
from sandbox.kube import certificates
from sandbox.machines.fleet import Fleet
from sandbox.real import images
from sandbox.real.authentication import Authenticator
from sandbox.real.controlplane import ControlPlane, control_plane, install
from sandbox.real.flags import PRODUCTION, Timing
from sandbox.real.gate import Gate
from sandbox.real.machines.fleet import RealFleet
from sandbox.real.registry.store import image_store
from sandbox.registry.store import ImageStore
from sandbox.simulated import simulated_fleet


class RealControlPlane:
    """Ring 2's. Machines are simulated, and their kubelets are ordinary clients of it.

    Their time runs faster: that one of them does not come back is found out sooner, too.
    """

    timing = Timing(node_monitor_grace=8, node_monitor_period=1)
    viewed: tuple[str, ...] = mirror.EVERYTHING

    async def furnish(self, foundation: Foundation, plane: ControlPlane) -> None:
        """Whatever else is in the cluster from the beginning."""

    def facing(self, foundation: Foundation, app: ASGIApp) -> ASGIApp:  # noqa: ARG002 - for whoever counts what passes
        """What the functions see of the gate."""
        return app

    async def cluster(self, foundation: Foundation) -> Cluster:
        identities, directory = foundation.identities, foundation.directory / "control-plane"
        directory.mkdir()
        authenticate = await foundation.serve(Authenticator(identities).app)
        plane = await foundation.stack.enter_async_context(
            control_plane(directory, authenticate=authenticate, timing=self.timing)
        )
        for daemon in plane.daemons:
            foundation.spawn(daemon.last())
        await install(plane, deployment.PROJECT)
        await self.furnish(foundation, plane)
        api = Endpoint(url=plane.url, ca=plane.ca)
        admin = foundation.connect(api, plane.admin_token)
        view = mirror.Mirror(admin, self.viewed)
        foundation.spawn(view.run())
        await view.catch_up()
        return Cluster(
            api=api,
            front=await self._gate(foundation, api),
            kubeconfig=plane.kubeconfig,
            admin=admin,
            view=view,
            audit=plane.audit,
        )

    async def images(self, foundation: Foundation) -> ImageStore:
        return await foundation.stack.enter_async_context(image_store(foundation.directory / "registry"))

    async def fleet(self, foundation: Foundation, cluster: Cluster, registry_url: str) -> Fleet:
        return simulated_fleet(foundation, cluster, registry_url)

    async def _gate(self, foundation: Foundation, api: Endpoint) -> Endpoint:
        gate = await foundation.stack.enter_async_context(
            Gate.before(api, identities=foundation.identities, front=foundation.front)
        )
        certificate = certificates.issue(foundation.directory / "gate")
        return Endpoint(url=await foundation.serve(self.facing(foundation, gate.app), certificate), ca=certificate.ca)


class RealMachines(RealControlPlane):
    """Ring 3's."""

    timing = PRODUCTION

    async def images(self, foundation: Foundation) -> ImageStore:
        directory = foundation.directory / "registry"
        return await foundation.stack.enter_async_context(image_store(directory, program=images.worker()))

    async def fleet(self, foundation: Foundation, cluster: Cluster, registry_url: str) -> Fleet:
        consoles = foundation.directory / "consoles"
        consoles.mkdir()
        fleet = await RealFleet.open(
            project=deployment.PROJECT,
            identities=foundation.identities,
            pace=foundation.pace,
            kube_url=cluster.api.url,
            ca=cluster.api.ca,
            registry_url=registry_url,
            consoles=consoles,
        )
        foundation.stack.push_async_callback(fleet.stop)
        return fleet
