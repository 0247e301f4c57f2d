"""A drain goes on only while the replacements come up."""

from datetime import timedelta
from typing import Any

import pytest

from functions import replacements
from functions.model.cluster import Pod
from functions.replacements import Progress
from tests.unit.make import IMAGE, T0, failing, owner, pod

OLD = pod("old", created=T0 - timedelta(hours=1))
KNOWN = frozenset({OLD.uid, "uid-sibling"})
NEW: dict[str, Any] = {"node": "n2", "created": T0}


@pytest.mark.parametrize(
    "present, progress",
    [
        pytest.param((), Progress.GO_ON, id="no-replacement-yet"),
        pytest.param((pod("new", **NEW),), Progress.GO_ON, id="ready"),
        pytest.param((pod("new", **NEW, ready=False),), Progress.WAIT, id="starting"),
        pytest.param((pod("new", node="", created=T0, ready=False),), Progress.GO_ON, id="no-place-for-it"),
        pytest.param((failing("new", **NEW),), Progress.ROLL_BACK, id="can't-pull-on-a-node-that-passed"),
        pytest.param((failing("new", **(NEW | {"node": "n3"})),), Progress.GO_ON, id="can't-pull-on-a-stale-node"),
        pytest.param(
            (pod("other", **NEW, ready=False, owner=owner(name="other")),), Progress.GO_ON, id="another-controller"
        ),
        pytest.param(
            (pod("sibling", node="n2", created=T0 - timedelta(hours=2), ready=False),),
            Progress.GO_ON,
            id="older-sibling",
        ),
        pytest.param((pod("new", **NEW, ready=False, deleting_since=T0),), Progress.GO_ON, id="leaving-again"),
    ],
)
def test_judge(present: tuple[Pod, ...], progress: Progress) -> None:
    """n2 passed its probe, n3 did not."""
    found = replacements.of((OLD,), present, known=KNOWN, node="n1")

    assert replacements.judge((OLD,), found, passed=frozenset({"n2"}), repository=IMAGE.repository)[0] is progress


def test_pods_that_were_not_ready_are_not_waited_for() -> None:
    """A pod that never served is no reason to hold up the drain."""
    evicted = (pod("old", created=T0 - timedelta(hours=1), ready=False),)
    found = replacements.of(evicted, (pod("new", **NEW, ready=False),), known=KNOWN, node="n1")

    assert replacements.judge(evicted, found, passed=frozenset(), repository=IMAGE.repository)[0] is Progress.GO_ON


@pytest.mark.parametrize("waits, ready", [(True, True), (False, False)], ids=["serves", "has-never-served"])
def test_a_workload_that_is_served_by_what_is_on_the_node_still_is_waited_for(*, waits: bool, ready: bool) -> None:
    """Though those that went first were not ready."""
    went, stays = pod("old", ready=False), pod("stays", ready=ready)
    found = replacements.of((went,), (pod("new", **NEW, ready=False),), known=KNOWN, node="n1")

    progress, why = replacements.judge((went, stays), found, passed=frozenset(), repository=IMAGE.repository)

    assert (progress is Progress.WAIT, bool(why)) == (waits, waits)


UNREADY: dict[str, Any] = NEW | {"ready": False}


@pytest.mark.parametrize(
    "found, left_behind",
    [
        pytest.param(pod("new", **UNREADY), True, id="starting"),
        pytest.param(pod("new", **(UNREADY | {"node": ""})), True, id="no-place-yet"),
        pytest.param(failing("new", **NEW), True, id="can't-pull"),
        pytest.param(pod("new", **(UNREADY | {"created": T0.replace(microsecond=0)})), True, id="of-that-very-second"),
        pytest.param(pod("new", **(UNREADY | {"created": T0 - timedelta(seconds=10)})), False, id="older"),
        pytest.param(pod("new", **NEW), False, id="ready"),
        pytest.param(pod("new", **(UNREADY | {"node": "n1"})), False, id="to-be-drained-itself"),
        pytest.param(pod("new", **UNREADY, deleting_since=T0), False, id="leaving-again"),
        pytest.param(pod("new", **UNREADY, phase="Failed"), False, id="finished"),
    ],
)
def test_what_an_earlier_invocation_has_left_behind(found: Pod, *, left_behind: bool) -> None:
    cordoned_at = T0 + timedelta(milliseconds=700)

    assert replacements.left_behind((found,), cordoned_at=cordoned_at, node="n1") == ((found,) if left_behind else ())
    assert replacements.left_behind((found,), cordoned_at=None, node="n1") == ()


@pytest.mark.parametrize(
    "present, done",
    [
        pytest.param((), False, id="none"),
        pytest.param((pod("new", **NEW), pod("newer", **NEW, ready=False)), False, id="one-is-starting"),
        pytest.param((pod("new", **NEW), pod("newer", **NEW)), True, id="both-are-ready"),
        pytest.param((pod("new", **NEW), pod("other", **NEW, owner=owner(name="other"))), False, id="somebody-elses"),
    ],
)
def test_a_controller_is_done_when_each_of_its_evicted_pods_is_back(present: tuple[Pod, ...], done: bool) -> None:  # noqa: FBT001 - a column of the table
    evicted = (OLD, pod("older", created=T0 - timedelta(hours=1)))
    found = replacements.of(evicted, present, known=KNOWN, node="n1")

    assert bool(replacements.complete(evicted, found)) == done


@pytest.mark.parametrize(
    "evicted, present, awaited",
    [
        pytest.param((OLD,), (), True, id="not-made-yet"),
        pytest.param((OLD,), (pod("new", node="", created=T0, ready=False),), True, id="no-place-yet"),
        pytest.param((OLD,), (pod("new", **NEW, ready=False),), False, id="starting"),
        pytest.param((OLD, pod("older")), (pod("new", **NEW),), True, id="one-of-two"),
        pytest.param((pod("old", ready=False),), (), False, id="it-never-served"),
        pytest.param((pod("older", ready=False), OLD), (pod("new", **NEW),), True, id="the-other-has-it"),
        pytest.param((pod("old", owner=owner(kind="StatefulSet")),), (), False, id="comes-when-the-old-one-is-gone"),
        pytest.param((pod("old", owner=owner(kind="Job")),), (), False, id="may-not-come-back"),
        pytest.param((pod("old", owner=None),), (), False, id="nobody-s"),
    ],
)
def test_a_replacement_that_comes_promptly_is_waited_for(
    evicted: tuple[Pod, ...], present: tuple[Pod, ...], *, awaited: bool
) -> None:
    found = replacements.of(evicted, present, known=frozenset(), node="n1")

    assert bool(replacements.to_come(evicted, found)) is awaited
