"""What a message is taken for: real messages with their true cause, and whatever else may come."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.causes import REACH, ROWS
from functions.classify import carries_cause, classify, image_of
from functions.model.verdict import Cause
from functions.wording import attempts

CORPUS = Path(__file__).parents[1] / "corpus"
SEEN = [json.loads(line) for line in (CORPUS / "pull_failures.jsonl").read_text().splitlines()]
WORDINGS = [json.loads(line) for line in (CORPUS / "wordings.jsonl").read_text().splitlines()]

HOST = "us-central1-docker.pkg.dev"
DECOYS = (
    "denied",
    "unauthorized",
    "401",
    "403-forbidden",
    "not-found",
    "x509",
    "429",
    "no-space-left",
    "i-o-timeout",
    "auth",
    "token",
    "billing",
    "snapshot",
)
CAUSES = {
    "failed to authorize: failed to fetch oauth token: unexpected status from GET request to "
    "https://{host}/v2/token?scope=repository%3A{path}%3Apull&service={host}: 401 Unauthorized": Cause.AUTH_DENIED,
    "unexpected status from HEAD request to https://{host}/v2/{path}/manifests/{tag}: 403 Forbidden": Cause.AUTH_DENIED,
    "failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden": Cause.AUTH_MISSING,
    "{host}/{path}:{tag}: not found": Cause.NOT_FOUND,
    "Error response from daemon: unknown: artifact {path}:{tag} not found": Cause.NOT_FOUND,
    "unexpected status from HEAD request to https://{host}/v2/{path}/manifests/{tag}: 404 Not Found": Cause.NOT_FOUND,
    'failed to do request: Head "https://{host}/v2/{path}/manifests/{tag}": dial tcp 10.0.0.1:443: i/o timeout': (
        Cause.NETWORK
    ),
    "unexpected status from HEAD request to https://{host}/v2/{path}/manifests/{tag}: 503 Service Unavailable": (
        Cause.REGISTRY_ERROR
    ),
    "unexpected status from HEAD request to https://{host}/v2/{path}/manifests/{tag}: 429 Too Many Requests": (
        Cause.RATE_LIMITED
    ),
}


@pytest.mark.parametrize("row", SEEN, ids=lambda row: f"{row['id']}-{row['provenance']}")
def test_a_seen_message_has_its_true_cause(row: dict[str, Any]) -> None:
    assert classify(row["message"]).cause == row["cause"]


@pytest.mark.parametrize("row", WORDINGS, ids=[f"{number}-{row['cause']}" for number, row in enumerate(WORDINGS)])
def test_a_known_wording_has_its_cause(row: dict[str, str]) -> None:
    assert classify(row["message"]).cause == row["cause"]


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{row.cause}" for number, row in enumerate(ROWS)])
def test_every_row_decides_its_own_example(row: Any) -> None:
    (attempt,) = attempts(row.example)
    assert next(each for each in ROWS if each.pattern.search(attempt)) is row


def test_every_cause_can_be_told_and_weighed() -> None:
    assert {row.cause for row in ROWS} == set(Cause) - {Cause.UNKNOWN}
    assert sorted(REACH) == sorted(Cause)


def test_only_causes_of_credentials_permit_a_credential() -> None:
    permitted = {row["cause"] for row in SEEN if classify(row["message"]).credential}
    assert permitted == {"auth_denied", "auth_missing", "ambiguous_denied_or_missing"}


PATHS = st.lists(st.sampled_from(DECOYS), min_size=2, max_size=4).map("/".join)


@given(path=PATHS, tag=st.sampled_from(DECOYS), cause=st.sampled_from(sorted(CAUSES)), waiting=st.booleans())
def test_names_decide_nothing(path: str, tag: str, cause: str, *, waiting: bool) -> None:
    image = f"{HOST}/{path}:{tag}"
    said = cause.format(host=HOST, path=path, tag=tag)
    layers = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {said}'
    before = f'Back-off pulling image "{image}": ErrImagePull' if waiting else f'Failed to pull image "{image}"'
    assert classify(f"{before}: {layers}").cause is CAUSES[cause]
    assert image_of(f"{before}: {layers}") == image


@given(st.text())
@example('Failed to pull image "')
@example("[, ]")
@example("https://[")
@example('"https://[::1": 401')
@example('Failed to pull image "a": Get "https://[v1.x]:x/": EOF')
def test_whatever_comes_gets_a_cause(message: str) -> None:
    assert classify(message).cause in Cause
    assert isinstance(image_of(message), str)


@pytest.mark.parametrize(
    "piece", ['"', "https://", "status ", "/a", "a.b/", "layer ", "1.", "a-", "a.", ": ", "[manifests ", "\\n"]
)
def test_a_hostile_message_takes_no_time(piece: str) -> None:
    message = piece * (262_144 // len(piece))
    began = time.process_time()
    classify(message)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Error: ErrImagePull",
        "Error: ImagePullBackOff",
        f'Back-off pulling image "{HOST}/acme/denied/401:403"',
        'spec.containers{main}: Back-off pulling image "nginx"',
    ],
)
def test_a_message_that_only_says_that_it_waits_carries_no_cause(message: str) -> None:
    assert not carries_cause(message)


def test_the_cause_may_follow_in_the_pods_status() -> None:
    assert carries_cause('Back-off pulling image "nginx": ErrImagePull: pull QPS exceeded')


def test_of_several_credentials_the_one_that_got_furthest_tells() -> None:
    denied = "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized"
    anonymous = "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized"
    assert classify(f'Failed to pull image "a/b:1": [{denied}, {anonymous}]').cause is Cause.AUTH_DENIED


def test_a_mirror_of_googles_hosts_speaks_for_them_and_another_for_itself() -> None:
    said = "unexpected status from HEAD request to http://127.0.0.1:5000/v2/a/b/manifests/1?ns={}: 403 Forbidden"
    assert classify(said.format(HOST)).cause is Cause.AUTH_DENIED
    assert classify(said.format("docker.io")).cause is Cause.POLICY


def test_the_evidence_is_in_the_message_but_for_names() -> None:
    said = f'Failed to pull image "{HOST}/a/b:1": failed to fetch oauth token: unexpected status: 401 Unauthorized'
    assert classify(said).evidence in said
