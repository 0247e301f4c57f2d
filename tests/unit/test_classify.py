"""What a message is taken for: real messages with their true cause, and whatever else may come."""

import json
import re
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
BLIND = [json.loads(line) for line in (CORPUS / "blind.jsonl").read_text().splitlines()]
WORDINGS = [json.loads(line) for line in (CORPUS / "wordings.jsonl").read_text().splitlines()]

HOST = "us-central1-docker.pkg.dev"
OF_RULES = {word for row in ROWS for words in row.words for word in re.findall(r"[a-z][a-z0-9]{2,}", words.lower())}
DECOYS = sorted(
    OF_RULES | {"401", "403-forbidden", "not-found", "429", "no-space-left", "i-o-timeout", "auth", "token"}
)
"""What would be a cause if it were no name: the words of the rules themselves."""
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
    "Error response from daemon: manifest for {image} not found: manifest unknown": Cause.NOT_FOUND,
    "pull access denied for {path}, repository does not exist or may require 'docker login'": Cause.AMBIGUOUS,
    "reading manifest {tag} in {host}/{path}: unauthorized: authentication required": Cause.AUTH_DENIED,
    'failed to do request: Head "https://{host}/v2/{path}/manifests/{tag}": dial tcp: lookup {host}: no such host': (
        Cause.NETWORK
    ),
    "pulling from host {host} failed with status code [manifests {tag}]: 401 Unauthorized": Cause.AUTH_DENIED,
}


@pytest.mark.parametrize("row", SEEN, ids=lambda row: f"{row['id']}-{row['provenance']}")
def test_a_seen_message_has_its_true_cause(row: dict[str, Any]) -> None:
    assert classify(row["message"]).cause == row["cause"]


@pytest.mark.parametrize("row", BLIND, ids=[f"{number}-{row['cause']}" for number, row in enumerate(BLIND)])
def test_a_message_that_was_labelled_blind_has_its_cause(row: dict[str, Any]) -> None:
    assert classify(row["message"], row.get("reason", "")).cause == row["cause"]


@pytest.mark.parametrize("row", WORDINGS, ids=[f"{number}-{row['cause']}" for number, row in enumerate(WORDINGS)])
def test_a_known_wording_has_its_cause(row: dict[str, str]) -> None:
    assert classify(row["message"]).cause == row["cause"]


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{row.cause}" for number, row in enumerate(ROWS)])
def test_every_row_decides_its_own_example(row: Any) -> None:
    (attempt,) = attempts(row.example)
    assert next(each for each in ROWS if each.find(attempt) is not None) is row


def test_every_cause_can_be_told_and_weighed() -> None:
    assert {row.cause for row in ROWS} == set(Cause) - {Cause.UNKNOWN}
    assert sorted(REACH) == sorted(Cause)


def test_only_causes_of_credentials_permit_a_credential() -> None:
    permitted = {row["cause"] for row in SEEN if classify(row["message"]).credential}
    assert permitted == {"auth_denied", "auth_missing", "ambiguous_denied_or_missing"}


PATHS = st.lists(st.sampled_from(DECOYS), min_size=3, max_size=4).map("/".join)
HOSTS = st.just(HOST) | st.sampled_from(DECOYS).map("{}.example.com".format)


@given(
    host=HOSTS, path=PATHS, tag=st.sampled_from(DECOYS), cause=st.sampled_from(sorted(CAUSES)), waiting=st.booleans()
)
def test_names_decide_nothing(host: str, path: str, tag: str, cause: str, *, waiting: bool) -> None:
    image = f"{host}/{path}:{tag}"
    said = cause.format(host=host, path=path, tag=tag, image=image)
    layers = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {said}'
    before = f'Back-off pulling image "{image}": ErrImagePull' if waiting else f'Failed to pull image "{image}"'
    assert classify(f"{before}: {layers}").cause is CAUSES[cause]
    assert image_of(f"{before}: {layers}") == image


SHORT = (
    ("manifest for {name}:latest not found: manifest unknown", Cause.NOT_FOUND),
    ("pull access denied for {name}, repository does not exist or may require 'docker login'", Cause.AMBIGUOUS),
    ("repository {name} not found: does not exist or no pull access", Cause.AMBIGUOUS),
    ("No such image: {name}:latest", Cause.NOT_FOUND),
    ("dial tcp: lookup {name}: no such host", Cause.NETWORK),
    ("failed to unpack image on snapshotter {name}: wrong diff id calculated on extraction", Cause.IMAGE_CORRUPT),
)


@pytest.mark.parametrize("said, cause", SHORT, ids=range(len(SHORT)))
def test_a_name_without_a_host_decides_nothing(said: str, cause: Cause) -> None:
    message = 'Failed to pull image "{name}": Error response from daemon: ' + said
    assert [name for name in DECOYS if classify(message.format(name=name)).cause is not cause] == []


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
    "piece",
    [
        '"',
        "https://",
        "status ",
        "/a",
        "a.b/",
        "layer ",
        "1.",
        "a-",
        "a.",
        ": ",
        "[manifests ",
        "\\n",
        'PullImage error="',
        "ref ",
    ],
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


@pytest.mark.parametrize(
    "said, cause",
    [
        ("pulling from host registry.k8s.io:443 failed with status code [manifests 1]: 403 Forbidden", Cause.POLICY),
        ("unexpected status from HEAD request to https://docker.io:443/v2/a/manifests/1: 403 Forbidden", Cause.POLICY),
        ("failed open: unexpected status code https://storage.googleapis.com:443/a/b: 403 Forbidden", Cause.POLICY),
        (
            f"from HEAD request to http://127.0.0.1:5000/v2/a/b/manifests/1?ns={HOST}%3A443: 403 Forbidden",
            "auth_denied",
        ),
        (
            f"unexpected status from HEAD request to https://{HOST}:443/v2/a/b/c/manifests/1: 403 Forbidden",
            "auth_denied",
        ),
        ("pulling from host registry.k8s.io:8443 failed with status code [manifests 1]: 403 Forbidden", "auth_denied"),
    ],
)
def test_a_host_with_the_port_of_https_is_the_host(said: str, cause: str) -> None:
    assert classify(said).cause == cause


def test_the_evidence_is_in_the_message_but_for_names() -> None:
    said = f'Failed to pull image "{HOST}/a/b:1": failed to fetch oauth token: unexpected status: 401 Unauthorized'
    assert classify(said).evidence in said
