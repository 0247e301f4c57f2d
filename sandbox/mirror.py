"""A view of an API server in another process: copies of its objects, kept by watches."""

import asyncio
from collections.abc import Iterable

from sandbox.controllers.informer import Informer
from sandbox.kube import selectors
from sandbox.kube.client import KubeClient
from sandbox.objects.kinds import Object, namespace_of, uid_of

EVERYTHING = (
    *("nodes", "pods", "events", "leases", "deployments", "daemonsets", "noderefreshes"),
    *("configmaps", "poddisruptionbudgets"),
)
_LOOK_AGAIN = 0.02


class Mirror:
    """A `View` of these kinds of objects. It runs as long as `run` does."""

    def __init__(self, client: KubeClient, plurals: Iterable[str] = EVERYTHING) -> None:
        self._client = client
        self._informers = {plural: Informer(client, plural) for plural in plurals}

    async def run(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as group:
            for informer in self._informers.values():
                group.create_task(informer.run())

    def list(self, plural: str, namespace: str = "", *, labels: str = "") -> list[Object]:
        matches = selectors.labels(labels)
        found = (each for each in self._informers[plural] if not namespace or namespace_of(each) == namespace)
        return sorted(filter(matches, found), key=lambda each: (namespace_of(each), each["metadata"]["name"]))

    def get(self, plural: str, name: str, namespace: str = "") -> Object:
        for each in self.list(plural, namespace):
            if each["metadata"]["name"] == name:
                return each
        raise KeyError(f"{plural} {namespace}/{name}")

    async def catch_up(self) -> None:
        for informer in self._informers.values():
            await informer.synced.wait()
        await asyncio.gather(*map(self._catch_up, self._informers))

    async def _catch_up(self, plural: str) -> None:
        """Until it has everything of a list that was asked for meanwhile, and nothing more."""
        while True:
            wanted = _versions(await self._client.list(plural))
            shown = _versions(self._informers[plural])
            if shown.keys() == wanted.keys() and all(shown[uid] >= wanted[uid] for uid in wanted):
                return
            await asyncio.sleep(_LOOK_AGAIN)


def _versions(objects: Iterable[Object]) -> dict[str, int]:
    return {uid_of(each): int(each["metadata"]["resourceVersion"]) for each in objects}
