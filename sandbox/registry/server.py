"""The registry on its port, with the switch for an outage."""

from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.registry.app import RegistryApp
from sandbox.registry.catalog import Catalog
from sandbox.serving import Served, serve


class Registry:
    """`url` stays the same over an outage, in which the port refuses connections."""

    def __init__(
        self, *, catalog: Catalog, policies: Policies, identities: Identities, front: Front, host: str
    ) -> None:
        self._app = RegistryApp(catalog=catalog, policies=policies, identities=identities, front=front, host=host).app
        self._served: Served | None = None
        self._port = 0
        self.url = ""

    async def up(self) -> None:
        """Start to answer, the first time or again; harmless where it does already."""
        if self._served is None:
            self._served = await serve(self._app, port=self._port)
            self._port, self.url = self._served.port, self._served.url

    async def down(self) -> None:
        """Refuse connections from now on; harmless where it does already."""
        if self._served:
            await self._served.stop()
            self._served = None
