"""What denies, forbids or refuses and is no credential: files, plugins, proxies, policies, and other events."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.causes import REASONS
from functions.classify import classify
from functions.model.verdict import Cause

CORPUS = Path(__file__).parents[1] / "corpus"
DECOYS = [json.loads(line) for line in (CORPUS / "decoys.jsonl").read_text().splitlines()]

ASKED = "https://us-central1-docker.pkg.dev/v2/acme/apps/api/manifests/1"
REFUSED = (
    f"failed to resolve image: unexpected status from HEAD request to {ASKED}: 403 Forbidden",
    f"Error response from daemon: Head {ASKED}: denied",
    "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
    "failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden",
    "pulling from host gcr.io failed with status code [manifests 1]: 401 Unauthorized",
    "Requesting bearer token: invalid status code from registry 403 (Forbidden)",
)


@pytest.mark.parametrize("decoy", DECOYS, ids=range(len(DECOYS)))
def test_a_decoy_permits_no_credential(decoy: dict[str, Any]) -> None:
    found = classify(decoy["message"], decoy.get("reason", ""))

    assert not found.credential
    assert found.cause == decoy.get("cause", found.cause)


@pytest.mark.parametrize("row", REASONS, ids=lambda row: row.example)
def test_a_reason_settles_what_its_message_only_quotes(row: Any) -> None:
    assert classify(REFUSED[0], "Failed").cause is Cause.AUTH_DENIED
    assert classify("403 Forbidden", row.example).cause is row.cause
    assert next(each for each in REASONS if each.settles(row.example, "")) is row


def test_a_sandbox_without_its_image_has_the_images_cause() -> None:
    said = f'Failed to create pod sandbox: failed to get sandbox image "gcr.io/acme/pause:3.9": {REFUSED[2]}'
    assert classify(said, "FailedCreatePodSandBox").cause is Cause.AUTH_DENIED


SENTENCES = st.lists(
    st.sampled_from(["the", "a", "project", "region", "key", "budget", "owner", "network", "is", "was", "over", "not"]),
    min_size=2,
    max_size=6,
).map(" ".join)


@given(refused=st.sampled_from(REFUSED), between=st.sampled_from([": ", " - ", " (", ", "]), why=SENTENCES)
@example(refused=REFUSED[0], between=" ", why="by the gateway")
def test_a_refusal_with_a_reason_that_nobody_knows_permits_no_credential(refused: str, between: str, why: str) -> None:
    assert classify(refused).credential
    assert not classify(f"{refused}{between}{why}").credential


@given(where=SENTENCES, refusal=st.sampled_from(["401 Unauthorized", "403 Forbidden", "unauthorized", "access denied"]))
def test_a_refusal_by_somebody_that_is_no_registry_permits_no_credential(where: str, refusal: str) -> None:
    for message in (
        f"{where}: {refusal}",
        f'Failed to pull image "gcr.io/acme/api:1": {where}: {refusal}',
        f'{where}: Get "https://vault.example.com/v1/auth/login": {refusal}',
    ):
        assert not classify(message).credential
