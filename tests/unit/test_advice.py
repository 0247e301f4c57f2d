"""Every verdict has its advice and its place in the documentation."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from functions.advice import ADVICE, advise, remedy
from functions.model.names import ImageRef
from functions.model.verdict import Cause, Subject, VerdictKind
from functions.pullsecrets import SecretUse, Use
from functions.reach import REACH
from tests.unit.make import ACCOUNT, CLUSTER, IMAGE, T0

PAGE = Path(__file__).parents[2] / "docs/diagnosis.md"
KNOWN = Subject(cluster=CLUSTER, namespace="prod-app", pod="p1", image=IMAGE, node="n1", pool="pool-1", account=ACCOUNT)
UNREAD = Subject(cluster=CLUSTER, namespace="prod-app", pod="p1")


@pytest.mark.parametrize("subject", [KNOWN, UNREAD], ids=["known", "unread"])
@pytest.mark.parametrize("kind", VerdictKind)
def test_every_verdict_has_one_sentence(kind: VerdictKind, subject: Subject) -> None:
    said = advise(kind, subject, Cause.NETWORK, retry_after=T0)
    assert said[0].isupper()
    assert not re.search(r"[{}]|\. [A-Z]", said)


CREATE = "kubectl create secret docker-registry key --namespace=prod-app --docker-server=us-central1-docker.pkg.dev"


@pytest.mark.parametrize(
    "use, commands",
    [
        (Use.MISSING, [CREATE]),
        (Use.BROKEN, ["kubectl delete secret key --namespace=prod-app && ", CREATE]),
        (Use.SHOWN, ["kubectl delete secret key --namespace=prod-app && ", CREATE]),
        (Use.UNREAD, []),
    ],
)
def test_a_pull_secret_s_advice_is_the_command_with_its_name(use: Use, commands: list[str]) -> None:
    secret = SecretUse(name="key", use=use, evidence="")
    said = advise(VerdictKind.PULL_SECRET_IN_USE, KNOWN, Cause.AUTH_DENIED, secret=secret)
    assert [each for each in commands if each not in said] == []
    assert ("kubectl" in said) == bool(commands)


def test_a_secret_that_holds_more_than_one_credential_does_not_lose_the_others() -> None:
    secret = SecretUse(name="key", use=Use.SHOWN, evidence="", others=("ghcr.io", "quay.io"))
    said = advise(VerdictKind.PULL_SECRET_IN_USE, KNOWN, Cause.AUTH_DENIED, secret=secret)
    assert "which has those for ghcr.io, quay.io as well" in said
    assert "kubectl create secret generic key --namespace=prod-app --type=kubernetes.io/dockerconfigjson " in said
    assert "docker-registry" not in said


@pytest.mark.parametrize("use", [Use.SHOWN, Use.MISSING, Use.BROKEN, Use.UNREAD])
@pytest.mark.parametrize("image", [IMAGE, ImageRef.parse("ghcr.io/acme/web:v1")], ids=["google", "elsewhere"])
def test_the_nodes_identity_is_worth_a_look_where_it_was_tried_after_the_secret(use: Use, image: ImageRef) -> None:
    """The kubelet tries none where a secret is broken, and shows the node's to Google's registries alone."""
    subject, secret = replace(KNOWN, image=image), SecretUse(name="key", use=use, evidence="")
    said = advise(VerdictKind.PULL_SECRET_IN_USE, subject, Cause.AUTH_DENIED, secret=secret)
    tried = image == IMAGE and use is not Use.BROKEN
    assert said.startswith("Let in the node's own identity") == tried
    assert (f"repull diagnose --image {IMAGE} --node n1 says" in said) == tried


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_its_remedy(cause: Cause) -> None:
    told = (advise(VerdictKind.NOT_A_CREDENTIAL, KNOWN, cause), remedy(cause, ""), remedy(cause, str(IMAGE)))
    assert all(said.endswith(".") and "{" not in said for said in told)


def test_the_page_names_every_verdict_and_its_reach() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (\w+) \|$", PAGE.read_text(), re.MULTILINE)
    assert dict(rows) == {kind.value: REACH[kind].value for kind in ADVICE}
