"""What is ours on a node is taken back exactly; what is not ours is never touched."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions import ownership
from functions.model.cluster import Node, NodeChange, Taint
from functions.model.refresh import Outcome

T0 = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def apply(node: Node, change: NodeChange | None) -> Node:
    """The node after the API server has merged the change."""
    if change is None:
        return node
    labels = {key: value for key, value in (node.labels | change.labels).items() if value is not None}
    annotations = {key: value for key, value in (node.annotations | change.annotations).items() if value is not None}
    return Node(
        name=node.name,
        uid=node.uid,
        resource_version=node.resource_version,
        created=node.created,
        unschedulable=node.unschedulable if change.unschedulable is None else change.unschedulable,
        labels=labels,
        annotations=annotations,
        taints=node.taints if change.taints is None else change.taints,
    )


texts = st.text(max_size=5)
label_values = st.from_regex(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", fullmatch=True)
nodes = st.builds(
    Node,
    name=st.just("n1"),
    uid=st.just("u1"),
    resource_version=st.just("1"),
    created=st.just(T0),
    unschedulable=st.booleans(),
    labels=st.dictionaries(
        st.sampled_from(["pool", ownership.EXCLUDE_FROM_LOAD_BALANCERS, ownership.EXCLUDE]), label_values
    ),
    annotations=st.dictionaries(st.sampled_from(["note", ownership.SCALE_DOWN_DISABLED]), texts),
    taints=st.lists(
        st.builds(Taint, key=st.sampled_from(["dedicated", "gpu"]), effect=st.just("NoSchedule")), max_size=2
    ).map(tuple),
)


@given(node=nodes)
def test_a_cordon_that_lost_only_its_label_is_given_back_all_the_same(node: Node) -> None:
    """By hand, or by whatever keeps labels in order; who wants to have the cordon takes the annotation off as well."""
    cordoned = apply(node, ownership.cordon(node, "r1", cordoned_before=node.unschedulable, now=T0))
    unlabelled = apply(cordoned, NodeChange(labels={ownership.CORDONED_BY: None}))
    theirs = apply(unlabelled, NodeChange(annotations={ownership.BEFORE: None}))

    assert ownership.cordoner(unlabelled) == "r1"
    assert apply(unlabelled, ownership.uncordon(unlabelled, "r1", cordoned_before=node.unschedulable)) == node
    assert ownership.uncordon(unlabelled, "r2", cordoned_before=False) is None
    assert ownership.cordoner(theirs) is None
    assert ownership.uncordon(theirs, "r1", cordoned_before=False) is None


@given(node=nodes)
def test_what_came_with_a_cordon_that_lost_its_label_is_given_back_by_the_next(node: Node) -> None:
    """The cordon itself is taken for somebody else's by then, and stays."""
    left = apply(node, ownership.cordon(node, "r1", cordoned_before=node.unschedulable, now=T0))
    unlabelled = apply(left, NodeChange(labels={ownership.CORDONED_BY: None}))
    before = ownership.cordoned_by_others(unlabelled)
    again = apply(unlabelled, ownership.cordon(unlabelled, "r2", cordoned_before=before, now=T0))

    assert before
    assert apply(again, ownership.uncordon(again, "r2", cordoned_before=before)) == replace(node, unschedulable=True)


@given(node=nodes)
def test_uncordon_gives_back_what_cordon_found(node: Node) -> None:
    """Cordon then uncordon is nothing at all, whatever was there before."""
    cordoned = apply(node, ownership.cordon(node, "r1", cordoned_before=node.unschedulable, now=T0))

    assert cordoned.unschedulable
    assert apply(cordoned, ownership.uncordon(cordoned, "r1", cordoned_before=node.unschedulable)) == node


