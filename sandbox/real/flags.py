"""How the programs of the control plane are started: what makes them a small GKE, and what makes them quick."""

import json
from dataclasses import dataclass
from pathlib import Path

from sandbox.real.pki import Pki

_ISSUER = "https://kubernetes.default.svc"
_ETCD_BYTES = 8 * 1024**3  # etcd's advice for the most; of itself it takes 2 GiB, which a large fleet's history fills
_AUDIT_MEGABYTES = 100_000  # of itself it would begin another file after 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """How patient the control plane is, in seconds. What stands here is what Kubernetes does by itself."""

    node_monitor_grace: float = 50.0  # without a heartbeat until a node's Ready is Unknown
    node_monitor_period: float = 5.0
    not_ready_toleration: int = 300  # that every pod gets for a node that is not ready or unreachable
    event_ttl: float = 3600.0
    garbage_percent: int = 100  # no seconds: by how much a program's heap may grow until it is cleared (GOGC)


PRODUCTION = Timing()


_UNHELD = ("--kube-api-qps=500", "--kube-api-burst=500")
"""Of themselves these programs hold themselves up: for seconds at the start, and for minutes in a large fleet."""


def etcd(directory: Path, client: str, peers: str) -> list[str]:
    return [
        f"--data-dir={directory}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",  # nothing of it outlives the sandbox
        f"--quota-backend-bytes={_ETCD_BYTES}",
        "--log-level=warn",
    ]


def apiserver(
    *,
    directory: Path,
    pki: Pki,
    port: int,
    etcd: str,
    tokens: Path,
    authenticate: str,
    audit: Path,
    timing: Timing,
) -> list[str]:
    return [
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={pki.serving.cert}",
        f"--tls-private-key-file={pki.serving.key}",
        f"--client-ca-file={pki.ca}",
        f"--token-auth-file={tokens}",
        *_webhook(directory, authenticate),
        "--authorization-mode=Node,RBAC",
        # In addition to those that are on by themselves: as GKE and kubeadm have it.
        "--enable-admission-plugins=NodeRestriction",
        f"--service-account-key-file={pki.service_accounts}",
        f"--service-account-signing-key-file={pki.service_accounts}",
        f"--service-account-issuer={_ISSUER}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",  # a Service may not point at loopback; no pod calls this API
        f"--kubelet-client-certificate={pki.kubelet_client.cert}",
        f"--kubelet-client-key={pki.kubelet_client.key}",
        "--kubelet-preferred-address-types=InternalIP",  # else a node's name would be looked up in DNS
        "--allow-privileged=true",
        f"--default-not-ready-toleration-seconds={timing.not_ready_toleration}",
        f"--default-unreachable-toleration-seconds={timing.not_ready_toleration}",
        f"--event-ttl={timing.event_ttl:g}s",
        f"--audit-policy-file={_audit_policy(directory)}",
        f"--audit-log-path={audit}",
        f"--audit-log-maxsize={_AUDIT_MEGABYTES}",
    ]


def controller_manager(kubeconfig: Path, pki: Pki, timing: Timing) -> list[str]:
    return [
        f"--kubeconfig={kubeconfig}",
        "--leader-elect=false",
        "--use-service-account-credentials=true",  # each controller with its own role, as in production
        f"--service-account-private-key-file={pki.service_accounts}",
        f"--root-ca-file={pki.ca}",
        f"--node-monitor-grace-period={timing.node_monitor_grace:g}s",
        f"--node-monitor-period={timing.node_monitor_period:g}s",
        *_UNHELD,
        "--secure-port=0",
    ]


def scheduler(kubeconfig: Path, pki: Pki, port: int) -> list[str]:
    return [
        f"--kubeconfig={kubeconfig}",
        "--leader-elect=false",
        *_UNHELD,
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={pki.serving.cert}",
        f"--tls-private-key-file={pki.serving.key}",
    ]


def _webhook(directory: Path, url: str) -> list[str]:
    if not url:
        return []
    config = directory / "authentication.kubeconfig"
    named = {"name": "sandbox"}
    config.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [named | {"cluster": {"server": url}}],
                "users": [named | {"user": {}}],
                "contexts": [named | {"context": {"cluster": "sandbox", "user": "sandbox"}}],
                "current-context": "sandbox",
            }
        )
    )
    return [
        f"--authentication-token-webhook-config-file={config}",
        "--authentication-token-webhook-version=v1",
        "--authentication-token-webhook-cache-ttl=0s",
    ]


def _audit_policy(directory: Path) -> Path:
    policy = directory / "audit-policy.json"
    policy.write_text(
        json.dumps(
            {
                "apiVersion": "audit.k8s.io/v1",
                "kind": "Policy",
                "omitStages": ["RequestReceived"],
                "rules": [{"level": "Metadata"}],
            }
        )
    )
    return policy
