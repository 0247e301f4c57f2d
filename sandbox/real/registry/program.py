"""docker-registry as a process, with token authentication and a directory for its images."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.real.daemon import Daemon
from sandbox.real.readiness import answers_ok
from sandbox.real.registry.signing import ISSUER, SERVICE, Signer
from sandbox.reservation import Reservation


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """It runs. `log` is its own: who was given what, as it saw it."""

    url: str
    log: Path
    signer: Signer


@asynccontextmanager
async def docker_registry(directory: Path) -> AsyncIterator[Program]:
    """One that answers; at the end it runs no more, and its log is still there."""
    reservation = Reservation()
    url = f"http://127.0.0.1:{reservation.port}"
    signer, settings = _prepare(directory, reservation.port)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}  # would win
    daemon = Daemon("docker-registry", ["docker-registry", "serve", settings], directory=directory, environ=environ)
    try:
        await daemon.start(answers_ok(f"{url}/v2/", token=signer.token("readiness")))
        yield Program(url=url, log=daemon.log, signer=signer)
    finally:
        await daemon.stop()
        reservation.release()


def _prepare(directory: Path, port: int) -> tuple[Signer, Path]:
    """Whom it trusts, and its configuration's path."""
    directory.mkdir(parents=True, exist_ok=True)
    trusted, settings = directory / "trusted.crt", directory / "config.yml"
    settings.write_text(yaml.safe_dump(_settings(port, directory / "images", trusted)))
    return Signer.trusted_by(trusted), settings


def _settings(port: int, images: Path, trusted: Path) -> dict[str, object]:
    return {
        "version": "0.1",
        # At "debug" alone it says whose request it was that it answered.
        "log": {"level": "debug", "formatter": "json", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(images)},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": f"127.0.0.1:{port}", "secret": secrets.token_hex(16)},
        "auth": {
            "token": {
                "realm": "http://registry.invalid/v2/token",  # the front has the real one, and asks with a token
                "service": SERVICE,
                "issuer": ISSUER,
                "rootcertbundle": str(trusted),
            }
        },
    }
