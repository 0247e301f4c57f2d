"""The simulators against Google's discovery documents: no route, parameter or field that Google does not know.

The `cloud` of every test here and next door is inspected so; this file sees to it that nothing is left out, and that
the inspector would notice.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.google.hierarchy import ORGANIZATION
from sandbox.google.inventory import Operation
from sandbox.serving import serve
from tests.background import Background
from tests.contract.google import discovery
from tests.contract.google.conftest import NODES, OPERATOR, REPOSITORY, Cloud
from tests.contract.google.inspector import Inspector
from tests.contract.google.session import session

ZONE = "/compute/v1/projects/acme/zones/us-central1-a"
INSTANCE = f"{ZONE}/instances/node-a1"
GROUP = f"{ZONE}/instanceGroupManagers/some-group"


def modelled(cloud: Cloud) -> Iterator[tuple[str, str]]:
    """Every route of the simulators, with a name where its path has a parameter; without the one for all the rest."""
    for route in cloud.apis.app.routes:
        assert isinstance(route, Route)
        if route.path != "/{path:path}":
            [verb] = (route.methods or set()) - {"HEAD"}
            yield verb, re.sub(r"\{[^}]+\}", "some-name", route.path)


def test_every_route_is_a_method_of_googles(cloud: Cloud) -> None:
    routes = list(modelled(cloud))
    assert len(routes) > 10
    assert [route for route in routes if discovery.find(*route) is None] == []


def test_every_method_answers_what_google_would(cloud: Cloud) -> None:
    cloud.catalog.push("us-central1-docker.pkg.dev/acme/apps/worker:v1")
    for role in ("roles/artifactregistry.reader", "roles/logging.logWriter", "roles/logging.viewer"):
        cloud.policies.grant(f"serviceAccount:{OPERATOR}", role, "projects/acme")
    ask = session(cloud)

    def call(verb: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer: requests.Response = ask.request(verb, f"{cloud.url}{path}", json=body)  # type: ignore[no-untyped-call] # ships no types
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    cloud.background.loop.call_soon_threadsafe(cloud.machines["node-a1"].power_off.set)
    group = f"{ZONE}/instanceGroupManagers/{cloud.inventory.clusters[0].groups()[0].name}"
    request_id = "5f4dcc3b-5aa7-65d6-1d83-27deb882cf99"
    call("GET", INSTANCE)
    operation = call("POST", f"{INSTANCE}/reset?requestId={request_id}")["name"]
    call("POST", f"{ZONE}/operations/{operation}/wait")
    call("GET", f"{ZONE}/operations/{operation}")
    call("GET", f'{ZONE}/operations?filter=clientOperationId = "{request_id}"')
    call("GET", group)
    call("POST", f"{group}/listManagedInstances")
    instance = {"instances": ["zones/us-central1-a/instances/node-a1"]}
    call("POST", f"{group}/stopInstances", instance)
    cloud.until(lambda: cloud.machines["node-a1"].status == "TERMINATED")
    for verb in ("startInstances", "recreateInstances"):
        call("POST", f"{group}/{verb}?requestId={request_id}", instance)
    call("GET", "/v1/projects/acme/locations/us-central1/clusters/prod")
    cloud.inventory.clusters[0].operations.append(Operation(kind="UPGRADE_NODES", pool="spot"))
    call("GET", "/v1/projects/acme/locations/us-central1/operations")
    resource = {"principal": NODES, "fullResourceName": f"//artifactregistry.googleapis.com/{REPOSITORY}"}
    permission = "artifactregistry.repositories.downloadArtifacts"
    call("POST", "/v3/iam:troubleshoot", {"accessTuple": {**resource, "permission": permission}})
    call("GET", f"/v1/{REPOSITORY}")
    call("GET", f"/v1/{REPOSITORY}:getIamPolicy?options.requestedPolicyVersion=3")
    cloud.policies.hierarchy.place("projects/acme", "folders/7")
    for level in ("projects/acme", "folders/7", ORGANIZATION):
        call("POST", f"/v3/{level}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
    call("GET", "/v3/projects/acme")
    call("POST", "/v1/projects/acme:getAncestry", {})
    account = f"projects/acme/serviceAccounts/{NODES}"
    cloud.policies.grant(f"serviceAccount:{OPERATOR}", "roles/iam.serviceAccountTokenCreator", account)
    wanted = {"scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "300s"}
    call("POST", f"/v1/projects/-/serviceAccounts/{NODES}:generateAccessToken", wanted)
    entry = {"logName": "projects/acme/logs/events", "resource": {"type": "k8s_pod"}, "jsonPayload": {"a": 1}}
    call("POST", "/v2/entries:write", {"entries": [entry]})
    call("POST", "/v2/entries:list", {"resourceNames": ["projects/acme"]})

    every = {method.id for route in modelled(cloud) if (method := discovery.find(*route))}
    assert cloud.inspector.called == every


ANSWERS: dict[str, tuple[str, Any, str]] = {
    "an unknown field": (INSTANCE, {"machineTyp": "n2"}, "the body has no field 'machineTyp' in Instance"),
    "an unknown field inside": (
        INSTANCE,
        {"serviceAccounts": [{"email": "a@b", "scope": "all"}]},
        "serviceAccounts[0] has no field 'scope' in ServiceAccount",
    ),
    "a number that travels as text": (INSTANCE, {"id": 4711}, "id is 4711, and should be of type string"),
    "a text that is no number": (INSTANCE, {"id": "no-number"}, "id is 'no-number', which is no uint64"),
    "a truth that is a text": (
        INSTANCE,
        {"scheduling": {"preemptible": "true"}},
        "scheduling.preemptible is 'true', and should be of type boolean",
    ),
    "a number that is a truth": (GROUP, {"targetSize": True}, "targetSize is True, and should be of type integer"),
    "an object for a list": (INSTANCE, {"disks": {}}, "disks is {}, and should be of type array"),
    "a value that is null": (INSTANCE, {"zone": None}, "zone is None, and should be of type string"),
    "a value outside the enum": (INSTANCE, {"status": "BOOTING"}, "status is 'BOOTING', which is none of "),
    "a time without a zone": (
        "/v1/projects/acme/locations/us-central1/clusters/prod",
        {"maintenancePolicy": {"window": {"maintenanceExclusions": {"feast": {"endTime": "2026-12-26T00:00:00"}}}}},
        "maintenancePolicy.window.maintenanceExclusions.feast.endTime is '2026-12-26T00:00:00', which is no",
    ),
    "what is not base64": (
        f"/v1/{REPOSITORY}:getIamPolicy",
        {"etag": "not base64"},
        "etag is 'not base64', which is no byte",
    ),
    "a list for the body": (INSTANCE, [], "the body is [], and should be of type object"),
}
REQUESTS: dict[str, tuple[str, str, Any, str]] = {
    "an unknown route": ("GET", f"{INSTANCE}/status", None, "is no method of any API"),
    "another verb": ("DELETE", f"{INSTANCE}/reset", None, "is no method of any API"),
    "an unknown parameter": (
        "GET",
        f"{INSTANCE}?requestID=1",
        None,
        "compute.instances.get has no parameter 'requestID'",
    ),
    "a name that can't be": ("GET", f"{ZONE}/instances/Node_A1", None, "instance is 'Node_A1', which does not match "),
    "a parameter of another type": (
        "GET",
        f"{ZONE}/operations?maxResults=many",
        None,
        "maxResults is 'many', and should be of type integer",
    ),
    "a body where none is taken": ("POST", f"{INSTANCE}/reset", {}, "takes no body: {}"),
    "an unknown field": (
        "POST",
        "/v3/iam:troubleshoot",
        {"accessTuple": {"who": "a@b"}},
        "accessTuple has no field 'who' in GoogleCloudPolicytroubleshooterIamV3AccessTuple",
    ),
}


def inspected(answer: Any, verb: str, path: str, body: Any = None, status: int = 200) -> list[str]:
    """What the inspector says about a server that answers so."""

    async def endpoint(request: Request) -> Response:
        await request.body()
        return JSONResponse(answer, status_code=status)

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST", "DELETE"])])
    inspector = Inspector(app)
    with Background() as background:
        served = background.run(serve(inspector))
        requests.request(verb, f"{served.url}{path}", json=body, timeout=60)
        background.run(served.stop())
    return inspector.problems


@pytest.mark.parametrize("path, answer, said", ANSWERS.values(), ids=ANSWERS)
def test_an_invented_answer_is_noticed(path: str, answer: Any, said: str) -> None:
    [problem] = inspected(answer, "GET", path)
    assert f"GET {path} (200): {said}" in problem


@pytest.mark.parametrize("verb, path, body, said", REQUESTS.values(), ids=REQUESTS)
def test_an_invented_request_is_noticed(verb: str, path: str, body: Any, said: str) -> None:
    [problem] = inspected({}, verb, path, body)
    assert said in problem


@pytest.mark.parametrize(
    "error",
    [
        {"code": 403, "message": "no"},
        {"code": 404, "message": ""},
        {"code": 404, "message": "gone", "hint": "look elsewhere"},
    ],
    ids=["another code", "no message", "an unknown field"],
)
def test_an_error_as_google_does_not_word_it_is_noticed(error: dict[str, Any]) -> None:
    [problem] = inspected({"error": error}, "GET", INSTANCE, status=404)
    assert "is not how Google words an error" in problem


def test_what_google_would_take_and_answer_is_none() -> None:
    assert inspected({"id": "18446744073709551615", "status": "RUNNING"}, "GET", f"{INSTANCE}?fields=id,status") == []
    assert (
        inspected({"error": {"code": 404, "message": "gone", "status": "NOT_FOUND"}}, "GET", INSTANCE, status=404) == []
    )
