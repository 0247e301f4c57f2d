"""Registry tokens that docker-registry accepts: JSON Web Tokens, signed with the key of a certificate that it trusts.

The claims are those of https://distribution.github.io/distribution/spec/auth/jwt/.
"""

import secrets
import time
from pathlib import Path
from typing import Self

import trustme
from google.auth import jwt
from google.auth.crypt import ES256Signer

from sandbox.registry.credentials import LIFETIME_SECONDS

ISSUER = SERVICE = "sandbox"


class Signer:
    """Signs with a key that nobody else has ever seen."""

    def __init__(self, private_key: bytes, certificate: str) -> None:
        """Both in PEM."""
        self._signer = ES256Signer.from_string(private_key)
        self._chain = [certificate.split("-----")[2].replace("\n", "")]  # PEM's body is the header's base64

    @classmethod
    def trusted_by(cls, bundle: Path) -> Self:
        """A new one, whose certificate is written to `bundle`."""
        authority = trustme.CA(organization_name="sandbox")
        authority.cert_pem.write_to_path(str(bundle))
        return cls(authority.private_key_pem.bytes(), authority.cert_pem.bytes().decode())

    def token(self, subject: str, repository: str = "", *actions: str) -> str:
        """For `subject`, who may do these things to this repository and nothing else."""
        issued = int(time.time())
        access = [{"type": "repository", "name": repository, "actions": actions}] if repository else []
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": subject,
            "iat": issued,
            "nbf": issued,
            "exp": issued + LIFETIME_SECONDS,
            "jti": secrets.token_hex(8),
            "access": access,
        }
        token: bytes = jwt.encode(self._signer, claims, header={"x5c": self._chain})  # type: ignore[no-untyped-call] # ships no types
        return token.decode()
