"""Writes Kubernetes objects straight into a control plane's etcd, as they are to be found there.

Asking the API server for each of 150,000 pods, and then for its status, would take most of an hour on two cores, and
prove nothing: what counts is how a cluster of that size answers. The API server reads JSON as well as its own encoding:
it decodes by content, and custom resources are stored as JSON.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import httpx

from sandbox.objects.kinds import Object

_FOLDERS = {"Node": "minions", "Pod": "pods"}
_AT_ONCE = 100  # objects in one transaction: etcd takes 128
_WRITERS = 4
_SECONDS = 60.0
_TELL_EVERY = 20_000  # objects


async def write(url: str, objects: Iterable[Object], say: Callable[[str], None]) -> None:
    """All of them; `say` is told how far it is."""
    waiting = iter(objects)
    written = 0

    async def writer(http: httpx.AsyncClient) -> None:
        nonlocal written
        while batch := list(islice(waiting, _AT_ONCE)):
            transaction = {"success": [{"requestPut": put} for put in _puts(batch)]}
            (await http.post("/v3/kv/txn", content=json.dumps(transaction))).raise_for_status()
            written += len(batch)
            if written % _TELL_EVERY == 0:
                say(f"  {written:,} objects are written")

    async with httpx.AsyncClient(base_url=url, timeout=_SECONDS, trust_env=False) as http, asyncio.TaskGroup() as group:
        for _ in range(_WRITERS):
            group.create_task(writer(http))


def _puts(objects: Iterable[Object]) -> Iterator[dict[str, str]]:
    for each in objects:
        metadata = each["metadata"]
        steps = ("", "registry", _FOLDERS[each["kind"]], metadata.get("namespace", ""), metadata["name"])
        key = "/" + "/".join(filter(None, steps))
        yield {"key": _encoded(key), "value": _encoded(json.dumps(each, separators=(",", ":")))}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
