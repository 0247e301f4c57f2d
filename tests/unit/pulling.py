"""Containers that wait for their image, and a world that waits for nobody."""

from dataclasses import replace
from typing import Any

from functions.model.cluster import Container
from tests.unit.diagnosing import DENIED, SETTINGS, World
from tests.unit.make import IMAGE

BACK_OFF = f'Back-off pulling image "{IMAGE}"'
OTHER = "us-central1-docker.pkg.dev/acme-prod/apps/other:v1"


def waiting(name: str, image: str = str(IMAGE), message: str = DENIED, **fields: Any) -> Container:
    return Container(name=name, image=image, waiting_reason="ErrImagePull", waiting_message=message, **fields)


def patient(**fields: Any) -> World:
    """A world in which nobody waits for IAM to propagate."""
    return World(settings=replace(SETTINGS, propagation_seconds=0), **fields)
