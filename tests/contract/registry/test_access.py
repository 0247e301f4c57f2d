"""Who gets what from the registry, and what the others are told."""

import httpx
import pytest

from tests.contract.registry.conftest import HOST, MANIFEST, NODES, READER, REPOSITORY, WORKER, Lab, challenge, error

OTHER = "/v2/acme/apps/other/manifests/v1"
MISSING_GRANT = (
    f'Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "{REPOSITORY}" '
    "(or it may not exist)"
)


@pytest.mark.parametrize("user", ["_token", "oauth2accesstoken"])
def test_an_access_token_is_good_enough_by_itself(readable: Lab, user: str) -> None:
    readable.catalog.push(WORKER)
    assert readable.http.head(MANIFEST, headers=readable.basic(user)).status_code == 200
    token = readable.identities.issue(NODES)
    assert readable.http.head(MANIFEST, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_password_for_another_user_is_worth_nothing(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    assert readable.http.head(MANIFEST, headers=readable.basic("ann")).status_code == 401


@pytest.mark.parametrize("authorization", ["Basic !", "Basic", "Bearer", "Bearer made-up", "Digest abc", "made-up"])
def test_what_is_no_credential_is_worth_nothing(readable: Lab, authorization: str) -> None:
    readable.catalog.push(WORKER)
    refused = readable.http.get(MANIFEST, headers={"Authorization": authorization})
    assert error(refused)[:2] == (401, "UNAUTHORIZED")
    assert readable.bearer({"Authorization": authorization}).status_code == 401


def test_a_challenge_says_where_a_token_is_had_and_for_what(lab: Lab) -> None:
    realm = f"{lab.registry.url}/v2/token"
    assert challenge(lab.http.get("/v2/")) == {"realm": realm}
    asked = lab.http.get(MANIFEST, params={"ns": "europe-docker.pkg.dev"})
    scope = "repository:acme/apps/worker:pull"
    assert challenge(asked) == {"realm": realm, "service": "europe-docker.pkg.dev", "scope": scope}


def test_tokens_are_not_to_be_had_in_the_way_of_oauth2(readable: Lab) -> None:
    """The way that containerd tries first: only an answer such as this one makes it go on with the other."""
    form = {"grant_type": "password", "username": "_token", "password": readable.identities.issue(NODES)}
    assert readable.http.post("/v2/token", data=form).status_code == 404


def test_a_revoked_access_token_is_refused_everywhere(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    token = readable.identities.issue(NODES)
    bearer = readable.bearer(readable.basic(token=token)).json()["token"]
    readable.identities.revoke(token)
    assert error(readable.bearer(readable.basic(token=token)))[:2] == (401, "UNAUTHORIZED")
    for header in (readable.basic(token=token), {"Authorization": f"Bearer {bearer}"}):
        refused = readable.http.get(MANIFEST, headers=header)
        assert error(refused)[:2] == (401, "UNAUTHORIZED")
        assert challenge(refused)["realm"] == f"{readable.registry.url}/v2/token"


def test_a_registry_token_is_good_for_the_image_that_it_was_asked_for(readable: Lab) -> None:
    for image in ("worker", "other"):
        readable.catalog.push(f"{HOST}/acme/apps/{image}:v1")
    headers = {"Authorization": f"Bearer {readable.token(readable.basic())}"}
    assert readable.http.head(MANIFEST, headers=headers).status_code == 200
    refused = challenge(readable.http.head(OTHER, headers=headers))
    assert (refused["scope"], refused["error"]) == ("repository:acme/apps/other:pull", "insufficient_scope")


def test_a_token_for_nothing_opens_nothing(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    token = readable.http.get("/v2/token", params={"service": HOST}, headers=readable.basic()).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert readable.http.get("/v2/", headers=headers).status_code == 200
    assert readable.http.head(MANIFEST, headers=headers).status_code == 401


def test_who_may_not_read_is_told_what_is_missing(lab: Lab) -> None:
    lab.catalog.push(WORKER)
    assert error(lab.bearer(lab.basic())) == (403, "DENIED", MISSING_GRANT)
    assert error(lab.http.get(MANIFEST, headers=lab.basic())) == (403, "DENIED", MISSING_GRANT)


def test_a_grant_that_is_taken_away_is_missed_at_once(readable: Lab) -> None:
    readable.catalog.push(WORKER)
    headers = {"Authorization": f"Bearer {readable.token(readable.basic())}"}
    readable.policies.revoke(f"serviceAccount:{NODES}", READER, REPOSITORY)
    assert error(readable.http.get(MANIFEST, headers=headers)) == (403, "DENIED", MISSING_GRANT)


def test_a_repository_that_is_not_there_looks_the_same_without_access(lab: Lab) -> None:
    assert lab.http.head("/v2/acme/none/worker/manifests/v1", headers=lab.basic()).status_code == 403


def test_with_access_what_is_missing_is_named(readable: Lab) -> None:
    readable.policies.grant(f"serviceAccount:{NODES}", READER, "projects/acme")
    readable.catalog.push(WORKER)

    def ask(path: str) -> httpx.Response:
        return readable.http.get(f"/v2/acme/{path}", headers=readable.basic())

    digest = f"sha256:{'0' * 64}"
    assert error(ask("none/worker/manifests/v1")) == (404, "NAME_UNKNOWN", 'Repository "none" not found')
    for path in ("apps/worker/manifests/v2", f"apps/worker/manifests/{digest}", "apps/other/manifests/v1"):
        assert error(ask(path))[:2] == (404, "MANIFEST_UNKNOWN")
    assert error(ask(f"apps/worker/blobs/{digest}"))[:2] == (404, "BLOB_UNKNOWN")


def test_a_private_image_is_nothing_for_the_anonymous(lab: Lab) -> None:
    lab.catalog.push(WORKER)
    asked = lab.http.get(MANIFEST, params={"ns": HOST})
    assert error(asked)[:2] == (401, "UNAUTHORIZED")
    status, code, message = error(lab.bearer({}))  # what the kubelet calls "failed to fetch anonymous token"
    assert (status, code) == (403, "DENIED")
    assert message.startswith("Unauthenticated request.")


def test_a_public_image_is_for_everybody(lab: Lab) -> None:
    lab.catalog.push(WORKER)
    lab.policies.grant("allUsers", READER, REPOSITORY)
    assert lab.http.head(MANIFEST).status_code == 200
    anonymous = {"Authorization": f"Bearer {lab.token()}"}
    assert lab.http.head(MANIFEST, headers=anonymous).status_code == 200


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
    url, params = "/v2/acme/worker/server/manifests/v1", {"ns": host}
    assert lab.http.head(url, params=params, headers=lab.basic()).status_code == 403
    lab.policies.grant(f"serviceAccount:{NODES}", READER, repository)
    assert lab.http.head(url, params=params, headers=lab.basic()).status_code == 200
