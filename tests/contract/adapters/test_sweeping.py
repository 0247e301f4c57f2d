"""What belongs to no refresh is taken back, however much belongs to one that is at work."""

from datetime import UTC, datetime, timedelta

import pytest

from functions import ownership, summary
from functions.errors import Retryable
from functions.messages.steps import Sweep
from functions.model.cluster import NodeChange
from functions.model.refresh import Phase, Refresh, RefreshPhase, RefreshSpec, RefreshStatus
from functions.reply import Reply
from functions.sweep import KEPT, KEPT_FOR, sweep
from functions.tidying import ORPHANS, TOLD
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.product import KEY
from tests.contract.adapters.server import Server


def test_the_marks_of_a_run_at_work_hide_nobody_elses(server: Server) -> None:
    """A run over a large cluster may be held for days."""
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    for number in range(ORPHANS):
        server.node(f"a{number}", labels={ownership.REFRESH: hold.name})
    server.node("b", labels={ownership.REFRESH: "deleted"})

    assert sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings) is Reply.HANDLED

    assert not server.cluster.nodes.carrying(ownership.REFRESH, "deleted", limit=1)
    assert len(server.cluster.nodes.carrying(ownership.REFRESH, hold.name, limit=ORPHANS)) == ORPHANS


def test_a_refresh_that_cannot_be_read_keeps_its_marks_and_hides_nobody_elses(server: Server) -> None:
    """It may be at work: a newer version, or a hand, has written what this one does not understand.

    That is told once, of the refresh, and not of each of its nodes.
    """
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    unreadable(server, "newer")
    server.node("a", labels={ownership.REFRESH: "newer", ownership.STALE: "newer"})
    server.node("b", labels={ownership.REFRESH: "deleted", ownership.STALE: "deleted"})

    with pytest.raises(Retryable, match=r"NodeRefresh newer: spec\.image.* kubectl delete noderefresh newer") as told:
        sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings)

    left = {name: server.cluster.nodes.carrying(ownership.REFRESH, name, limit=9) for name in ("newer", "deleted")}
    assert {name: len(nodes) for name, nodes in left.items()} == {"newer": 1, "deleted": 0}
    assert "node a" not in str(told.value)


def test_the_marks_of_refreshes_that_cannot_be_read_hide_nobody_elses_however_many_they_are(server: Server) -> None:
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    for name in ("newer", "newest"):
        unreadable(server, name)
        for number in range(ORPHANS):
            server.node(f"{name}-{number}", labels={ownership.REFRESH: name})
    server.node("z", labels={ownership.REFRESH: "deleted"})

    with pytest.raises(Retryable, match=r"NodeRefresh newer: .* NodeRefresh newest: "):
        sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings)

    left = {name: server.cluster.nodes.carrying(ownership.REFRESH, name, limit=99) for name in ("newest", "deleted")}
    assert {name: len(nodes) for name, nodes in left.items()} == {"newest": ORPHANS, "deleted": 0}


@pytest.mark.parametrize("labels", [(ownership.CORDONED_BY,), (ownership.STALE, ownership.REFRESH), ()])
@pytest.mark.parametrize("refused", [1, ORPHANS + 2])
def test_nodes_that_may_not_be_written_hide_no_others_however_many_they_are(
    server: Server, refused: int, labels: tuple[str, ...]
) -> None:
    """A policy or a webhook may refuse some alone; nor do they hide what is left on nodes at work."""
    hold = held(server.cluster, phase=Phase.DRAIN, node="c", audit=Trail())
    names = [f"a{number:02}" for number in range(refused)]
    for name in (*names, "b"):
        server.node(name, labels=dict.fromkeys(labels, "deleted"), unschedulable=True)
        if not labels:
            without_label(server, name, "deleted", renewed=False)
    server.node("c")
    cordoned(server, "c", hold.name)
    server.node("d")
    cordoned(server, "d", hold.name)
    for name in names:
        server.fault(verb="patch", resource="nodes", name=name, status=403, times=9)

    with pytest.raises(Retryable) as said:
        sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings)

    told = [name for name in names if f"node {name}: patch nodes {name}: 403" in str(said.value)]
    assert told == names[:TOLD]
    assert (f"{refused - TOLD} more" in str(said.value)) is (refused > TOLD)
    left = server.stored("nodes", "b")
    ours = {*left["metadata"]["labels"], *left["metadata"].get("annotations", {})}
    assert not {*labels, ownership.BEFORE} & ours
    assert [server.stored("nodes", name)["spec"].get("unschedulable", False) for name in ("c", "d")] == [True, False]


