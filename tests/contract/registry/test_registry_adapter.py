"""The product's question to a registry: is the image there, for the machine? Told apart by what it answers."""

import re

import pytest
from google.oauth2.credentials import Credentials

from functions.adapters.registry import ImageRegistry
from functions.adapters.tokens import Tokens
from functions.model.names import ImageRef
from functions.ports import ImageAnswer, Presence
from sandbox.faults import Fault
from tests.contract.registry.conftest import HOST, NODES, READER, REPOSITORY, WORKER, Lab

DIAGNOSE = "repull-diagnose@acme.iam.gserviceaccount.com"


@pytest.fixture
def trusted(lab: Lab) -> Lab:
    """The function's own account may read the repository."""
    lab.policies.grant(f"serviceAccount:{DIAGNOSE}", READER, REPOSITORY)
    return lab


def adapter(endpoint: str, token: str) -> ImageRegistry:
    return ImageRegistry(Tokens(Credentials(token)), endpoint)  # type: ignore[no-untyped-call] # ships no types


def ask(lab: Lab, image: str = WORKER, *, architecture: str = "amd64", token: str = "") -> ImageAnswer:
    registry = adapter(lab.registry.url, token or lab.identities.issue(DIAGNOSE))
    return registry.image(ImageRef.parse(image), os="linux", architecture=architecture)


def asked(lab: Lab) -> list[str]:
    """Verb and resource of every request to the registry."""
    return [f"{call.verb} {call.resource}" for call in lab.books.calls(api="registry")]


def challenging(lab: Lab, *, times: int = 1) -> str:
    """The registry takes no Basic credential for a manifest, and asks for a token of its own; answers the header."""
    challenge = f'Bearer realm="{lab.registry.url}/v2/token",service="{HOST}",scope="repository:acme/apps/worker:pull"'
    fault = Fault(api="registry", resource="manifests", status=401, headers={"WWW-Authenticate": challenge})
    for _ in range(times):
        lab.faults.add(fault)
    return challenge


class TestThere:
    def test_an_image_without_an_index_costs_one_request(self, trusted: Lab) -> None:
        digest = trusted.catalog.push(WORKER)
        for image in (WORKER, f"{HOST}/acme/apps/worker@{digest}", f"{WORKER}@{digest}"):
            found = ask(trusted, image)
            assert (found.presence, found.digest) == (Presence.EXISTS, digest)
        assert asked(trusted) == ["head manifests"] * 3
        assert {call.user for call in trusted.books.calls(api="registry")} == {DIAGNOSE}

    def test_an_index_is_read_once(self, trusted: Lab) -> None:
        trusted.catalog.push(WORKER, platforms=("linux/amd64", "linux/arm64"))
        registry = adapter(trusted.registry.url, trusted.identities.issue(DIAGNOSE))
        for architecture in ("amd64", "arm64", "s390x"):
            registry.image(ImageRef.parse(WORKER), os="linux", architecture=architecture)
        assert asked(trusted) == ["head manifests", "get manifests", "head manifests", "head manifests"]

    def test_a_tag_that_was_moved_is_another_index(self, trusted: Lab) -> None:
        registry = adapter(trusted.registry.url, trusted.identities.issue(DIAGNOSE))
        for platforms, presence in (
            (("linux/amd64", "linux/arm64"), Presence.EXISTS),
            (("linux/s390x", "linux/arm64"), Presence.WRONG_PLATFORM),
        ):
            trusted.catalog.push(WORKER, platforms=platforms)
            assert registry.image(ImageRef.parse(WORKER), os="linux", architecture="amd64").presence is presence

    @pytest.mark.parametrize(
        "platforms, architecture, presence",
        [
            (("linux/amd64", "linux/arm64/v8"), "arm64", Presence.EXISTS),
            (("linux/amd64", "linux/arm64/v8"), "s390x", Presence.WRONG_PLATFORM),
            (("linux/amd64", "linux/arm64"), "amd64", Presence.EXISTS),
            (("windows/amd64", "linux/arm64"), "amd64", Presence.WRONG_PLATFORM),
        ],
    )
    @pytest.mark.parametrize("attested", [True, False])
    def test_an_index_must_have_the_machines_platform(
        self, trusted: Lab, *, platforms: tuple[str, ...], architecture: str, presence: Presence, attested: bool
    ) -> None:
        trusted.catalog.push(WORKER, platforms=platforms, attested=attested)
        found = ask(trusted, architecture=architecture)
        assert found.presence is presence
        assert f"linux/{architecture}" in found.evidence

    def test_an_index_is_there_for_a_machine_that_is_not_known(self, trusted: Lab) -> None:
        trusted.catalog.push(WORKER, platforms=("linux/s390x", "windows/amd64"))
        found = ask(trusted, architecture="")
        assert found.presence is Presence.EXISTS
        assert found.evidence.endswith(": an index for linux/s390x, windows/amd64")

    @pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64", "windows/amd64"])
    def test_a_manifest_without_an_index_is_pulled_whatever_its_platform(self, trusted: Lab, platform: str) -> None:
        trusted.catalog.push(WORKER, platforms=(platform,))
        found = ask(trusted)
        assert found.presence is Presence.EXISTS
        assert "whatever its platform" in found.evidence


