"""When a program that was started is ready for work."""

import ssl
from pathlib import Path

import httpx

from sandbox.real.daemon import Ready

_PATIENCE = 5.0  # seconds for one answer


def answers_ok(url: str, *, ca: Path | None = None, token: str = "") -> Ready:
    """Once a GET of `url` is a success."""
    verify = ssl.create_default_context(cafile=str(ca)) if ca else False
    headers = {"authorization": f"Bearer {token}"} if token else {}

    async def ready() -> bool:
        # Whatever proxy the machine uses, this is on loopback.
        async with httpx.AsyncClient(verify=verify, headers=headers, timeout=_PATIENCE, trust_env=False) as http:
            try:
                return (await http.get(url)).is_success
            except httpx.TransportError:
                return False

    return ready
