"""What becomes of a cordon, by its node and by the refresh whose it is: a wrong uncordon is worse than one too late."""

import json
from dataclasses import replace
from typing import Any

import pytest

from functions import ownership, summary
from functions.model.cluster import Node, NodeChange
from functions.model.refresh import Phase, Refresh, RefreshPhase, RefreshStatus, Slot
from functions.tidying import Fate, fate
from tests.unit.make import T0, node, refresh
from tests.unit.test_ownership import apply


def without_label(found: Node) -> Node:
    return apply(found, NodeChange(labels={ownership.CORDONED_BY: None}))


def of_old(found: Node) -> Node:
    """As an older version has written it."""
    written = {
        "unschedulable": False,
        "at": T0.isoformat(),
        "scaleDownDisabled": None,
        "excludeFromLoadBalancers": None,
    }
    return apply(found, NodeChange(annotations={ownership.BEFORE: json.dumps(written)}))


NODE = node()
CORDONED = apply(NODE, ownership.cordon(NODE, "r1", cordoned_before=False, now=T0))
RENEWED = apply(CORDONED, ownership.renewing(CORDONED, "r1"))
TAKEN = apply(RENEWED, ownership.cordon(RENEWED, "r2", cordoned_before=False, now=T0))
OPENED = replace(RENEWED, unschedulable=False)
UNLABELLED = without_label(CORDONED)
SAID = summary.stays_cordoned("n1", "its probe was denied")
OTHERS = summary.stays_cordoned("n10", "its probe was denied")


def its(phase: RefreshPhase, **status: Any) -> Refresh:
    return replace(refresh(), status=RefreshStatus(phase=phase, **status))


def at_work(name: str = "", **status: Any) -> Refresh:
    slot = Slot(index=0, node=name, phase=Phase.DRAIN if name else Phase.CHOOSE)
    return its(RefreshPhase.RUNNING, slots=(Slot(index=1, node="n7"), slot), **status)


OVER = its(RefreshPhase.FAILED, notes=(OTHERS,))


@pytest.mark.parametrize(
    "found, whose, wanted",
    [
        pytest.param(RENEWED, None, Fate.GIVEN_BACK, id="deleted"),
        pytest.param(RENEWED, its(RefreshPhase.PENDING), Fate.GIVEN_BACK, id="opened-again-under-its-name"),
        pytest.param(TAKEN, None, Fate.TOLD, id="deleted-and-an-earlier-one-had-left-it-unproven"),
        pytest.param(
            TAKEN, its(RefreshPhase.PENDING), Fate.TOLD, id="opened-again-and-left-unproven-by-an-earlier-one"
        ),
        pytest.param(without_label(TAKEN), None, Fate.TOLD, id="left-unproven-by-an-earlier-one-without-the-label"),
        pytest.param(
            replace(TAKEN, unschedulable=False), None, Fate.GIVEN_BACK, id="deleted-and-a-person-has-opened-it"
        ),
        pytest.param(of_old(RENEWED), None, Fate.GIVEN_BACK, id="deleted-and-of-a-version-that-knew-of-no-earlier-one"),
        pytest.param(CORDONED, at_work("n1"), Fate.STAYS, id="at-work-on-it"),
        pytest.param(OPENED, at_work("n1"), Fate.STAYS, id="at-work-on-it-and-a-person-has-opened-it"),
        pytest.param(CORDONED, at_work("n10"), Fate.GIVEN_BACK, id="at-work-elsewhere"),
        pytest.param(UNLABELLED, at_work("n10"), Fate.GIVEN_BACK, id="at-work-elsewhere-without-the-label"),
        pytest.param(OPENED, at_work(), Fate.GIVEN_BACK, id="at-work-elsewhere-and-a-person-has-opened-it"),
        pytest.param(RENEWED, at_work(), Fate.TOLD, id="at-work-and-renewed-before-it-was-lost"),
        pytest.param(RENEWED, at_work(notes=(SAID,)), Fate.STAYS, id="at-work-and-unproven"),
        pytest.param(CORDONED, OVER, Fate.GIVEN_BACK, id="over-and-lost-before-its-renewal"),
        pytest.param(RENEWED, OVER, Fate.TOLD, id="over-and-lost-after-its-renewal"),
        pytest.param(OPENED, OVER, Fate.GIVEN_BACK, id="over-and-a-person-has-opened-it"),
        pytest.param(RENEWED, its(RefreshPhase.FAILED, notes=(OTHERS, SAID)), Fate.STAYS, id="unproven"),
        pytest.param(RENEWED, its(RefreshPhase.FAILED, trouble=SAID), Fate.STAYS, id="the-first-that-was-unproven"),
        pytest.param(RENEWED, its(RefreshPhase.ABORTED, stopping=f"x; {SAID}"), Fate.STAYS, id="what-stopped-it"),
        pytest.param(CORDONED, its(RefreshPhase.FAILED, notes=(SAID,)), Fate.STAYS, id="whatever-the-node-says"),
        pytest.param(
            RENEWED,
            its(RefreshPhase.FAILED, slots=(Slot(index=0, node="n1"),)),
            Fate.TOLD,
            id="over-and-no-slot-of-it-is-at-work",
        ),
    ],
)
def test_what_becomes_of_a_cordon(found: Node, whose: Refresh | None, wanted: Fate) -> None:
    assert fate(found, whose) is wanted
