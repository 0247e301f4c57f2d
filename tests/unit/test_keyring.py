"""Whose credential the kubelet would show, as the diagnosis finds it out."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from functions.errors import Refused, Retryable
from functions.model.cluster import PullSecret, ServiceAccount
from functions.model.verdict import VerdictKind
from tests.unit import make
from tests.unit.diagnosing import DENIED, SETTINGS, World, failure, puller
from tests.unit.make import IMAGE

HOST = IMAGE.host
OPTED_IN = {"iam.gke.io/enable-wi-image-pull": "true"}
READING = replace(SETTINGS, propagation_seconds=0, read_pull_secrets=("prod-app",))


def secret(*hosts: str, auth: str = "user:password") -> PullSecret:
    entry = {"auth": base64.b64encode(auth.encode()).decode()}
    config = json.dumps({"auths": dict.fromkeys(hosts, entry)}).encode()
    data = {".dockerconfigjson": base64.b64encode(config).decode()}
    return PullSecret(name="key", type="kubernetes.io/dockerconfigjson", data=data)


def world(*names: str, **fields: Any) -> World:
    return World(pods=[make.failing("p1", message=DENIED, pull_secrets=names)], **({"settings": READING} | fields))


def identity(said: dict[str, Any]) -> dict[str, str]:
    return next(check for check in said["checks"] if check["check"] == "identity")


@pytest.mark.parametrize(
    "secrets, kind, said, advised",
    [
        ({"key": secret(HOST)}, "PULL_SECRET_IN_USE", f"has a credential for {HOST}", f"for {HOST} in secret key"),
        ({"key": secret("ghcr.io")}, "STALE_CREDENTIALS", "credentials for ghcr.io alone: the node's own", ""),
        ({"key": replace(secret(HOST), type="Opaque")}, "STALE_CREDENTIALS", "passes it over: the node's own", ""),
        ({}, "PULL_SECRET_IN_USE", "secret key does not exist", "create secret key, which is missing, with kubectl "),
        ({"key": secret(HOST, auth="no colon")}, "PULL_SECRET_IN_USE", "key can't be read", "Make secret key anew"),
    ],
    ids=["shown", "elsewhere", "passed-over", "missing", "broken"],
)  # fmt: skip
def test_what_a_secret_holds_settles_whose_credential_it_is(
    secrets: dict[str, PullSecret], kind: str, said: str, advised: str
) -> None:
    verdict = world("key", secrets=secrets).verdict()
    assert (verdict["kind"], said in identity(verdict)["evidence"]) == (kind, True), identity(verdict)
    assert advised in verdict["advice"]


def test_what_else_a_secret_holds_is_not_to_be_lost() -> None:
    said = world("key", secrets={"key": secret(HOST, "quay.io", "*.pkg.dev", "ghcr.io")}).verdict()
    assert f"has a credential for *.pkg.dev, {HOST}" in identity(said)["evidence"]
    assert "which has those for ghcr.io, quay.io as well" in said["advice"]


def test_the_service_accounts_secrets_are_read_as_well() -> None:
    accounts = {"default": ServiceAccount(namespace="prod-app", name="default", pull_secrets=("key",))}
    assert world(secrets={"key": secret(HOST)}, accounts=accounts).kind() is VerdictKind.PULL_SECRET_IN_USE
    assert world(secrets={"key": secret("ghcr.io")}, accounts=accounts).kind() is VerdictKind.STALE_CREDENTIALS


@pytest.mark.parametrize("other", [secret(HOST), secret("ghcr.io")], ids=["shown", "elsewhere"])
def test_a_broken_secret_outweighs_the_others(other: PullSecret) -> None:
    secrets = {"key": secret(HOST, auth="no colon"), "other": other}
    said = world("other", "key", secrets=secrets).verdict()
    assert "secret key can't be read" in identity(said)["evidence"]


def test_one_that_is_shown_outweighs_one_that_is_missing() -> None:
    said = world("none", "key", secrets={"key": secret(HOST)}).verdict()
    assert "secret key has a credential" in identity(said)["evidence"]


@pytest.mark.parametrize("namespaces", [(), ("elsewhere",)])
def test_nothing_is_read_where_no_setting_permits_it(namespaces: tuple[str, ...]) -> None:
    settings = replace(READING, read_pull_secrets=namespaces)
    here = world("key", secrets={"key": secret("ghcr.io")}, settings=settings)
    assert here.kind() is VerdictKind.PULL_SECRET_IN_USE
    assert not here.asked["workloads.pull_secret"]


def test_one_that_may_not_be_read_is_taken_for_shown() -> None:
    said = world("key", faults={"workloads.pull_secret": Refused("needs secrets get")}).verdict()
    assert said["kind"] == "PULL_SECRET_IN_USE"
    assert "needs secrets get" in identity(said)["evidence"]


def test_an_answer_that_did_not_come_is_waited_for() -> None:
    here = world("key", faults={"workloads.pull_secret": Retryable("no answer")})
    with pytest.raises(Retryable):
        here.diagnose()
    assert not here.verdicts


def test_an_account_that_pulls_itself_does_so_whatever_the_secrets_hold() -> None:
    accounts = {"default": ServiceAccount(namespace="prod-app", name="default", annotations=OPTED_IN)}
    here = world("key", secrets={"key": secret("ghcr.io")}, accounts=accounts)
    assert here.kind() is VerdictKind.WORKLOAD_IDENTITY_PULL


def test_who_names_any_secret_proves_nothing_about_the_node() -> None:
    here = world(secrets={"key": secret("ghcr.io")})
    here.pods.append(puller(pull_secrets=("key",)))
    assert here.verdict()["contrast"] == "elimination"


# Static pods


def mirror(**fields: Any) -> World:
    pod = make.failing("p1", message=DENIED, annotations={"kubernetes.io/config.mirror": "hash"}, **fields)
    return World(pods=[pod], settings=READING)


def test_a_static_pod_shows_the_nodes_own_credential_and_its_account_is_not_asked_for() -> None:
    here = mirror()
    here.accounts["default"] = ServiceAccount(namespace="prod-app", name="default", annotations=OPTED_IN)
    said = here.verdict(failure(pod_uid="hash"))
    assert said["kind"] == "STALE_CREDENTIALS"
    assert "a static pod" in identity(said)["evidence"]
    assert not here.asked["workloads.service_account"]


@pytest.mark.parametrize(
    "uid, kind", [("hash", VerdictKind.STALE_CREDENTIALS), ("", VerdictKind.STALE_CREDENTIALS), ("?", VerdictKind.GONE)]
)
def test_a_kubelet_calls_a_static_pod_by_a_uid_of_its_own(uid: str, kind: VerdictKind) -> None:
    assert mirror().kind(failure(pod_uid=uid)) is kind
