"""Every verdict has its advice and its place in the documentation."""

import re
from pathlib import Path

import pytest

from functions.advice import ADVICE, advise, remedy
from functions.duplicates import REACH
from functions.model.verdict import Cause, Subject, VerdictKind
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


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_its_remedy(cause: Cause) -> None:
    told = (advise(VerdictKind.NOT_A_CREDENTIAL, KNOWN, cause), remedy(cause, ""), remedy(cause, str(IMAGE)))
    assert all(said.endswith(".") and "{" not in said for said in told)


def test_the_page_names_every_verdict_and_its_reach() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (\w+) \|$", PAGE.read_text(), re.MULTILINE)
    assert dict(rows) == {kind.value: REACH[kind].value for kind in ADVICE}
