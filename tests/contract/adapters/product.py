"""The product's adapters of one cluster, with the identity of one of its functions."""

from pathlib import Path

import pytest
from google.auth.credentials import Credentials

from functions.adapters import kube_events, kube_transport
from functions.adapters.clock import WallClock
from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_transport import READ_SECONDS, Transport, server
from functions.adapters.tokens import Tokens
from functions.assembly import connected
from functions.model.names import ClusterKey
from functions.ports import Cluster
from sandbox import deployment
from sandbox.identities import Identities

KEY = ClusterKey.parse(deployment.CLUSTER_KEY)


def email(account: str) -> str:
    """By which GKE knows one of the functions' service accounts."""
    return f"{account}@{deployment.PROJECT}.iam.gserviceaccount.com"


EMAIL = email("repull-refresh")


class Issued(Credentials):
    """Credentials whose every refresh is a new token of the sandbox, as from a metadata server."""

    def __init__(self, identities: Identities, account: str = EMAIL) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth leaves it so
        self.identities = identities
        self.account = account
        self.refreshes = 0

    def refresh(self, request: object) -> None:  # noqa: ARG002 - google-auth hands it in
        self.refreshes += 1
        self.token = self.identities.issue(self.account)


def adapters(*, url: str, ca: Path, tokens: Tokens, read_seconds: float = READ_SECONDS) -> tuple[KubeApi, Cluster]:
    """Everything of one cluster, as the bootstrap puts it together."""
    transport = Transport(server(url, ca.read_text()), tokens, read_seconds=read_seconds)
    return KubeApi(transport), connected(KEY, transport, WallClock())


def take_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may be slow to take an Event, or a connection, and nobody asks here how soon that is too late."""
    monkeypatch.setattr(kube_events, "SECONDS", 30.0)
    monkeypatch.setattr(kube_transport, "CONNECT_SECONDS", 30.0)
