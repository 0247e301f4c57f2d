"""What stands in the configuration files of a machine's programs. Pure.

The paths are those that the machine sees: `boot.sh` puts them there.
"""

import json
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from sandbox.machines.hardware import Hardware

ETC = "/run/machine"  # where the machine finds its configuration
PAUSE = "registry.k8s.io/pause:3.10"
_CREDENTIALS = "node-credentials"
_PRESSURE = ("memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree")
_NODES_IDENTITY = ("gcr.io", "*.gcr.io", "*.pkg.dev")  # the hosts that get the node's own token


def containerd(*, shim: Path, runc: Path, cni: Path) -> str:
    """Its config.toml."""
    runtime = 'plugins."io.containerd.cri.v1.runtime"'
    images = 'plugins."io.containerd.cri.v1.images"'
    return f"""version = 3

[{runtime}]
restrict_oom_score_adj = true # without CAP_SYS_RESOURCE runc may not lower it, and no sandbox would start

[{runtime}.cni]
bin_dirs = ["{cni}"]
conf_dir = "{ETC}/cni"

[{runtime}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
runtime_path = "{shim}"

[{runtime}.containerd.runtimes.runc.options]
BinaryName = "{runc}"
SystemdCgroup = false

[{images}.pinned_images]
sandbox = "{PAUSE}"

[{images}.registry]
config_path = "{ETC}/certs.d"

[plugins."io.containerd.internal.v1.opt"]
path = "/var/lib/containerd/opt" # not /opt, which is the host's

[plugins."io.containerd.metadata.v1.bolt"]
no_sync = true # the disk outlives the machine's power, not the host's
"""


def registry_hosts(registry_url: str) -> str:
    """hosts.toml, for all there are: one mirror, which is told the real host in `?ns=`, and nothing behind it."""
    return f'server = "{registry_url}"\ncapabilities = ["pull", "resolve"]\n'


def network(pods: IPv4Network) -> str:
    """The CNI configuration: each pod at the end of a wire of its own."""
    return _json(
        {
            "cniVersion": "1.0.0",
            "name": "pods",
            "plugins": [{"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": str(pods)}]]}}],
        }
    )


def credential_provider() -> str:
    """Whom the kubelet asks for credentials: a plugin that gives out the node's token, again for each pull."""
    return _json(
        {
            "apiVersion": "kubelet.config.k8s.io/v1",
            "kind": "CredentialProviderConfig",
            "providers": [
                {
                    "name": _CREDENTIALS,
                    "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                    "matchImages": _NODES_IDENTITY,
                    "defaultCacheDuration": "0s",
                }
            ],
        }
    )


def credential_plugin() -> str:
    """The plugin. Its token is whatever the machine holds at this moment."""
    auth = {host: {"username": "_token", "password": "TOKEN"} for host in _NODES_IDENTITY}
    answer = json.dumps(
        {
            "kind": "CredentialProviderResponse",
            "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
            "cacheKeyType": "Registry",
            "cacheDuration": "0s",
            "auth": auth,
        }
    )
    return f"#!/bin/sh\nexec sed \"s/TOKEN/$(cat {ETC}/token)/g\" <<'END'\n{answer}\nEND\n"


def kubelet(hardware: Hardware, *, address: str, cgroup: str) -> str:
    """Its KubeletConfiguration. It listens on `address`, and does as it is told by whom the API server vouches for."""
    return _json(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
            "address": address,
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": f"{ETC}/ca.crt"},
            },
            "authorization": {"mode": "Webhook"},
            "readOnlyPort": 0,
            "healthzPort": 0,
            "providerID": hardware.provider_id,
            "registerWithTaints": [dict(taint) for taint in hardware.node_taints],
            "maxPods": hardware.pods,
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{cgroup}",  # under one root, two kubelets would kill each other's pods
            "enforceNodeAllocatable": [],
            "failCgroupV1": False,
            "failSwapOn": False,
            "makeIPTablesUtilChains": False,
            # Memory and disk are the host's, and how full those are is not the machine's trouble.
            "evictionHard": dict.fromkeys(_PRESSURE, "0%"),
            "imageGCHighThresholdPercent": 100,
            "volumePluginDir": "/var/lib/kubelet/volumeplugins",
            "clusterDNS": ["10.96.0.10"],
            "clusterDomain": "cluster.local",
        }
    )


def kubelet_arguments(hardware: Hardware, *, address: str) -> tuple[str, ...]:
    """What its configuration file has no field for."""
    labels = ",".join(f"{key}={value}" for key, value in hardware.labels.items())
    return (
        f"--config={ETC}/kubelet.json",
        f"--kubeconfig={ETC}/kubeconfig",
        f"--hostname-override={hardware.name}",
        f"--node-ip={address}",
        f"--node-labels={labels}",
        f"--image-credential-provider-config={ETC}/credentials.json",
        f"--image-credential-provider-bin-dir={ETC}/bin",
    )


def _json(content: dict[str, Any]) -> str:
    """Which is YAML too."""
    return json.dumps(content, indent=2)