def test_a_node_that_an_earlier_refresh_had_renewed_in_vain_is_told_and_not_opened(server: Server) -> None:
    """The refresh that had taken it over is deleted: nobody has proven it since."""
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    server.node("a")
    cordoned(server, "a", "earlier", renewed=True)
    cordoned(server, "a", "deleted")

    assert sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings) is Reply.HANDLED

    assert server.stored("nodes", "a")["spec"]["unschedulable"]
    (event,) = (each for each in server.events() if each["reason"] == "RepullFailed")
    assert event["message"] == summary.stays_cordoned(
        "a", "earlier has had its machine renewed, or may have, and nothing has shown it well since"
    )


def test_a_mark_without_a_name_is_nobodys(server: Server) -> None:
    """Whoever may label a node may write it, its own kubelet among others: it must not end the sweep of all."""
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    labels = dict.fromkeys((ownership.CORDONED_BY, ownership.STALE, ownership.REFRESH), "")
    server.node("a", labels=labels)

    assert sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings) is Reply.HANDLED

    assert not labels.keys() & server.stored("nodes", "a")["metadata"]["labels"].keys()


@pytest.mark.parametrize(
    "refresh, opened, left",
    [
        pytest.param("deleted", False, set(), id="of-a-refresh-that-is-gone"),
        pytest.param("over", False, {"cordon", "borrowed", "noted"}, id="after-a-renewal-that-nothing-proves"),
        pytest.param("over", True, set(), id="that-a-person-has-undone"),
        pytest.param("r", False, {"cordon", "borrowed", "noted"}, id="of-one-at-work-which-gives-it-back-itself"),
        pytest.param("lost", False, set(), id="of-one-at-work-which-knows-nothing-of-it"),
    ],
)
def test_a_cordon_that_lost_its_label_is_taken_back_as_one_that_has_it(
    server: Server, refresh: str, *, opened: bool, left: set[str]
) -> None:
    """Somebody took off the label alone; the node is kept from load balancers and from the autoscaler yet."""
    hold = held(server.cluster, phase=Phase.DRAIN, node="b" if refresh == "lost" else "a", audit=Trail())
    made = server.cluster.refreshes.create("over", RefreshSpec(cluster=KEY))
    assert made
    end(server, made)
    server.node("a")
    without_label(server, "a", "r" if refresh == "lost" else refresh, renewed=refresh == "over")
    if opened:
        server.changed("a", NodeChange(unschedulable=False))

    assert sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings) is Reply.HANDLED

    node = server.cluster.nodes.get("a")
    assert node
    borrowed = {ownership.EXCLUDE_FROM_LOAD_BALANCERS, ownership.SCALE_DOWN_DISABLED}
    found = {
        "cordon": node.unschedulable,
        "borrowed": bool(borrowed & {*node.labels, *node.annotations}),
        "noted": ownership.BEFORE in node.annotations,
    }
    assert {each for each, there in found.items() if there} == left


