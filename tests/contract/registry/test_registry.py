"""The registry, asked as containerd and the product ask it."""

import httpx
import pytest

from sandbox.faults import Fault
from tests.contract.registry.conftest import HOST, MANIFEST, NODES, READER, REPOSITORY, WORKER, Lab


def error(response: httpx.Response) -> tuple[int, str, str]:
    [found] = response.json()["errors"]
    return response.status_code, found["code"], found["message"]


def test_a_node_pulls_as_containerd_does(readable: Lab) -> None:
    digest = readable.catalog.push(WORKER, log_lines=["Starting OCR worker", "listening for messages..."])
    token = readable.bearer(readable.basic()).json()["token"]
    asking = {"Authorization": f"Bearer {token}"}
    head = readable.http.head(MANIFEST, params={"ns": HOST}, headers=asking)
    assert (head.status_code, head.headers["docker-content-digest"], head.content) == (200, digest, b"")
    manifest = readable.http.get(f"/v2/acme/apps/worker/manifests/{digest}", headers=asking)
    assert manifest.headers["content-type"] == "application/vnd.oci.image.manifest.v1+json"
    assert int(head.headers["content-length"]) == len(manifest.content)
    config = readable.http.get(
        f"/v2/acme/apps/worker/blobs/{manifest.json()['config']['digest']}", headers=asking
    ).json()
    assert (config["os"], config["architecture"]) == ("linux", "amd64")
    assert config["config"]["Labels"]["sandbox.log"] == "Starting OCR worker\nlistening for messages..."


