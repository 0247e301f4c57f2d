"""What forbids an outage: each row, seen to forbid it by name; and whose a Deployment's replicas are."""

from dataclasses import replace
from typing import Any

import pytest

from functions import methods
from functions.methods.circumstances import Circumstances
from functions.methods.outage import Outage
from functions.model.cluster import Owner
from functions.model.google import Autoscaling, Group, Instance, Member, NodePool
from functions.model.names import InstanceRef
from functions.model.refresh import Method
from functions.model.workload import Autoscaler, Deployment, Manager
from functions.ownership import SCALE_DOWN_DISABLED
from functions.replicas import SCALED_BY
from tests.unit.make import ACCOUNT, REMEDY, failing, node, owner, pod

POOL = NodePool(name="pool-1", service_account=ACCOUNT, autoscaling=Autoscaling(least_per_zone=1, least=0))
MACHINE = Instance(ref=InstanceRef(project="acme-prod", zone="us-central1-a", name="n1"), id="4711", status="RUNNING")


def deployment(**fields: Any) -> Deployment:
    return Deployment(**({"namespace": "prod-app", "name": "web", "uid": "u", "resource_version": "1"} | fields))


WEB = deployment(managers=(Manager(name="kubectl-client-side-apply"),))
OUTAGE = Outage(
    accepted=True,
    begun=False,
    refresh="r1",
    node=node(),
    pool=POOL,
    in_zone=2,
    in_pool=4,
    failing=(WEB,),
    forbidden=(),
    autoscalers=(),
    others=(),
    with_data=(),
    to_local_storage="give deleteLocalStorage",
    staying=(pod("other"),),
)


def circumstances(machine: Instance = MACHINE, **fields: Any) -> Circumstances:
    return Circumstances(
        node="n1",
        member=Member(group="g", id="4711"),
        machine=machine,
        group=Group(),
        outage=replace(OUTAGE, **fields),
    )


def refusals(machine: Instance = MACHINE, **fields: Any) -> tuple[str, ...]:
    return methods.refusals(Method.SCALE_WORKLOADS, circumstances(machine, **fields))


def test_nothing_speaks_against_it_where_it_is_accepted_and_can_work() -> None:
    assert refusals() == ()


LEAST = Autoscaling(least_per_zone=0, least=4)
SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
STUCK = pod("stuck", annotations={SAFE: "false"})
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nobody-has-accepted-it": ({"accepted": False}, "acceptOutage"),
    "not-granted": ({"forbidden": (WEB,)}, "kubectl apply -f infra/cluster/optional/scale-workloads.yaml"),
    "no-pool": ({"pool": None}, "no autoscaler"),
    "no-autoscaler": ({"pool": replace(POOL, autoscaling=None)}, "no autoscaler"),
    "no-more-in-the-zone": ({"in_zone": 1}, "leaves 1 nodes in each zone"),
    "no-more-in-the-pool": ({"pool": replace(POOL, autoscaling=LEAST)}, "leaves 4 nodes"),
    "the-node-is-to-stay": ({"node": node(annotations={SCALE_DOWN_DISABLED: "true"})}, SCALE_DOWN_DISABLED),
    "nothing-fails": ({"failing": ()}, "fails to pull there to be scaled"),
    "a-stateful-set-fails": (
        {"others": (failing("db-0", owner=owner("StatefulSet", "db")),)},
        "prod-app/db-0 (StatefulSet)",
    ),
    "a-bare-pod-fails": ({"others": (failing("alone", owner=None),)}, "prod-app/alone (no controller)"),
    "data-would-be-lost": (
        {"with_data": (failing("web-1", local_volumes=("cache",)),)},
        "whatever node they are on: prod-app/web-1 (cache); move it, or give deleteLocalStorage",
    ),
    "a-pod-keeps-the-node": ({"staying": (STUCK,)}, "prod-app/stuck"),
    "a-bare-pod-keeps-the-node": ({"staying": (pod("alone", owner=None),)}, "prod-app/alone"),
    "local-ssds": ({"machine": replace(MACHINE, local_ssds=("local-ssd-0",))}, "local-ssd-0"),
    "spot": ({"machine": replace(MACHINE, spot=True)}, "Spot"),
}


@pytest.mark.parametrize("fields, words", REFUSED.values(), ids=REFUSED)
def test_what_forbids_it_is_named(fields: dict[str, Any], words: str) -> None:
    (reason,) = refusals(**fields)

    assert words in reason
    assert REMEDY.search(reason), reason


