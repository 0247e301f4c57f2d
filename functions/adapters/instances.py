"""Machines as Compute Engine sees them, by REST: google-cloud-compute is far too heavy for what only reads."""

import re
from typing import Any

from functions.adapters.google_session import GoogleSession
from functions.model.google import Instance
from functions.model.names import InstanceRef

PERMISSIONS = frozenset({"compute.instances.get"})

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?")
_REGIONAL = re.compile(r".*/regions/[^/]+/disks/([^/]+)")


class ComputeInstances:
    """`ports.Instances`."""

    def __init__(self, session: GoogleSession, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    def get(self, ref: InstanceRef) -> Instance | None:
        """None where there is none; a name that no machine can have (a Node object may say anything) is none."""
        if not all(_NAME.fullmatch(part) for part in (ref.project, ref.zone, ref.name)):
            return None
        path = f"projects/{ref.project}/zones/{ref.zone}/instances/{ref.name}"
        found = self._session.get(f"{self._endpoint}/compute/v1/{path}", permission="compute.instances.get")
        return _instance(ref, found) if found is not None else None


def _instance(ref: InstanceRef, found: dict[str, Any]) -> Instance:
    """A machine has at most one service account (its API's own limit)."""
    account: dict[str, Any] = next(iter(found.get("serviceAccounts") or ()), {})
    scheduling, disks = found.get("scheduling") or {}, found.get("disks") or ()
    return Instance(
        ref=ref,
        id=str(found.get("id", "")),
        status=str(found.get("status", "")),
        service_account=str(account.get("email", "")),
        scopes=tuple(account.get("scopes") or ()),
        spot=scheduling.get("provisioningModel") == "SPOT" or bool(scheduling.get("preemptible")),
        local_ssds=tuple(str(disk.get("deviceName", "")) for disk in disks if disk.get("type") == "SCRATCH"),
        regional_disks=tuple(name[1] for disk in disks if (name := _REGIONAL.fullmatch(str(disk.get("source", ""))))),
    )