class TestNotThere:
    @pytest.mark.parametrize(
        "image, words",
        [
            (f"{HOST}/acme/apps/worker:v2", "MANIFEST_UNKNOWN"),
            (f"{HOST}/acme/apps/worker@sha256:{'0' * 64}", "MANIFEST_UNKNOWN"),
            (f"{HOST}/acme/apps/other:v1", "MANIFEST_UNKNOWN"),
            (f"{HOST}/acme/none/worker:v1", "NAME_UNKNOWN"),
            (f"{HOST}/acme/apps:v1", "NAME_INVALID"),
        ],
        ids=["tag", "digest", "image", "repository", "no image"],
    )
    def test_the_registry_says_so_in_its_own_words(self, trusted: Lab, image: str, words: str) -> None:
        trusted.policies.grant(f"serviceAccount:{DIAGNOSE}", READER, "projects/acme")
        trusted.catalog.push(WORKER)
        found = ask(trusted, image)
        assert found.presence is Presence.MISSING
        assert words in found.evidence
        assert asked(trusted) == ["head manifests", "get manifests"]


class TestNotToBeFoundOut:
    def test_without_access_of_our_own_the_command_that_grants_it_is_named(self, lab: Lab) -> None:
        lab.catalog.push(WORKER)
        found = ask(lab)
        assert (found.presence, found.denied) == (Presence.UNKNOWN, True)
        assert (
            "gcloud artifacts repositories add-iam-policy-binding apps --project=acme --location=us-central1 "
            "--role=roles/artifactregistry.reader"
        ) in found.evidence

    def test_a_worthless_token_is_told_from_a_missing_grant(self, trusted: Lab) -> None:
        trusted.catalog.push(WORKER)
        found = ask(trusted, token="revoked")
        assert (found.presence, found.denied) == (Presence.UNKNOWN, False)
        assert "the token of repull's own account is not accepted, which no grant mends" in found.evidence
        assert "add-iam-policy-binding" not in found.evidence

    @pytest.mark.parametrize(
        "status, remedy", [(429, "raise the quota"), (500, "status.cloud.google.com"), (503, "status.cloud.google.com")]
    )
    def test_a_registry_that_fails_is_asked_once_and_told_with_what_helps(
        self, trusted: Lab, status: int, remedy: str
    ) -> None:
        trusted.catalog.push(WORKER)
        trusted.faults.add(Fault(api="registry", status=status, times=99))
        found = ask(trusted)
        assert (found.presence, found.denied) == (Presence.UNKNOWN, False)
        assert re.search(f"HEAD .*: {status}.*{remedy}", found.evidence)
        assert asked(trusted) == ["head manifests"]

    def test_a_registry_that_is_down(self, trusted: Lab) -> None:
        trusted.background.run(trusted.registry.down())
        found = ask(trusted)
        assert found.presence is Presence.UNKNOWN
        assert "not reached" in found.evidence

    def test_another_registry_is_not_asked(self, trusted: Lab) -> None:
        assert ask(trusted, "quay.io/acme/api:v1").presence is Presence.UNKNOWN
        assert not trusted.books.calls(api="registry")


class TestSomebodyElsesToken:
    """The node's own, minted for this question."""

    def tried(self, lab: Lab) -> ImageAnswer:
        registry = adapter(lab.registry.url, lab.identities.issue(DIAGNOSE))
        image = ImageRef.parse(WORKER)
        return registry.image(image, os="linux", architecture="amd64", token=lab.identities.issue(NODES))

    def test_it_reads_what_its_account_may(self, readable: Lab) -> None:
        readable.catalog.push(WORKER)
        assert self.tried(readable).presence is Presence.EXISTS
        assert {call.user for call in readable.books.calls(api="registry")} == {NODES}

    def test_it_is_denied_what_its_account_may_not(self, trusted: Lab) -> None:
        trusted.catalog.push(WORKER)
        found = self.tried(trusted)
        assert (found.presence, found.denied) == (Presence.UNKNOWN, True)
        assert "repull's own account" not in found.evidence

    def test_its_registry_token_serves_nobody_else(self, readable: Lab) -> None:
        readable.catalog.push(WORKER)
        challenging(readable)
        registry, image = adapter(readable.registry.url, readable.identities.issue(DIAGNOSE)), ImageRef.parse(WORKER)
        nodes = readable.identities.issue(NODES)
        assert registry.image(image, os="linux", architecture="amd64", token=nodes).presence is Presence.EXISTS
        assert registry.image(image, os="linux", architecture="amd64").denied


class TestAChallenge:
    """A registry that wants a token of its own gets its token server's, and that is used as long as it lives."""

    def test_the_token_is_asked_for_once(self, trusted: Lab) -> None:
        trusted.catalog.push(WORKER)
        challenging(trusted)
        registry = adapter(trusted.registry.url, trusted.identities.issue(DIAGNOSE))
        for _ in range(3):
            found = registry.image(ImageRef.parse(WORKER), os="linux", architecture="amd64")
            assert found.presence is Presence.EXISTS
        assert asked(trusted) == ["head manifests", "get token", *["head manifests"] * 3]

    def test_it_is_good_for_one_image(self, trusted: Lab) -> None:
        other = f"{HOST}/acme/apps/other:v1"
        for image in (WORKER, other):
            trusted.catalog.push(image)
        challenging(trusted)
        registry = adapter(trusted.registry.url, trusted.identities.issue(DIAGNOSE))
        for image in (WORKER, other):
            found = registry.image(ImageRef.parse(image), os="linux", architecture="amd64")
            assert found.presence is Presence.EXISTS
        assert asked(trusted).count("get token") == 1

    def test_a_token_server_that_refuses_has_denied_it(self, lab: Lab) -> None:
        lab.catalog.push(WORKER)
        challenging(lab)
        found = ask(lab)
        assert (found.presence, found.denied) == (Presence.UNKNOWN, True)
        assert READER in found.evidence

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_token_server_that_fails(self, trusted: Lab, status: int) -> None:
        trusted.catalog.push(WORKER)
        challenging(trusted)
        trusted.faults.add(Fault(api="registry", resource="token", status=status, times=99))
        found = ask(trusted)
        assert (found.presence, found.denied) == (Presence.UNKNOWN, False)
        assert str(status) in found.evidence
