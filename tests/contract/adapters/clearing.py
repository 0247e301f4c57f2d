"""Takes everything away that a test may have made, so that the next one meets none of it, not even later.

A controller works from a cache that lags: one whose object is deleted may still make a pod for it when everything
was found to be gone. So each is told before that its object wants nothing, and must have said that it knows.
"""

import asyncio
import time
from contextlib import suppress
from typing import Any

from sandbox.kube import KubeClient
from sandbox.kube.client import ApiError

Object = dict[str, Any]

_NOWHERE = {"template": {"spec": {"nodeSelector": {"cleared": "away"}}}}
# Whatever makes others of these stands before them: when it wants nothing, it asks them for nothing.
_IDLE: dict[str, Object] = {
    "deployments": {
        "replicas": 0,
        "paused": True,
    },  # paused, it replaces no ReplicaSet that goes
    "statefulsets": {"replicas": 0},
    "daemonsets": _NOWHERE,
    "replicasets": {"replicas": 0},
}
_MADE = (
    ("deployments", "statefulsets", "daemonsets", "noderefreshes"),
    ("replicasets", "poddisruptionbudgets", "pods", "nodes", "volumeattachments", "events"),
    ("persistentvolumeclaims",),
)
_NAMED = (
    ("leases", "repull", "repull"),
    ("configmaps", "state", "repull"),
    ("configmaps", "stopped", "repull"),
    ("serviceaccounts", "ocr", "default"),
)
_PATIENCE = 50  # seconds


async def clear(admin: KubeClient) -> None:
    """Raises AssertionError where something stays."""
    end = time.monotonic() + _PATIENCE
    await _remove_all(admin, "horizontalpodautoscalers")  # whose controller asks for replicas
    for plural, idle in _IDLE.items():
        await asyncio.gather(*(_quiet(admin, plural, each, idle, end) for each in await admin.list(plural)))
    for plurals in _MADE:
        await asyncio.gather(*(_remove_all(admin, plural) for plural in plurals))
    await asyncio.gather(*(_remove(admin, *each) for each in _NAMED))
    for plural in (*_MADE[0], "replicasets", "pods", "nodes"):
        while left := await admin.list(plural):
            assert time.monotonic() < end, f"{plural} {[each['metadata']['name'] for each in left]} stay"
            await asyncio.sleep(0.02)


async def _quiet(admin: KubeClient, plural: str, obj: Object, idle: Object, end: float) -> None:
    """A controller works on an object once at a time: when it says what it has seen, all that it did before is done."""
    name, namespace = obj["metadata"]["name"], obj["metadata"]["namespace"]
    with suppress(ApiError):  # it may be gone by now
        asked = await admin.patch(plural, name, {"spec": idle}, namespace)
        while (asked.get("status") or {}).get("observedGeneration", 0) < asked["metadata"]["generation"]:
            assert time.monotonic() < end, f"the controller of {plural} {name} has not seen that it wants nothing"
            await asyncio.sleep(0.02)
            asked = await admin.get(plural, name, namespace)


async def _remove_all(admin: KubeClient, plural: str) -> None:
    found = [each["metadata"] for each in await admin.list(plural)]
    await asyncio.gather(*(_remove(admin, plural, each["name"], each.get("namespace", "")) for each in found))


async def _remove(admin: KubeClient, plural: str, name: str, namespace: str) -> None:
    with suppress(ApiError):  # it may be gone by now, or never have been
        await admin.patch(plural, name, {"metadata": {"finalizers": None}}, namespace)
        await admin.delete(plural, name, namespace, grace=0)
