"""Invariant 3: what repull puts on nodes, Deployments and elsewhere is gone at rest; what others put there never is."""

from collections.abc import Iterator

from sandbox.objects.kinds import name_of, uid_of
from tests.proof.calls import machines_of, renewals
from tests.proof.evidence import Evidence
from tests.proof.marks import CORDONED_BY, OF_A_CORDON, cordoned, labels, notes, on_loan, others, ours

_STAYS = OF_A_CORDON | {"taint repull.dev/stale"}


def ours_is_undone(evidence: Evidence) -> Iterator[str]:
    """At rest nothing of ours is left but the cordon after an unproven renewal; others' things always are."""
    before = evidence.before
    for node in evidence.nodes:
        if missing := before.belongings.get(uid_of(node), frozenset()) - frozenset(others(node)):
            yield f"{name_of(node)} has lost what is not ours: {', '.join(sorted(missing))}"
        if evidence.at_rest and name_of(node) in before.cordoned and not cordoned(node):
            yield f"{name_of(node)} has lost a cordon that is not ours"
    if evidence.at_rest:
        yield from _on_nodes(evidence)
        yield from _elsewhere(evidence)


def _on_nodes(evidence: Evidence) -> Iterator[str]:
    """No more cordons stay for a refresh than nodes have failed in it, and only of machines that were renewed."""
    before = evidence.before
    renewed = {name for call in renewals(evidence.world) for name in machines_of(call)}
    may_stay = evidence.failures
    for node in evidence.nodes:
        name, refresh = name_of(node), labels(node).get(CORDONED_BY, "")
        stays = name in renewed and may_stay.get(refresh, 0) > 0
        if stays:
            may_stay[refresh] -= 1
        elif (lent := on_loan(node)) != (had := before.lent.get(uid_of(node), frozenset())):
            yield f"{name} has {_listed(lent)} where it had {_listed(had)}"
        earlier = before.ours.get(uid_of(node), frozenset())
        if left := {each for each in ours(node) if not stays or each not in _STAYS} - earlier:
            yield f"{name} still carries {_listed(left)}"
        if cordoned(node) and name not in before.cordoned | before.cordoned_once and not stays:
            yield f"{name} is cordoned still"


def _elsewhere(evidence: Evidence) -> Iterator[str]:
    view = evidence.world.view
    yield from (f"probe {name_of(pod)} is left" for pod in view.list("pods", "repull"))
    for lease in view.list("leases", "repull"):
        if holder := lease["spec"].get("holderIdentity"):
            yield f"the lease is still held by {holder}"
    for deployment in view.list("deployments"):
        yield from (f"Deployment {name_of(deployment)} still carries {mark}" for mark in notes(deployment))


def _listed(found: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(found)) or "nothing"