@given(node=nodes, set_to=st.none() | st.sampled_from(["true", "false"]))
def test_whoever_keeps_a_node_that_the_autoscaler_shall_remove_has_it_kept(node: Node, set_to: str | None) -> None:
    """That cordon comes without the annotation, also the second time it is made."""
    one = apply(node, ownership.cordon(node, "r1", cordoned_before=node.unschedulable, now=T0, removable=True))
    kept = apply(one, NodeChange(annotations={ownership.SCALE_DOWN_DISABLED: set_to}))
    again = apply(kept, ownership.cordon(kept, "r1", cordoned_before=node.unschedulable, now=T0, removable=True))

    back = apply(again, ownership.uncordon(again, "r1", cordoned_before=node.unschedulable))

    assert apply(kept, ownership.uncordon(kept, "r1", cordoned_before=node.unschedulable)) == back
    assert one.annotations.get(ownership.SCALE_DOWN_DISABLED) == node.annotations.get(ownership.SCALE_DOWN_DISABLED)
    assert back == apply(node, NodeChange(annotations={ownership.SCALE_DOWN_DISABLED: set_to}))


@given(node=nodes)
def test_what_an_earlier_cordon_kept_from_the_autoscaler_may_be_removed_by_a_later_one(node: Node) -> None:
    left = apply(node, ownership.cordon(node, "r1", cordoned_before=node.unschedulable, now=T0))
    cordoned = ownership.cordon(left, "r2", cordoned_before=node.unschedulable, now=T0, removable=True)
    again = apply(left, cordoned)

    assert again.annotations.get(ownership.SCALE_DOWN_DISABLED) == node.annotations.get(ownership.SCALE_DOWN_DISABLED)
    assert apply(again, ownership.uncordon(again, "r2", cordoned_before=node.unschedulable)) == node


@given(node=nodes, passed=st.booleans(), outcome=st.sampled_from(Outcome))
def test_taint_and_marks_leave_no_trace(node: Node, passed: bool, outcome: Outcome) -> None:  # noqa: FBT001 - hypothesis passes by name
    """Stale taint, label and marks come off again, and other taints stay."""
    changed = apply(node, ownership.taint_stale(node, "r1", any_passed=passed))
    changed = apply(changed, ownership.mark("r1", outcome))
    changed = apply(apply(changed, ownership.untaint(changed, "r1")), ownership.unmark(changed, "r1"))

    assert changed == node


def test_row_27_what_a_person_adds_to_our_cordon_is_given_back_but_for_a_taint() -> None:
    """Nothing tells their cordon from ours; what is theirs to see stays."""
    bare = Node(name="n1", uid="u1", resource_version="1", created=T0)
    cordoned = apply(bare, ownership.cordon(bare, "r1", cordoned_before=False, now=T0))
    theirs = (Taint(key="acme.example/keep-off", effect="NoSchedule"),)
    twice = apply(replace(cordoned, taints=theirs), NodeChange(unschedulable=True))

    assert apply(twice, ownership.uncordon(twice, "r1", cordoned_before=False)) == replace(bare, taints=theirs)


def test_a_stale_taint_that_a_person_has_set_is_neither_replaced_nor_taken_off() -> None:
    """The label beside it tells whose it is."""
    theirs = (Taint(key=ownership.STALE, effect="NoExecute"),)
    node = Node(name="n1", uid="u1", resource_version="1", created=T0, taints=theirs)

    assert ownership.taint_stale(node, "r1", any_passed=True) is None
    assert ownership.untaint(node, "r1") is None


def test_what_another_refresh_has_put_there_is_not_taken_off() -> None:
    bare = Node(name="n1", uid="u1", resource_version="1", created=T0)
    node = apply(bare, ownership.taint_stale(bare, "r2", any_passed=True))
    node = apply(node, ownership.mark("r2", Outcome.FRESH))

    assert (ownership.untaint(node, "r1"), ownership.unmark(node, "r1")) == (None, None)
    assert apply(apply(node, ownership.untaint(node, "r2")), ownership.unmark(node, "r2")) == bare


def test_a_foreign_cordon_is_not_undone() -> None:
    """Cordoned by somebody, or by another refresh: not ours."""
    node = Node(name="n1", uid="u1", resource_version="1", created=T0, unschedulable=True)
    theirs = apply(node, ownership.cordon(node, "r2", cordoned_before=False, now=T0))

    assert ownership.uncordon(node, "r1", cordoned_before=False) is None
    assert ownership.uncordon(theirs, "r1", cordoned_before=False) is None


