"""For each cause of the corpus but a credential's: no reset, no cordon, no eviction, though all else accuses the node.

Access is granted and proven by a pull elsewhere, the image is there, nobody waits for anything to propagate: the cause
alone, told by the event or by the pod, stands between the node and its renewal. What renews nodes is at work here.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.checkups import pulled
from tests.e2e.ward import DENIED, HERE, IMAGE, THERE, Ward, entry, nothing_was_done, ward

CORPUS = Path(__file__).parents[1] / "corpus/pull_failures.jsonl"
SAMPLES: dict[str, str] = {
    row["cause"]: row["message"] for row in map(json.loads, reversed(CORPUS.read_text().splitlines()))
}
"""The first message of each cause."""
CREDENTIALS = ("auth_denied", "auth_missing", "ambiguous_denied_or_missing")
NO_CAUSE, NOISE = "backoff_no_cause", "not_a_pull_failure"
OTHERS = sorted(set(SAMPLES) - {*CREDENTIALS, NO_CAUSE, NOISE})
ACCUSING = f'Failed to pull image "{IMAGE}": {DENIED}'


def sample(cause: str) -> str:
    """About the image of the ward."""
    named = re.search(r'(?:Failed to pull image|Back-off pulling image) "([^"]+)"', SAMPLES[cause])
    return SAMPLES[cause].replace(named[1], IMAGE) if named else SAMPLES[cause]


@pytest.fixture(scope="module")
def whole_ward() -> Iterator[Ward]:
    with ward() as found:
        yield found
        nothing_was_done(found)


@pytest.fixture
def opened(whole_ward: Ward) -> Iterator[Ward]:
    pulled(THERE)(whole_ward)
    yield whole_ward
    whole_ward.clear()


def test_there_are_eighteen() -> None:
    assert len(SAMPLES) == len(OTHERS) + len(CREDENTIALS) + 2 == 18


@pytest.mark.parametrize("cause", OTHERS)
def test_the_event_tells_another_cause(opened: Ward, cause: str) -> None:
    found = opened.tell(opened.admit(), message=sample(cause))
    assert (found.verdict["cause"], found.changes) == (cause, [])


@pytest.mark.parametrize("cause", OTHERS)
def test_the_pod_tells_another_cause(opened: Ward, cause: str) -> None:
    found = opened.tell(opened.admit(message=sample(cause)), message=ACCUSING)
    assert (found.verdict["cause"], found.changes) == (cause, [])


def test_nobody_tells_a_cause(opened: Ward) -> None:
    found = opened.tell(opened.admit(message=sample(NO_CAUSE)), message=sample(NO_CAUSE), reason="BackOff")
    assert (found.kind, found.changes) == ("UNKNOWN", [])


def test_it_is_about_no_pull(opened: Ward) -> None:
    answered, calls = opened.deliver(entry(opened.admit(), message=sample(NOISE), reason="BackOff"))
    assert answered.said("repull.noise")
    assert not calls


@pytest.mark.parametrize("cause", CREDENTIALS)
def test_a_credential_that_is_not_the_nodes(opened: Ward, cause: str) -> None:
    """The pod brings a secret of its own; without it the same would open a refresh, as the checks' tests see."""
    pod = opened.admit(node=HERE, message=sample(cause), imagePullSecrets=[{"name": "key"}])
    found = opened.tell(pod, message=sample(cause))
    assert (found.kind, found.verdict["cause"], found.changes) == ("PULL_SECRET_IN_USE", cause, [])
