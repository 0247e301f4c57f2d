"""Everything at once: operators, a platform that fails, and messages that come twice, late, in disorder or not at all.

After every step the invariants hold; once nothing disturbs any more, all refreshes end and nothing of repull's is left.
`make disorder` plays other plans, for as long as there is time.
"""

from collections.abc import Iterator

import pytest

from tests.proof.disorder.drawing import drawn
from tests.proof.disorder.plans import NODES, ROLL_OUT, Act, Delivery, Plan
from tests.proof.disorder.story import SCENE, Disorder
from tests.proof.laboratory import Laboratory, laboratory

SEED = 20260101
PLANS = 3
"""Of that seed's; each takes some seconds."""

FROZEN = ("freeze", "uncordon", "meanwhile")

HARD = (
    Plan(
        steps=(Delivery(), Delivery(amid=(("list volumeattachments", 1, Act("uncordon")),))),
    ),
    Plan(
        asked=(("nodes", NODES[0]), ("method", "Recreate")),
        steps=(Delivery(), Delivery(amid=(("create pods/eviction", 1, Act("forget")), ("watch nodes", 1, Act("die"))))),
    ),
    Plan(
        asked=(("nodes", NODES[0]),),
        steps=(
            Delivery(),
            Delivery(amid=(("operations of Google", 1, Act("recreate")), ("create pods", 2, Act("die_after")))),
        ),
    ),
    Plan(
        asked=(("nodes", NODES[0]),),
        steps=(
            Delivery(),
            Delivery(again=True, amid=tuple(("reset of Google", 1, Act(what)) for what in FROZEN)),
        ),
    ),
    Plan(
        asked=(("nodes", NODES[0]), ("method", "ScaleWorkloads"), ("acceptOutage", True)),
        before=(Act(ROLL_OUT),),
        steps=(Delivery(), Delivery(amid=(("watch nodes", 1, Act("abort")), ("watch nodes", 2, Act("forge"))))),
    ),
    Plan(
        steps=(Delivery(), Delivery(amid=(("update noderefreshes/status", 1, Act("forget")),))),
    ),
)
"""At the moments that hurt: a cordon is taken back before the last look, a refresh is deleted in the middle of a drain,
GKE puts another machine in the place of one that boots, a cordon is taken back, and another invocation sees it, when
the first has decided and is frozen, an outage is called off while its node is being replaced by a forged one, and a
refresh is deleted as its step is taken up."""


@pytest.fixture(scope="module")
def here() -> Iterator[Laboratory]:
    with laboratory(SCENE) as opened:
        yield opened


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(len(HARD)))
def test_at_the_moments_that_hurt_it_ends_well(here: Laboratory, number: int) -> None:
    Disorder(here, HARD[number]).play()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(PLANS))
def test_whatever_happens_it_ends_well(here: Laboratory, number: int) -> None:
    Disorder(here, drawn(SEED)[number]).play()
