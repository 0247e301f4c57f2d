"""`repull diagnose` tells the truth, with the real kubeconfig of a real control plane, about ten pods at once.

What real kubelets make of the same ten is in test_diagnosis_real.py.
"""

from collections.abc import Iterator

import pytest

from tests.e2e import tenpods, truths
from tests.e2e.caller import Caller
from tests.e2e.standing import Standing, standing
from tests.e2e.truths import TRUTHS, Truth
from tests.rings import rings


@pytest.fixture(scope="module", params=rings(1, 2, again=2))
def here(request: pytest.FixtureRequest) -> Iterator[Standing]:
    with standing(ring=request.param, scene=tenpods.scene) as found:
        yield found


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.pod)
def test_it_tells_the_truth(sre: Caller, truth: Truth) -> None:
    truths.is_told(sre, truth)


def test_all_of_them_at_once_are_a_diagnosis_for_each_cause(sre: Caller) -> None:
    truths.all_are_told_at_once(sre)