def test_a_cordon_that_a_refresh_at_work_has_lost_is_not_taken_from_who_cordons_the_node_again(server: Server) -> None:
    """Another slot takes it between what the sweep has read and what it writes."""
    hold = held(server.cluster, phase=Phase.DRAIN, node="b", audit=Trail())
    server.node("a")
    cordoned(server, "a", hold.name)

    async def another_slot() -> None:
        slots = [{"index": 0, "step": 0, "phase": "Drain", "node": "a", "holder": "h"}]
        await server.admin.patch("noderefreshes/status", hold.name, {"status": {"slots": slots}})
        await server.admin.patch("nodes", "a", {"metadata": {"labels": {"x": "y"}}})

    server.fault(verb="patch", resource="nodes", name="a", before=another_slot)

    assert sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings) is Reply.HANDLED

    node = server.cluster.nodes.get("a")
    assert node
    assert node.unschedulable
    assert node.labels["x"] == "y"


def cordoned(server: Server, name: str, refresh: str, *, renewed: bool = False) -> None:
    node = server.cluster.nodes.get(name)
    assert node
    now = datetime.now(UTC)
    server.changed(name, ownership.cordon(node, refresh, cordoned_before=False, now=now, renewed=renewed))


def without_label(server: Server, name: str, refresh: str, *, renewed: bool = True) -> None:
    """A node that this refresh has cordoned, and that lost the label which says so."""
    cordoned(server, name, refresh, renewed=renewed)
    server.changed(name, NodeChange(labels={ownership.CORDONED_BY: None}))


def unreadable(server: Server, name: str) -> None:
    """A NodeRefresh whose image this version does not understand."""
    spec = {"cluster": str(KEY), "method": "Reset", "maxUnavailable": "1", "image": "%"}
    kind = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh"}
    server.create("noderefreshes", {**kind, "metadata": {"name": name}, "spec": spec})


def test_who_writes_a_node_at_the_same_time_leaves_nothing_to_the_next_sweep(server: Server) -> None:
    """The cluster's own controllers write a node as soon as it is opened again."""
    hold = held(server.cluster, phase=Phase.CHOOSE, audit=Trail())
    server.node("b", labels={ownership.STALE: "deleted"}, taints=[{"key": ownership.STALE, "effect": "NoSchedule"}])

    async def somebody_else() -> None:
        await server.admin.patch("nodes", "b", {"metadata": {"labels": {"x": "y"}}})

    server.fault(verb="patch", resource="nodes", name="b", before=somebody_else)

    assert sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings) is Reply.HANDLED

    node = server.cluster.nodes.get("b")
    assert node
    assert ownership.STALE not in node.labels
    assert ownership.STALE not in {taint.key for taint in node.taints}
    assert node.labels["x"] == "y"


class _Later:
    """`ports.Clock`, some time from now."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by

    def pause(self, seconds: float) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("labelled", [False, True])
def test_what_is_old_is_forgotten_but_for_the_last_few_and_those_whose_cordon_stands(
    server: Server, *, old: bool, labelled: bool
) -> None:
    """The oldest three of those that are over are too many, and of one of them a node is cordoned still."""
    by = KEPT_FOR + timedelta(minutes=5 if old else -5)
    hold = held(server.cluster, phase=Phase.FINISHED, audit=Trail(), clock=_Later(by))
    end(server, hold.refresh)
    names = [f"n{number:02}" for number in range(KEPT + 2)]
    for name in reversed(names):
        made = server.cluster.refreshes.create(name, RefreshSpec(cluster=KEY))
        assert made
        end(server, made)
    server.node("a", labels={ownership.CORDONED_BY: names[-1]} if labelled else {}, unschedulable=True)
    if not labelled:
        without_label(server, "a", names[-1])

    assert sweep(Sweep(clusters=(KEY,)), hold.ports, hold.settings) is Reply.HANDLED

    forgotten = {hold.name, names[-2]} if old else set()
    assert {each.name for each in server.cluster.refreshes.all()} == {hold.name, *names} - forgotten


def end(server: Server, refresh: Refresh) -> None:
    server.cluster.refreshes.write(refresh, RefreshStatus(phase=RefreshPhase.SUCCEEDED))