WRITTEN = {"unschedulable": True, "at": T0.isoformat(), "scaleDownDisabled": None, "excludeFromLoadBalancers": None}
DAMAGES = {
    "empty": "",
    "no-json": "not json",
    "a-list": "[]",
    "too-little": '{"unschedulable": true}',
    "too-deep": "[" * 100_000,
    "no-flag": json.dumps(WRITTEN | {"unschedulable": "no"}),
    "no-answer": json.dumps(WRITTEN | {"renewed": True}),
    "no-name": json.dumps(WRITTEN | {"renewed": "n; rm -r"}),
    "no-zone": json.dumps(WRITTEN | {"at": "2026-11-24T12:00:00"}),
    "no-time": json.dumps(WRITTEN | {"at": 5}),
    "no-choice": json.dumps(WRITTEN | {"keepsAutoscalerOff": "no"}),
    "no-annotation": json.dumps(WRITTEN | {"scaleDownDisabled": [1]}),
    "no-refresh": json.dumps(WRITTEN | {"refresh": 5}),
    "no-refreshs-name": json.dumps(WRITTEN | {"refresh": "../x"}),
    "no-label": json.dumps(WRITTEN | {"excludeFromLoadBalancers": {}}),
    "no-label-value": json.dumps(WRITTEN | {"excludeFromLoadBalancers": "a b"}),
    "no-end": json.dumps(WRITTEN | {"excludeFromLoadBalancers": "a-"}),
    "a-line": json.dumps(WRITTEN | {"excludeFromLoadBalancers": "a\n"}),
    "too-long": json.dumps(WRITTEN | {"excludeFromLoadBalancers": "a" * 64}),
}


@pytest.mark.parametrize("damage", [pytest.param(text, id=name) for name, text in DAMAGES.items()])
def test_a_lost_annotation_falls_back_on_the_slot(damage: str) -> None:
    """The slot remembers whether the node was cordoned before; the label still says that the cordon is ours."""
    node = Node(name="n1", uid="u1", resource_version="1", created=T0)
    cordoned = apply(node, ownership.cordon(node, "r1", cordoned_before=False, now=T0))
    damaged = apply(cordoned, NodeChange(annotations={ownership.BEFORE: damage}))

    assert ownership.before(damaged) is None
    assert not apply(damaged, ownership.uncordon(damaged, "r1", cordoned_before=False)).unschedulable
    assert apply(damaged, ownership.uncordon(damaged, "r1", cordoned_before=True)).unschedulable


@given(node=nodes)
def test_a_cordon_that_an_earlier_refresh_left_is_ours_to_undo(node: Node) -> None:
    """A second refresh that succeeds gives back what the first one found."""
    left = apply(node, ownership.cordon(node, "r1", cordoned_before=node.unschedulable, now=T0))
    before = ownership.cordoned_by_others(left)
    again = apply(left, ownership.cordon(left, "r2", cordoned_before=before, now=T0))

    assert before == node.unschedulable
    assert apply(again, ownership.uncordon(again, "r2", cordoned_before=before)) == node


@given(node=nodes)
def test_a_cordon_says_once_its_machine_is_to_be_renewed_and_undoes_as_much_as_before(node: Node) -> None:
    cordoned = apply(node, ownership.cordon(node, "r1", cordoned_before=node.unschedulable, now=T0))
    renewed = apply(cordoned, ownership.renewing(cordoned, "r1"))
    found = ownership.before(renewed)

    assert ownership.untouched(cordoned)
    assert not ownership.untouched(renewed)
    assert found
    assert found.at == T0
    assert ownership.renewing(renewed, "r1") is None
    assert ownership.renewing(cordoned, "r2") is None
    assert apply(renewed, ownership.uncordon(renewed, "r1", cordoned_before=False)) == node


