"""The registry on its port, with the switch for an outage."""

from sandbox.front import Front
from sandbox.google.policies import Policies
from sandbox.identities import Identities
from sandbox.registry.app import RegistryApp
from sandbox.registry.store import ImageStore
from sandbox.reservation import Reservation
from sandbox.serving import Served, serve


class Registry:
    """`url` holds from the beginning to the end; in between the port refuses connections whenever it is down."""

    def __init__(
        self, *, catalog: ImageStore, policies: Policies, identities: Identities, front: Front, host: str
    ) -> None:
        """`host` is meant where a request doesn't say which registry it is for."""
        self._app = RegistryApp(store=catalog, policies=policies, identities=identities, front=front, host=host).app
        self._reservation = Reservation()
        self._served: Served | None = None
        self.url = f"http://127.0.0.1:{self._reservation.port}"

    async def up(self) -> None:
        """Begin to answer; harmless where it does already."""
        if self._served is None:
            self._served = await serve(self._app, port=self._reservation.port)

    async def down(self) -> None:
        """Refuse connections from now on; harmless where it does already."""
        served, self._served = self._served, None
        if served:
            await served.stop()

    async def close(self) -> None:
        """Down for good: the port is given back."""
        await self.down()
        self._reservation.release()