def test_everything_that_forbids_it_is_seen_to() -> None:
    busy = replace(circumstances(), member=Member(group="g", id="4711", action="RECREATING"), machine=None)
    claimed = circumstances(failing=(deployment(labels={SCALED_BY: "r0"}),))
    facts = (busy, claimed, *(circumstances(**fields) for fields, _ in REFUSED.values()))

    assert [row for row in methods.METHODS[Method.SCALE_WORKLOADS].refuses if not any(map(row, facts))] == []


def test_a_bare_pod_that_may_be_moved_keeps_no_node() -> None:
    assert refusals(staying=(pod("alone", owner=None, annotations={SAFE: "true"}),)) == ()


def test_an_outage_that_has_begun_goes_on_when_nothing_fails_any_more() -> None:
    """Its pods have just been taken away."""
    assert refusals(failing=(), begun=True) == ()


KEDA = Owner(kind="ScaledObject", name="web", uid="u", api_version="keda.sh/v1alpha1")
HPA = Autoscaler(namespace="prod-app", name="web-hpa", kind="Deployment", target="web")
CLAIMED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "autoscaler": ({}, {"autoscalers": (HPA,)}, "HorizontalPodAutoscaler web-hpa"),
    "keda": ({}, {"autoscalers": (replace(HPA, owner=KEDA),)}, "HorizontalPodAutoscaler web-hpa, of ScaledObject web"),
    "operator": ({"owner": owner("Shop", "acme", api_version="acme.dev/v1")}, {}, "managed by Shop acme"),
    "argo-cd": ({"annotations": {"argocd.argoproj.io/tracking-id": "x"}}, {}, "managed by Argo CD"),
    "argo-cd-by-label": ({"labels": {"argocd.argoproj.io/instance": "x"}}, {}, "managed by Argo CD"),
    "flux": ({"labels": {"kustomize.toolkit.fluxcd.io/name": "x"}}, {}, "managed by Flux"),
    "flux-helm": ({"labels": {"helm.toolkit.fluxcd.io/name": "x"}}, {}, "managed by Flux"),
    "config-sync": ({"annotations": {"configmanagement.gke.io/managed": "enabled"}}, {}, "managed by Config Sync"),
    "controller": (
        {"managers": (Manager(name="argocd-controller"),)},
        {},
        "Deployment prod-app/web is given its replicas by argocd-controller",
    ),
    "declared": (
        {"managers": (Manager(name="kubectl", applies=True),)},
        {},
        "Deployment prod-app/web is given its replicas by kubectl",
    ),
    "earlier-refresh": ({"labels": {SCALED_BY: "r0"}}, {}, "still scaled by r0"),
}


@pytest.mark.parametrize("deployed, around, words", CLAIMED.values(), ids=CLAIMED)
def test_replicas_that_are_somebody_elses_are_refused_by_name(
    deployed: dict[str, Any], around: dict[str, Any], words: str
) -> None:
    """And those of another Deployment are no reason to keep quiet about it."""
    other = deployment(name="quiet")

    (reason,) = refusals(failing=(other, deployment(**deployed)), **around)

    assert reason.startswith("Deployment prod-app/web is ")
    assert words in reason
    assert "quiet" not in reason


@pytest.mark.parametrize("name", ["kubectl", "kubectl-edit", "Helm", "Terraform", "GoogleCloudConsole", "repull"])
def test_who_writes_once_by_hand_does_not_own_them(name: str) -> None:
    assert refusals(failing=(deployment(managers=(Manager(name=name),)),)) == ()


@pytest.mark.parametrize(
    "autoscaler",
    [replace(HPA, namespace="other"), replace(HPA, kind="StatefulSet"), replace(HPA, target="api")],
    ids=["elsewhere", "another-kind", "another-name"],
)
def test_an_autoscaler_of_something_else_is_none_of_it(autoscaler: Autoscaler) -> None:
    assert refusals(autoscalers=(autoscaler,)) == ()


def test_our_own_note_is_no_claim() -> None:
    """After a crash between two Deployments, the first carries it."""
    assert refusals(failing=(deployment(labels={SCALED_BY: "r1"}),)) == ()


@pytest.mark.parametrize("other", [each for each in Method if each is not Method.SCALE_WORKLOADS])
def test_a_machine_that_is_still_there_was_not_renewed_by_it(other: Method) -> None:
    assert not Method.SCALE_WORKLOADS.covers(other)
    assert not other.covers(Method.SCALE_WORKLOADS)
    assert Method.SCALE_WORKLOADS.covers(Method.SCALE_WORKLOADS)
