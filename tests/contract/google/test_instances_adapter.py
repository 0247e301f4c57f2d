"""The product's question to Compute Engine, and what its session makes of every kind of answer."""

import time

import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials

from functions.adapters.google_session import GoogleSession
from functions.adapters.instances import ComputeInstances
from functions.errors import Refused, Retryable
from functions.model.google import Instance
from functions.model.names import InstanceRef
from sandbox.faults import Fault
from tests.contract.google.conftest import NODES, OPERATOR, STRANGER, Cloud
from tests.contract.google.session import credentials

MACHINE = InstanceRef(project="acme", zone="us-central1-a", name="node-a1")


def instances(cloud: Cloud, email: str = OPERATOR, *, seconds: float = 10) -> ComputeInstances:
    return ComputeInstances(GoogleSession(credentials(cloud, email), seconds=seconds), cloud.url)


def test_a_machine_as_compute_sees_it(cloud: Cloud) -> None:
    assert instances(cloud).get(MACHINE) == Instance(
        ref=MACHINE,
        id="1",
        status="RUNNING",
        service_account=NODES,
        scopes=("https://www.googleapis.com/auth/cloud-platform",),
    )


def test_what_a_machine_would_lose_is_named(cloud: Cloud) -> None:
    """A Spot machine its place, another one its local SSDs, or a disk that exists in two zones."""
    spot = instances(cloud).get(InstanceRef(project="acme", zone="us-central1-a", name="spot-a1"))
    cloud.machines["node-a1"].local_ssds = 2
    cloud.machines["node-a1"].regional_disks = ("pvc-1",)
    other = instances(cloud).get(MACHINE)

    assert spot
    assert other
    assert (spot.spot, spot.local_ssds, spot.regional_disks) == (True, (), ())
    assert (other.spot, other.local_ssds, other.regional_disks) == (False, ("local-ssd-0", "local-ssd-1"), ("pvc-1",))


@pytest.mark.parametrize(
    "project, zone, name",
    [
        ("acme", "us-central1-a", "node-a9"),
        ("acme", "us-central1-b", "node-a1"),
        ("acme", "..", "node-a1"),
        ("acme", "us-central1-a", "node-a1?alt=media"),
        ("acme", "us-central1-a", "node-a1%2freset"),
    ],
)
def test_a_machine_that_is_not_there_is_an_answer(cloud: Cloud, project: str, zone: str, name: str) -> None:
    assert instances(cloud).get(InstanceRef(project=project, zone=zone, name=name)) is None


@pytest.mark.parametrize("name", ["..", "node-a1?alt=media", "node-a1%2freset", "node a1", "Node-a1", ""])
def test_a_name_that_no_machine_can_have_is_not_asked_for(cloud: Cloud, name: str) -> None:
    assert instances(cloud).get(InstanceRef(project="acme", zone="us-central1-a", name=name)) is None
    assert not cloud.books.calls(api="compute")


def test_a_refusal_names_the_permission(cloud: Cloud) -> None:
    with pytest.raises(Refused, match=r"compute\.instances\.get"):
        instances(cloud, STRANGER).get(MACHINE)


def test_a_token_that_is_not_accepted_asks_for_no_permission(cloud: Cloud) -> None:
    class Renewed(Credentials):
        def refresh(self, request: object) -> None:  # noqa: ARG002 - google-auth hands it in
            self.token = cloud.token(OPERATOR)

    session = GoogleSession(Renewed(None))  # type: ignore[no-untyped-call] # ships no types
    cloud.faults.add(Fault(api="compute", status=401, times=99))
    with pytest.raises(Refused, match="the token of repull's own service account is not accepted") as refused:
        ComputeInstances(session, cloud.url).get(MACHINE)
    assert "needs" not in str(refused.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_may_pass_is_retryable(cloud: Cloud, status: int) -> None:
    cloud.faults.add(Fault(api="compute", status=status))
    with pytest.raises(Retryable, match=str(status)):
        instances(cloud).get(MACHINE)


def test_what_repeating_does_not_change_is_refused(cloud: Cloud) -> None:
    cloud.faults.add(Fault(api="compute", status=400))
    with pytest.raises(Refused, match="400"):
        instances(cloud).get(MACHINE)


def test_a_lost_answer_is_retryable(cloud: Cloud) -> None:
    cloud.faults.add(Fault(api="compute", drop=True))
    with pytest.raises(Retryable):
        instances(cloud).get(MACHINE)


def test_a_server_that_hangs_is_given_up(cloud: Cloud) -> None:
    cloud.faults.add(Fault(api="compute", delay=60))
    began = time.monotonic()
    with pytest.raises(Retryable):
        instances(cloud, seconds=0.3).get(MACHINE)
    assert time.monotonic() - began < 30


def test_a_metadata_server_that_gives_no_token_is_retryable(cloud: Cloud) -> None:
    class Tokenless(Credentials):
        def refresh(self, request: object) -> None:  # noqa: ARG002 - google-auth hands it in
            raise RefreshError("no token")  # type: ignore[no-untyped-call] # ships no types

    session = GoogleSession(Tokenless(None))  # type: ignore[no-untyped-call] # ships no types
    with pytest.raises(Retryable, match="no token"):
        ComputeInstances(session, cloud.url).get(MACHINE)
