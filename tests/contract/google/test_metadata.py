"""The metadata server, found by google.auth.default() in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.google.metadata import MetadataServer
from sandbox.serving import Served, serve
from tests.contract.google.conftest import OPERATOR, Cloud

PROGRAM = """
import json
import google.auth
from google.auth.transport.requests import Request
credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials.refresh(Request())
print(json.dumps([project, credentials.service_account_email, credentials.token, credentials.universe_domain]))
"""


@pytest.fixture
def metadata(cloud: Cloud) -> Iterator[Served]:
    server = MetadataServer(email=OPERATOR, project="acme", identities=cloud.identities, front=cloud.front)
    served = cloud.background.run(serve(server.app))
    yield served
    cloud.background.run(served.stop())


def default_credentials(metadata: Served, home: Path) -> list[str]:
    address = f"127.0.0.1:{metadata.port}"
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CLOUDSDK_CONFIG": str(home),
        "GCE_METADATA_HOST": address,
        "GCE_METADATA_IP": address,
    }
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_default_credentials_are_those_of_the_workload(cloud: Cloud, metadata: Served, tmp_path: Path) -> None:
    project, email, token, universe = default_credentials(metadata, tmp_path)
    assert (project, email, universe) == ("acme", OPERATOR, "googleapis.com")
    assert cloud.identities.who(token) == OPERATOR


def test_a_token_is_kept_until_it_is_revoked(cloud: Cloud, metadata: Served, tmp_path: Path) -> None:
    first, again = (default_credentials(metadata, tmp_path)[2] for _ in range(2))
    assert first == again
    cloud.identities.revoke(first)
    fresh = default_credentials(metadata, tmp_path)[2]
    assert fresh != first
    assert cloud.identities.who(fresh) == OPERATOR


def test_every_question_is_in_the_books_and_can_fail(cloud: Cloud, metadata: Served, tmp_path: Path) -> None:
    cloud.faults.add(Fault(api="metadata", resource="token", status=503))
    default_credentials(metadata, tmp_path)  # google-auth retries
    assert [call.status for call in cloud.books.calls(api="metadata", resource="token")] == [503, 200]
