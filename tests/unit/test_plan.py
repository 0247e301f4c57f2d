"""What a start may ask for, and how much of a large cluster its plan shows."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

import pytest

from functions.errors import BadInput
from functions.messages.steps import Start
from functions.model.cluster import Node, Pod
from functions.model.google import GkeCluster, NodePool
from functions.model.names import ImageRef
from functions.model.refresh import Method, Phase, RefreshPhase, RefreshStatus, Slot
from functions.ownership import CORDONED_BY, EXCLUDE
from functions.plan import PLANNED_NODES, First, PlannedNode, plan, specify
from functions.ports import Brakes, Cluster, RefreshPorts, Renewal
from functions.settings import Consent, Settings, Severity
from tests.unit.make import ACCOUNT, CLUSTER, IMAGE, T0, failing, node, refresh
from tests.unit.renewing import Machine

SETTINGS = Settings(clusters=(CLUSTER,), step_topic="", dead_letter_topic="")
CONSENTS = {
    "force": "force",
    "delete_bare_pods": "deleteBarePods",
    "delete_local_storage": "deleteLocalStorage",
    "delete_local_ssd": "deleteLocalSsd",
    "accept_outage": "acceptOutage",
}
MANY = tuple(f"n{number}" for number in range(101))


@dataclass
class Crowd:
    """Every port, as far as a plan asks for nodes that it may not touch: it looks at nothing else of theirs."""

    waiting: tuple[Pod, ...] = ()

    def pending(self, *, limit: int) -> tuple[Pod, ...]:
        return self.waiting[:limit]

    def now(self) -> Any:
        return T0

    def get(self, name: str) -> Node:
        return node(name, labels={EXCLUDE: ""})

    def of_pool(self, _: str, *, limit: int, **__: object) -> tuple[Node, ...]:
        return self.candidates(limit=limit)

    def candidates(self, *, limit: int, **_: object) -> tuple[Node, ...]:
        return tuple(self.get(name) for name in MANY[:limit])

    def count(self, **_: object) -> int:
        return len(MANY)

    def on_node(self, _: str) -> tuple[()]:
        return ()

    def brakes(self) -> Brakes:
        return Brakes()

    def cluster(self, _: object) -> GkeCluster:
        return GkeCluster(pools=(NodePool(name="pool-1", service_account=ACCOUNT),))

    at_work = cluster


def ports(one: Any) -> tuple[Cluster, RefreshPorts]:
    """One answers for all."""
    of_cluster: dict[str, Any] = {port.name: one for port in fields(Cluster)}
    return Cluster(**of_cluster | {"key": CLUSTER}), RefreshPorts(**{port.name: one for port in fields(RefreshPorts)})


@pytest.mark.parametrize("field, name", CONSENTS.items(), ids=CONSENTS.values())
def test_what_a_setting_forbids_no_message_is_given(field: str, name: str) -> None:
    asking: dict[str, Any] = {field: True}
    forbidding: dict[str, Any] = {field: Consent.FORBID}
    cluster, _ = ports(Crowd())

    said = (
        rf"^{name}: true is not accepted; use false: this installation forbids it \(REPULL_{field.upper()} is forbid\)"
    )
    with pytest.raises(BadInput, match=said):
        specify(Start(cluster=CLUSTER, image=IMAGE, **asking), cluster, replace(SETTINGS, **forbidding))

    assert not getattr(specify(Start(cluster=CLUSTER, image=IMAGE), cluster, replace(SETTINGS, **forbidding)), field)
    assert getattr(specify(Start(cluster=CLUSTER, image=IMAGE, **asking), cluster, SETTINGS), field)


@pytest.mark.parametrize("asked", [True, False])
def test_nobody_is_told_to_accept_an_outage_that_is_forbidden(*, asked: bool) -> None:
    cluster, _ = ports(Crowd())
    message = Start(cluster=CLUSTER, image=IMAGE, method=Method.SCALE_WORKLOADS, accept_outage=asked)

    with pytest.raises(BadInput, match=r"this installation forbids .+\(REPULL_ACCEPT_OUTAGE") as found:
        specify(message, cluster, replace(SETTINGS, accept_outage=Consent.FORBID))

    assert "only with acceptOutage" not in str(found.value)


OTHERS = tuple(failing(f"p{number}", image="ghcr.io/acme/private:v1") for number in range(3))


def test_where_no_image_is_named_it_is_one_that_a_nodes_own_identity_opens() -> None:
    cluster, _ = ports(Crowd(waiting=(*OTHERS, failing())))
    assert specify(Start(cluster=CLUSTER), cluster, SETTINGS).image == IMAGE


def test_where_only_other_registries_fail_an_image_must_be_named() -> None:
    cluster, _ = ports(Crowd(waiting=OTHERS))
    with pytest.raises(BadInput, match=r"^image: it is missing; use .+ from Artifact Registry or gcr\.io"):
        specify(Start(cluster=CLUSTER), cluster, SETTINGS)


@pytest.mark.parametrize(
    "image", ["ghcr.io/acme/private:v1", "us-docker.pkg.dev:443/acme/apps/api", "us-docker.pkg.dev/a"]
)
def test_an_image_by_which_no_node_can_be_verified_is_rejected(image: str) -> None:
    cluster, _ = ports(Crowd())
    with pytest.raises(BadInput, match=r"^image: .+ is not accepted; use an image of Artifact Registry"):
        specify(Start(cluster=CLUSTER, image=ImageRef.parse(image), force=True), cluster, SETTINGS)


@pytest.mark.parametrize("named", [(), MANY], ids=["all-in-scope", "named"])
def test_a_plan_shows_the_first_hundred_nodes_and_counts_the_rest(named: tuple[str, ...]) -> None:
    found = plan("r1", refresh(nodes=named).spec, *ports(Crowd()), SETTINGS)

    assert PLANNED_NODES == 100
    assert [each.node for each in found.nodes] == list(MANY[:100])
    assert found.total == 101


LEFT = tuple(node(name, unschedulable=True, labels={CORDONED_BY: "r0"}) for name in ("n8", "n9"))
WELL = Machine(node=node(labels={"cloud.google.com/gke-nodepool": "pool-1"}), nodes=4)
OF_LATE = tuple(
    Renewal(instance=f"i{number}", cause="c", at=T0 - timedelta(minutes=number), refresh="r0", pool="pool-1")
    for number in range(1, 4)
)


@pytest.mark.parametrize(
    "left, at_most, refused",
    [
        pytest.param(LEFT[:1], "1", True, id="takes-the-only-place"),
        pytest.param(LEFT, "2", True, id="take-both-places"),
        pytest.param(LEFT, "3", False, id="leave-a-place"),
        pytest.param(LEFT[:1], "50%", False, id="of-four-nodes-in-scope-two"),
        pytest.param(LEFT, "50%", True, id="both-of-the-half"),
    ],
)
def test_a_plan_counts_places_as_the_run_would(left: tuple[Node, ...], at_most: str, refused: bool) -> None:  # noqa: FBT001 - a column
    found = planned(replace(WELL, left=left), max_unavailable=at_most)

    assert ["still cordoned after unproven renewals" in why for why in found.refusals] == [True] * refused


def test_nodes_of_a_refresh_at_work_are_not_said_to_be_left_by_it() -> None:
    """Whoever was told to uncordon them would end it; but one that it has done with stays out of service."""

    def refusals(in_hand: str) -> tuple[str, ...]:
        status = RefreshStatus(phase=RefreshPhase.RUNNING, slots=(Slot(index=0, node=in_hand),))
        at_work = replace(refresh(), name="r0", status=status)
        return planned(replace(WELL, left=LEFT[:1], earlier=at_work), max_unavailable="1").refusals

    assert refusals(LEFT[0].name) == ()
    assert ["still cordoned after unproven renewals" in why for why in refusals("another")] == [True]


def test_an_outage_has_one_place() -> None:
    found = planned(
        replace(WELL, left=LEFT[:1]), max_unavailable="3", method=Method.SCALE_WORKLOADS, accept_outage=True
    )

    assert any("still cordoned after unproven renewals" in why for why in found.refusals)


@pytest.mark.parametrize(
    "settings, words",
    [
        pytest.param({"breaker_renewals": 3}, "renewals within an hour: 3, and REPULL_BREAKER_RENEWALS is 3", id="all"),
        pytest.param(
            {"breaker_percent": 75}, "in pool pool-1 of 4 nodes: 3, and REPULL_BREAKER_PERCENT is 75", id="of-the-pool"
        ),
        pytest.param({}, "", id="none-too-many"),
    ],
)
def test_a_plan_foresees_that_the_first_renewal_would_open_the_breaker(settings: dict[str, Any], words: str) -> None:
    found = planned(replace(WELL, renewals=OF_LATE), **settings)

    assert found.refusals == ()
    opens = [each for each in found.warnings if "would open the circuit breaker" in each]
    assert ([words in each for each in opens], words in found.would) == ([True] * bool(words), True)


@pytest.mark.parametrize(
    "there, asked, first, words",
    [
        pytest.param({}, {}, First.PROBE, "would probe n1, and renew it if it can't pull", id="well"),
        pytest.param({}, {"force": True}, First.RENEW, "would renew n1 whether or not it can pull", id="forced"),
        pytest.param({"left": LEFT}, {}, First.PROBE, "would probe n1, and refuse it if it can't pull: ", id="refused"),
        pytest.param({"left": LEFT}, {"force": True}, First.REFUSE, "would refuse n1: ", id="forced-and-refused"),
        pytest.param({"node": replace(WELL.node, ready=False)}, {}, First.REFUSE, "would refuse n1: ", id="unaskable"),
        pytest.param(
            {"node": replace(WELL.node, labels={EXCLUDE: ""})},
            {},
            First.NOTHING,
            "would pass over n1: ",
            id="excluded",
        ),
    ],
)
def test_a_plan_says_what_is_done_first(there: dict[str, Any], asked: dict[str, Any], first: First, words: str) -> None:
    found = planned(replace(WELL, **there), **asked)

    assert (found.first, found.would.startswith(words)) == (first, True), found.would


def planned(machine: Machine, *, breaker_renewals: int = 30, breaker_percent: int = 100, **spec: Any) -> PlannedNode:
    """What a plan of four nodes says of the machine's."""
    hold = machine.hold(Phase.CHOOSE)
    changed: dict[str, Any] = {"breaker_renewals": breaker_renewals, "breaker_percent": breaker_percent}
    settings = replace(hold.settings, last_node=Severity.WARN, **changed)
    asked = refresh(nodes=("n1", "n2", "n3", "n4"), **spec).spec
    return plan("plan", asked, hold.cluster, hold.ports, settings).nodes[0]
