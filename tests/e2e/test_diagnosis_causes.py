"""For each cause of the corpus but a credential's: no reset, no cordon, no eviction, though all else accuses the node.

Access is granted and proven by a pull elsewhere, the image is there, nobody waits for anything to propagate: the cause
alone, told by the event or by the pod, stands between the node and its renewal. What renews nodes is at work here.
"""

from collections.abc import Iterator

import pytest

from sandbox.beds import THERE
from tests.e2e.checkups import pulled
from tests.e2e.samples import CREDENTIALS, NO_CAUSE, NOISE, OTHERS, SAMPLES, sample
from tests.e2e.scenery import IMAGE
from tests.e2e.ward import DENIED, Ward, entry, nothing_was_done, ward

ACCUSING = f'Failed to pull image "{IMAGE}": {DENIED}'


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
