"""Does a pod fit on the machine it was bound to? The kubelet looks for itself; whoever bound it may not have."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.machines.hardware import Hardware
from sandbox.objects.kinds import Object
from sandbox.objects.quantities import MEASURED, requests, units


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejection:
    reason: str
    message: str


def reject(pod: Object, tenants: Iterable[Object], hardware: Hardware) -> Rejection | None:
    """Why the kubelet will not take it; None where it fits beside `tenants`."""
    tenants = list(tenants)
    wanted, used = requests(pod), [requests(tenant) for tenant in tenants]
    capacity = {"cpu": units("cpu", hardware.cpu), "memory": units("memory", hardware.memory)}
    if len(tenants) + 1 > hardware.pods:
        return _rejection("pods", 1, len(tenants), hardware.pods)
    for resource in MEASURED:
        taken = sum(each[resource] for each in used)
        if wanted[resource] > capacity[resource] - taken and wanted[resource]:
            return _rejection(resource, wanted[resource], taken, capacity[resource])
    return None


def _rejection(resource: str, wanted: int, used: int, capacity: int) -> Rejection:
    detail = f"{resource}, requested: {wanted}, used: {used}, capacity: {capacity}"
    return Rejection(reason=f"OutOf{resource}", message=f"Node didn't have enough resource: {detail}")
