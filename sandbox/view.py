"""The cluster's objects as those who look on see them: judges, viewers and waiting stories, none of which may write."""

from typing import Protocol

from sandbox.kube.status import StatusError
from sandbox.kube.store import Store
from sandbox.objects.kinds import Object


class View(Protocol):
    """Synchronous, so that a judge sees one moment. Resources are named by their plural; answers are read-only."""

    def list(self, plural: str, namespace: str = "", *, labels: str = "") -> list[Object]:
        """All that match; of all namespaces where none is given."""

    def get(self, plural: str, name: str, namespace: str = "") -> Object:
        """Raises KeyError where there is none."""

    async def catch_up(self) -> None:
        """Returns when nothing that was written before this call is missing from the view."""


class StoreView:
    """Of the simulated API server, which lives in this process: nothing is ever missing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, plural: str, namespace: str = "", *, labels: str = "") -> list[Object]:
        return self._store.list(plural, namespace, labels=labels)

    def get(self, plural: str, name: str, namespace: str = "") -> Object:
        try:
            return self._store.get(plural, name, namespace)
        except StatusError as error:
            raise KeyError(f"{plural} {namespace}/{name}") from error

    async def catch_up(self) -> None:
        """There is nothing to catch up with."""