@pytest.mark.parametrize("user", ["_token", "oauth2accesstoken"])
def test_an_access_token_is_good_enough_by_itself(readable: Lab, user: str) -> None:
    readable.catalog.push(WORKER)
    assert readable.http.head(MANIFEST, headers=readable.basic(user)).status_code == 200
    token = readable.identities.issue(NODES)
    assert readable.http.head(MANIFEST, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_password_for_another_user_is_worth_nothing(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    assert readable.http.head(MANIFEST, headers=readable.basic("ann")).status_code == 401


def test_a_revoked_access_token_is_refused_everywhere(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    token = readable.identities.issue(NODES)
    bearer = readable.bearer(readable.basic(token=token)).json()["token"]
    readable.identities.revoke(token)
    assert readable.bearer(readable.basic(token=token)).status_code == 401
    for header in (readable.basic(token=token), {"Authorization": f"Bearer {bearer}"}):
        refused = readable.http.get(MANIFEST, headers=header)
        assert error(refused)[:2] == (401, "UNAUTHORIZED")
        assert refused.headers["www-authenticate"].startswith(f'Bearer realm="{readable.registry.url}/v2/token"')


def test_who_may_not_read_is_told_what_is_missing(lab: Lab) -> None:
    lab.catalog.push(WORKER)
    message = (
        f'Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "{REPOSITORY}" '
        "(or it may not exist)"
    )
    assert error(lab.bearer(lab.basic())) == (403, "DENIED", message)
    assert error(lab.http.get(MANIFEST, headers=lab.basic())) == (403, "DENIED", message)


def test_a_repository_that_is_not_there_looks_the_same_without_access(lab: Lab) -> None:
    assert lab.http.head("/v2/acme/none/worker/manifests/v1", headers=lab.basic()).status_code == 403


def test_with_access_what_is_missing_is_named(readable: Lab) -> None:
    readable.policies.grant(f"serviceAccount:{NODES}", READER, "projects/acme")
    readable.catalog.push(WORKER)
    headers = readable.basic()
    missing_repository = readable.http.get("/v2/acme/none/worker/manifests/v1", headers=headers)
    assert error(missing_repository) == (404, "NAME_UNKNOWN", 'Repository "none" not found')
    missing_tag = readable.http.get("/v2/acme/apps/worker/manifests/v2", headers=headers)
    assert error(missing_tag)[:2] == (404, "MANIFEST_UNKNOWN")
    digest = f"sha256:{'0' * 64}"
    assert readable.http.head(f"/v2/acme/apps/worker/manifests/{digest}", headers=headers).status_code == 404


def test_a_removed_image_is_gone_by_tag_and_digest(readable: Lab) -> None:
    digest = readable.catalog.push(WORKER)
    readable.catalog.remove(WORKER)
    for reference in ("v1", digest):
        asked = readable.http.head(f"/v2/acme/apps/worker/manifests/{reference}", headers=readable.basic())
        assert asked.status_code == 404


def test_what_is_not_modelled_says_so(readable: Lab) -> None:
    refused = readable.http.get("/v2/acme/apps/worker/tags/list", headers=readable.basic())
    assert error(refused) == (501, "UNSUPPORTED", "GET /v2/acme/apps/worker/tags/list is not modelled by the sandbox")
    assert readable.http.put(MANIFEST, headers=readable.basic()).status_code == 501


def test_a_name_that_is_too_short_is_invalid(readable: Lab) -> None:
    asked = readable.http.get("/v2/acme/apps/manifests/v1", headers=readable.basic())
    assert error(asked) == (400, "NAME_INVALID", "Missing image name.")


def test_a_private_image_is_nothing_for_the_anonymous(lab: Lab) -> None:
    lab.catalog.push(WORKER)
    asked = lab.http.get(MANIFEST, params={"ns": HOST})
    assert error(asked)[:2] == (401, "UNAUTHORIZED")
    assert lab.bearer({}).status_code == 403  # what the kubelet calls "failed to fetch anonymous token"


def test_a_public_image_is_for_everybody(lab: Lab) -> None:
    lab.catalog.push(WORKER)
    lab.policies.grant("allUsers", READER, REPOSITORY)
    assert lab.http.head(MANIFEST).status_code == 200


def test_an_index_lists_platforms_and_attestations(readable: Lab) -> None:
    readable.catalog.push(WORKER, platforms=("linux/amd64", "linux/arm64/v8"), attested=True)
    index = readable.http.get(MANIFEST, headers=readable.basic())
    assert index.headers["content-type"] == "application/vnd.oci.image.index.v1+json"
    assert [entry["platform"] for entry in index.json()["manifests"]] == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm64", "variant": "v8"},
        {"os": "unknown", "architecture": "unknown"},
    ]
    for entry in index.json()["manifests"]:
        manifest = readable.http.get(f"/v2/acme/apps/worker/manifests/{entry['digest']}", headers=readable.basic())
        assert len(manifest.content) == entry["size"]


@pytest.mark.parametrize(
    "host, repository",
    [
        ("gcr.io", "projects/acme/locations/us/repositories/gcr.io"),
        ("eu.gcr.io", "projects/acme/locations/europe/repositories/eu.gcr.io"),
        ("europe-west4-docker.pkg.dev", "projects/acme/locations/europe-west4/repositories/worker"),
    ],
)
def test_the_host_says_which_repository_is_meant(lab: Lab, host: str, repository: str) -> None:
    lab.catalog.push(f"{host}/acme/worker/server:v1")
    asked = {"url": "/v2/acme/worker/server/manifests/v1", "params": {"ns": host}}
    assert lab.http.head(**asked, headers=lab.basic()).status_code == 403  # type: ignore[arg-type] # keywords
    lab.policies.grant(f"serviceAccount:{NODES}", READER, repository)
    assert lab.http.head(**asked, headers=lab.basic()).status_code == 200  # type: ignore[arg-type] # keywords


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


def test_the_books_say_who_asked_for_what(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    readable.http.head(MANIFEST, headers=readable.basic())
    [call] = readable.books.calls(api="registry")
    assert (call.user, call.verb, call.resource, call.name, call.status) == (
        NODES,
        "head",
        "manifests",
        "acme/apps/worker:v1",
        200,
    )
