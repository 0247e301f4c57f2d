"""Where an API server answers, and how to recognise it."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.kube.client import KubeClient


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    url: str
    ca: Path  # PEM

    def connect(self, token: str) -> KubeClient:
        """A client that speaks with this bearer token; whoever asks for it closes it."""
        return KubeClient(url=self.url, ca=self.ca, token=token)
