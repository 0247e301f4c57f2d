"""Plans are drawn from a seed: the same ones every time, wherever that is."""

from hypothesis import Phase, given, seed, settings

from tests.proof.disorder.acts import ACTS, AMID
from tests.proof.disorder.plans import ROLL_OUT, Plan, plans

AT_A_TIME = 12
"""Plans of one seed: hypothesis varies what it has already, and soon they are all alike."""


def drawn(number: int) -> tuple[Plan, ...]:
    """The plans of this seed. What goes wrong takes seconds to play, so nothing is shrunk."""
    found: list[Plan] = []

    @seed(number)
    @settings(max_examples=AT_A_TIME, database=None, deadline=None, phases=(Phase.generate,))
    @given(plans(tuple(each for each in ACTS if each != ROLL_OUT), AMID))
    def collect(plan: Plan) -> None:
        found.append(plan)

    collect()
    return tuple(dict.fromkeys(found))
