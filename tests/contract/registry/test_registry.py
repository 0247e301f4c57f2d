"""The registry as something that can fail, and that keeps books."""

import httpx
import pytest

from sandbox.faults import Fault
from tests.contract.registry.conftest import MANIFEST, NODES, WORKER, Lab, error


def test_an_outage_refuses_connections_on_the_same_port(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    readable.background.run(readable.registry.down())
    with pytest.raises(httpx.ConnectError):
        readable.http.head(MANIFEST)
    readable.background.run(readable.registry.up())
    assert readable.http.head(MANIFEST, headers=readable.basic()).status_code == 200


@pytest.mark.parametrize("status, code", [(429, "TOOMANYREQUESTS"), (503, "UNAVAILABLE"), (500, "UNKNOWN")])
def test_a_fault_answers_in_the_registrys_words(readable: Lab, status: int, code: str) -> None:
    readable.catalog.push(WORKER)
    readable.faults.add(Fault(api="registry", resource="manifests", status=status, headers={"Retry-After": "7"}))
    refused = readable.http.get(MANIFEST, headers=readable.basic())
    assert error(refused)[:2] == (status, code)
    assert refused.headers["retry-after"] == "7"


def test_an_answer_can_be_lost(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    readable.faults.add(Fault(api="registry", resource="manifests", drop=True))
    with pytest.raises(httpx.RemoteProtocolError):
        readable.fetch("manifests", "v1")
    assert readable.fetch("manifests", "v1").status_code == 200
    assert [call.status for call in readable.books.calls(resource="manifests")] == [0, 200]


def test_what_is_not_modelled_says_so(readable: Lab) -> None:
    refused = readable.http.get("/v2/acme/apps/worker/tags/list", headers=readable.basic())
    assert error(refused) == (501, "UNSUPPORTED", "GET /v2/acme/apps/worker/tags/list is not modelled by the sandbox")
    assert readable.http.put(MANIFEST, headers=readable.basic()).status_code == 501


def test_a_name_that_is_too_short_is_invalid(readable: Lab) -> None:
    asked = readable.http.get("/v2/acme/apps/manifests/v1", headers=readable.basic())
    assert error(asked) == (400, "NAME_INVALID", "Missing image name.")


def test_every_answer_says_which_protocol_it_speaks(lab: Lab) -> None:
    for url in ("/v2/", "/v2/token", MANIFEST):
        assert lab.http.get(url).headers["docker-distribution-api-version"] == "registry/2.0"


def test_the_books_say_who_asked_for_what(readable: Lab) -> None:
    pushed = readable.catalog.push(WORKER)
    bearer = {"Authorization": f"Bearer {readable.token(readable.basic())}"}
    readable.http.head(MANIFEST)
    readable.http.head(MANIFEST, headers=bearer)
    readable.http.get(f"/v2/acme/apps/worker/manifests/{pushed}", headers=bearer)
    readable.http.get("/v2/acme/apps/worker/manifests/v2", headers=bearer)
    written = [
        (call.user, call.verb, call.resource, call.name, call.status) for call in readable.books.calls(api="registry")
    ]
    assert written == [
        (NODES, "get", "token", "", 200),
        ("", "head", "manifests", "acme/apps/worker:v1", 401),
        (NODES, "head", "manifests", "acme/apps/worker:v1", 200),
        (NODES, "get", "manifests", f"acme/apps/worker@{pushed}", 200),
        (NODES, "get", "manifests", "acme/apps/worker:v2", 404),
    ]
