"""The Lease by which one refresh at a time is at work in a cluster.

It is never taken by expiry: whether its holder is over or gone is read from that holder's NodeRefresh.
"""

from typing import Any

from functions.adapters import kube_times
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_resources import LEASES
from functions.errors import Conflict, NotFound, Retryable
from functions.ownership import NAMESPACE
from functions.ports import Clock, Guard, unguarded
from functions.racing import ATTEMPTS, apart

PERMISSIONS = LEASES.may("get", "create", "update")

NAME = "repull"


class KubeLeases:
    """`ports.Leases` over the API."""

    def __init__(self, api: KubeApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def take(self, holder: str, guard: Guard = unguarded) -> str:
        for lost in range(1, ATTEMPTS + 1):
            found = self._api.get(LEASES, NAME, namespace=NAMESPACE)
            current = _holder(found)
            if current and current != holder:
                return current
            guard()
            try:
                self._write(found, holder)
            except (Conflict, NotFound):
                self._clock.pause(apart(lost))
            else:
                return holder
        raise Retryable(f"taking the lease for {holder}: lost {ATTEMPTS} races in a row")

    def holder(self) -> str:
        return _holder(self._api.get(LEASES, NAME, namespace=NAMESPACE))

    def steal(self, holder: str, *, from_holder: str) -> bool:
        found = self._api.get(LEASES, NAME, namespace=NAMESPACE)
        if _holder(found) not in ("", holder, from_holder):
            return False
        try:
            self._write(found, holder)
        except (Conflict, NotFound):
            return False
        return True

    def release(self, holder: str) -> None:
        for lost in range(1, ATTEMPTS + 1):
            found = self._api.get(LEASES, NAME, namespace=NAMESPACE)
            if found is None or _holder(found) != holder:
                return
            try:
                self._write(found, "")
            except NotFound:
                return
            except Conflict:
                self._clock.pause(apart(lost))
            else:
                return
        raise Retryable(f"releasing the lease of {holder}: lost {ATTEMPTS} races in a row")

    def _write(self, found: Object | None, holder: str) -> None:
        """Create the lease, or write it against the version that was read."""
        now = kube_times.micro(self._clock.now())
        before: dict[str, Any] = (found or {}).get("spec") or {}
        spec = {**before, "renewTime": now}
        if _holder(found) != holder:
            spec |= {
                "acquireTime": now,
                "leaseTransitions": (before.get("leaseTransitions") or 0) + (found is not None),
            }
            spec["holderIdentity"] = holder or None
        lease = {
            "apiVersion": LEASES.api_version,
            "kind": "Lease",
            "metadata": {"namespace": NAMESPACE, "name": NAME},
            **(found or {}),
            "spec": spec,
        }
        if found is None:
            self._api.create(LEASES, lease, namespace=NAMESPACE)
        else:
            self._api.replace(LEASES, lease, namespace=NAMESPACE)


def _holder(lease: Object | None) -> str:
    return ((lease or {}).get("spec") or {}).get("holderIdentity") or ""
