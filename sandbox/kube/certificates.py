"""A certificate authority of the sandbox's own, and what the API server shows to its clients."""

from pathlib import Path

import trustme

from sandbox.serving import Certificate


def issue(directory: Path) -> Certificate:
    """A new CA and a certificate for this machine's loopback names, as PEM files in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="sandbox")
    server = authority.issue_cert("127.0.0.1", "localhost", common_name="kube-apiserver")
    certificate = Certificate(cert=directory / "server.crt", key=directory / "server.key", ca=directory / "ca.crt")
    authority.cert_pem.write_to_path(str(certificate.ca))
    server.private_key_pem.write_to_path(str(certificate.key))
    certificate.cert.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    certificate.key.chmod(0o600)
    return certificate
