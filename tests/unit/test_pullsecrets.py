"""Which registry a pull secret is shown to, held against the kubelet's own keyring."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.model.cluster import PullSecret
from functions.model.names import ImageRef
from functions.pullsecrets import Use, matches, use_of

KEYRING = [json.loads(line) for line in (Path(__file__).parents[1] / "corpus/keyring.jsonl").read_text().splitlines()]
"""Printed by a program around MakeDockerKeyring and Lookup of Kubernetes 1.34.4, one key at a time."""
IMAGE = ImageRef.parse("us-central1-docker.pkg.dev/acme/apps/api:v1")
JSON_TYPE, CFG_TYPE = "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"
ENTRY = {"auth": base64.b64encode(b"_json_key:secret").decode()}


def secret(content: object, *, kind: str = JSON_TYPE, field: str = ".dockerconfigjson") -> PullSecret:
    text = content if isinstance(content, str) else json.dumps(content)
    return PullSecret(name="regcred", type=kind, data={field: base64.b64encode(text.encode()).decode()})


@pytest.mark.parametrize("row", KEYRING, ids=lambda row: f"{row['key']} for {row['image'][:40]}")
def test_a_key_matches_as_it_does_for_the_kubelet(row: dict[str, Any]) -> None:
    assert matches(row["key"], ImageRef.parse(row["image"])) is row["matches"]


@pytest.mark.parametrize(
    "given_secret, use, said",
    [
        (None, Use.MISSING, "regcred does not exist"),
        (secret({"auths": {"us-central1-docker.pkg.dev": ENTRY}}), Use.SHOWN, "for us-central1-docker.pkg.dev"),
        (secret({"*.pkg.dev": ENTRY}, kind=CFG_TYPE, field=".dockercfg"), Use.SHOWN, "*.pkg.dev"),
        (secret({"auths": {"ghcr.io": ENTRY, "docker.io": {}}}), Use.ELSEWHERE, "docker.io, ghcr.io alone"),
        (secret({"auths": {}}), Use.ELSEWHERE, "nothing alone"),
        (secret({}), Use.ELSEWHERE, "nothing alone"),
        (secret({"auths": {"pkg.dev": ENTRY}}, kind="Opaque"), Use.PASSED_OVER, "type Opaque"),
        (secret({}, field=".dockercfg"), Use.PASSED_OVER, "has no .dockerconfigjson"),
        (secret(""), Use.PASSED_OVER, "has no"),
        (secret("{"), Use.BROKEN, "no JSON"),
        (secret([]), Use.BROKEN, "no JSON object"),
        (secret({"auths": []}), Use.BROKEN, "no JSON object"),
        (secret({"auths": {"gcr.io": "x"}}), Use.BROKEN, "entry gcr.io"),
        (secret({"auths": {"gcr.io": {"auth": "%%%"}}}), Use.BROKEN, "auth of the entry gcr.io is not base64"),
        (secret({"auths": {"gcr.io": {"auth": "bm9jb2xvbg=="}}}), Use.BROKEN, "user:password"),
        (PullSecret(name="regcred", type=JSON_TYPE, data={".dockerconfigjson": "%"}), Use.BROKEN, "can't be read"),
    ],
)
def test_what_the_kubelet_makes_of_a_secret(given_secret: PullSecret | None, use: Use, said: str) -> None:
    found = use_of("regcred", given_secret, IMAGE)

    assert (found.use, said in found.evidence) == (use, True), found


def test_no_credential_is_ever_in_the_evidence() -> None:
    for entry in (ENTRY, {"auth": "Z2VoZWlt"}, {"username": "u", "password": "geheim"}):
        assert "geheim" not in use_of("regcred", secret({"auths": {"gcr.io": entry}}), IMAGE).evidence
        assert "Z2VoZWlt" not in use_of("regcred", secret({"auths": {"gcr.io": entry}}), IMAGE).evidence


@given(key=st.text(), content=st.text())
def test_whatever_a_secret_holds_it_is_judged(key: str, content: str) -> None:
    assert matches(key, IMAGE) in (True, False)
    assert use_of("regcred", secret(content), IMAGE).use in Use
    assert use_of("regcred", secret({"auths": {key: {"auth": content}}}), IMAGE).use in Use
