"""The cache of the sandbox's controllers, where an answer and the watch tell the same story in another order."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

from sandbox.controllers.informer import Informer
from sandbox.kube.client import KubeClient, WatchEvent


def _owner(version: int, uid: str = "u1") -> dict[str, Any]:
    return {"metadata": {"name": "owner", "namespace": "shop", "uid": uid, "resourceVersion": str(version)}}


class _Told:
    """A server that tells this, and then nothing more."""

    def __init__(self, *told: WatchEvent) -> None:
        self._told = told

    async def watch(self, _resource: str, **_options: bool) -> AsyncGenerator[WatchEvent, None]:
        for each in self._told:
            yield each
        await asyncio.Event().wait()


def _informed(*told: WatchEvent) -> Informer:
    """As it is when all has been told. An answer comes afterwards."""
    informer = Informer(cast("KubeClient", _Told(*told)), "replicasets")

    async def listen() -> None:
        running = asyncio.create_task(informer.run())
        await informer.synced.wait()
        running.cancel()

    asyncio.run(listen())
    return informer


def test_what_is_gone_does_not_come_back_with_the_answer_to_its_last_write() -> None:
    informer = _informed(WatchEvent("ADDED", _owner(1)), WatchEvent("DELETED", _owner(3)), WatchEvent("BOOKMARK", {}))
    informer.observe(_owner(2))
    assert informer.get("shop/owner") is None


def test_an_answer_that_comes_before_the_watch_is_taken_in() -> None:
    informer = _informed(WatchEvent("ADDED", _owner(1)), WatchEvent("BOOKMARK", {}))
    informer.observe(_owner(2))
    assert informer.get("shop/owner") == _owner(2)


def test_another_of_the_same_name_is_taken_in() -> None:
    informer = _informed(WatchEvent("ADDED", _owner(1)), WatchEvent("DELETED", _owner(3)), WatchEvent("BOOKMARK", {}))
    informer.observe(_owner(4, uid="u2"))
    assert informer.get("shop/owner") == _owner(4, uid="u2")
