"""The Node object of a machine, as its kubelet writes it. Pure."""

from sandbox.kube import times
from sandbox.machines.hardware import CONTAINERD, KUBELET, Hardware
from sandbox.machines.kubeletserver import ADDRESS
from sandbox.objects.conditions import with_condition
from sandbox.objects.kinds import Object

_HEALTHY = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)


def new_node(hardware: Hardware, *, boot_id: str, machine_id: str, port: int) -> Object:
    """What a kubelet registers where there is none of its name: not cordoned, nobody's annotations, not ready."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": hardware.name, "labels": hardware.labels},
        "spec": {"providerID": hardware.provider_id, "taints": list(map(dict, hardware.node_taints))},
        "status": node_status(hardware, boot_id=boot_id, machine_id=machine_id, port=port, before=None, ready=False),
    }


def node_status(
    hardware: Hardware, *, boot_id: str, machine_id: str, port: int, before: Object | None, ready: bool
) -> Object:
    """Its status now. `before` is the Node as it was, for the transition times; its kubelet answers on `port`."""
    beat = times.seconds(times.now())
    conditions = ((before or {}).get("status") or {}).get("conditions") or []
    for kind, reason, message in _HEALTHY:
        conditions = with_condition(conditions, kind, "False", reason=reason, message=message, lastHeartbeatTime=beat)
    if ready:
        why = {"reason": "KubeletReady", "message": "kubelet is posting ready status"}
    else:
        why = {"reason": "KubeletNotReady", "message": "[container runtime status check may not have completed yet]"}
    conditions = with_condition(conditions, "Ready", "True" if ready else "False", **why, lastHeartbeatTime=beat)
    return {
        "capacity": {"cpu": hardware.cpu, "memory": hardware.memory, "pods": str(hardware.pods)},
        "allocatable": {"cpu": hardware.cpu, "memory": hardware.memory, "pods": str(hardware.pods)},
        "conditions": conditions,
        "addresses": [
            {"type": "InternalIP", "address": ADDRESS},
            {"type": "Hostname", "address": hardware.name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        "nodeInfo": {
            "machineID": machine_id,
            "systemUUID": machine_id,
            "bootID": boot_id,
            "kernelVersion": "6.12.46+",
            "osImage": "Container-Optimized OS from Google",
            "containerRuntimeVersion": CONTAINERD,
            "kubeletVersion": KUBELET,
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": hardware.architecture,
        },
    }
