"""The keys of a control plane: an authority, what the API server shows to others, and what signs its tokens."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPair:
    """Paths of PEM files."""

    cert: Path
    key: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Pki:
    ca: Path
    serving: KeyPair
    kubelet_client: KeyPair  # with which the API server reads logs from a kubelet
    service_accounts: Path  # a private key; the public one is in it


def issue(directory: Path) -> Pki:
    """A new authority, and all that it vouches for."""
    directory.mkdir(mode=0o700)
    authority = trustme.CA(organization_name="sandbox")
    ca = directory / "ca.crt"
    authority.cert_pem.write_to_path(str(ca))
    serving = authority.issue_cert("127.0.0.1", "localhost", common_name="kube-apiserver")
    # The names are kubeadm's; the group lets it call every kubelet that trusts the authority.
    client = authority.issue_cert(
        "kube-apiserver", common_name="kube-apiserver-kubelet-client", organization_name="system:masters"
    )
    signing = authority.issue_cert("service-accounts")
    return Pki(
        ca=ca,
        serving=_write(directory, "serving", serving),
        kubelet_client=_write(directory, "kubelet-client", client),
        service_accounts=_write(directory, "service-accounts", signing).key,
    )


def _write(directory: Path, name: str, leaf: trustme.LeafCert) -> KeyPair:
    pair = KeyPair(cert=directory / f"{name}.crt", key=directory / f"{name}.key")
    pair.cert.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    pair.key.touch(mode=0o600)
    leaf.private_key_pem.write_to_path(str(pair.key))
    return pair