def test_a_machine_that_was_renewed_is_not_taken_for_untouched() -> None:
    """By an older version, which did not say; by an earlier refresh, in vain; or it was made anew since."""
    node = Node(name="n1", uid="u1", resource_version="1", created=T0)
    cordoned = apply(node, ownership.cordon(node, "r1", cordoned_before=False, now=T0))
    in_vain = apply(cordoned, ownership.renewing(cordoned, "r1"))
    lost = apply(in_vain, NodeChange(annotations={ownership.BEFORE: None}))
    written = json.dumps(WRITTEN | {"refresh": "r1"})
    theirs = json.dumps(WRITTEN | {"refresh": "r2", "renewed": ""})
    renewed = (
        apply(cordoned, NodeChange(annotations={ownership.BEFORE: written})),
        apply(cordoned, NodeChange(annotations={ownership.BEFORE: theirs})),
        apply(in_vain, ownership.cordon(in_vain, "r2", cordoned_before=False, now=T0)),
        apply(lost, ownership.cordon(lost, "r2", cordoned_before=False, now=T0)),
        apply(node, ownership.cordon(node, "r1", cordoned_before=False, now=T0, renewed=True)),
        lost,
        node,
    )

    assert [ownership.untouched(each) for each in renewed] == [False] * len(renewed)


def test_a_machine_that_was_renewed_in_vain_is_known_by_who_had_it_renewed() -> None:
    """Until something proves it: whoever takes the node next, and has not renewed it, or has, leaves that written."""
    node = Node(name="n1", uid="u1", resource_version="1", created=T0)
    cordoned = apply(node, ownership.cordon(node, "r1", cordoned_before=False, now=T0))
    in_vain = apply(cordoned, ownership.renewing(cordoned, "r1"))
    taken = apply(in_vain, ownership.cordon(in_vain, "r2", cordoned_before=False, now=T0))
    untouched = apply(cordoned, ownership.cordon(cordoned, "r2", cordoned_before=False, now=T0))
    opened = apply(in_vain, NodeChange(unschedulable=False))
    reopened = apply(opened, ownership.cordon(opened, "r2", cordoned_before=False, now=T0))

    assert ownership.left_unproven_by(taken, "r2") == "r1"
    assert ownership.renewing(taken, "r2") is None
    assert [ownership.left_unproven_by(each, "r1") for each in (node, cordoned, in_vain, taken)] == [""] * 4
    assert ownership.left_unproven_by(untouched, "r2") == ""
    assert ownership.left_unproven_by(reopened, "r2") == ""  # a person has found it well


@given(node=nodes)
def test_a_node_that_gke_drains_loses_all_of_ours_but_stays_cordoned(node: Node) -> None:
    """GKE has found it cordoned, and relies on it from then on."""
    cordoned = apply(node, ownership.cordon(node, "r1", cordoned_before=node.unschedulable, now=T0))
    drained = apply(cordoned, NodeChange(labels={"operation.gke.io/type": "drain"}))

    released = apply(drained, ownership.uncordon(drained, "r1", cordoned_before=node.unschedulable))

    assert released.unschedulable
    assert released.labels == node.labels | {"operation.gke.io/type": "drain"}
    assert released.annotations == node.annotations


@pytest.mark.parametrize("value", ["drain", "resize"])
def test_what_a_person_has_opened_is_not_closed_again(value: str) -> None:
    node = Node(name="n1", uid="u1", resource_version="1", created=T0)
    cordoned = apply(node, ownership.cordon(node, "r1", cordoned_before=False, now=T0))
    opened = apply(cordoned, NodeChange(unschedulable=False, labels={"operation.gke.io/type": value}))

    assert not apply(opened, ownership.uncordon(opened, "r1", cordoned_before=False)).unschedulable


def test_stale_taint_gets_strict_once_a_node_has_passed() -> None:
    """While no node can pull, pods must still run somewhere: the taint only prefers."""
    node = Node(name="n1", uid="u1", resource_version="1", created=T0)
    soft = apply(node, ownership.taint_stale(node, "r1", any_passed=False))
    hard = apply(soft, ownership.taint_stale(soft, "r1", any_passed=True))

    assert [taint.effect for taint in soft.taints] == ["PreferNoSchedule"]
    assert [taint.effect for taint in hard.taints] == ["NoSchedule"]
    assert ownership.taint_stale(hard, "r1", any_passed=True) is None
