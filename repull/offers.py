"""What `repull start` offers: the plan, and all that whoever starts it should know, for people and for scripts."""

from dataclasses import dataclass
from typing import Any

from functions.model.refresh import Method, RefreshSpec
from functions.model.verdict import Verdict, VerdictKind
from functions.plan import First, Plan, PlannedNode
from functions.text import counted
from repull.page import Page
from repull.pullable import Scope
from repull.survey import Report
from repull.written import as_json

_NAMED = 5
_UNSEEN = (
    "Whether repull's own account may scale them is not seen with your rights: each node is refused, before it is "
    "touched, where infra/cluster/optional/scale-workloads.yaml was not applied."
)

_UNKNOWN_SETTINGS = "Whether the functions are set to permit it is not seen from here; they say so once they are asked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What would be asked for, and all that whoever starts it should know."""

    message: dict[str, object]
    planned: Plan
    doubts: tuple[Report, ...]
    left_out: tuple[str, ...]  # nodes that would be renewed in vain
    unjudged: tuple[str, ...]  # left out beside them, as nobody could tell whether they would be
    hopeless: Scope | None  # where no node is left
    waits_for: tuple[str, ...]


def shown(offer: Offer, page: Page) -> str:
    """For people."""
    planned, spec = offer.planned, offer.planned.spec
    rows = [("NODE", "PLAN", "WHY")]
    for each in planned.nodes:
        why = "; ".join(each.refusals or (_evicting(each), *each.warnings))
        asked = each.refusals and each.first is First.PROBE
        rows.append((each.node, each.first, f"where it can't pull, it is refused: {why}" if asked else why))
    parts = [
        page.line(
            f"{spec.method} in {spec.cluster}, at most {spec.max_unavailable} out of service at once; "
            f"{counted(planned.total, 'node')} in scope; probing with {spec.image}"
        ),
        page.table(rows, indent="  "),
    ]
    parts += [page.line(f"{each.kind} on {each.verdict.subject.node}: {_doubt(each.verdict)}") for each in offer.doubts]
    if offer.left_out:
        parts.append(page.line(f"Left out, as no renewal lets them pull {spec.image}: {few(offer.left_out)}"))
    if offer.unjudged:
        parts.append(page.line(f"Left out, as nobody could tell whether a renewal helps them: {few(offer.unjudged)}"))
    if (left := planned.total - len(planned.nodes)) > 0:
        parts.append(page.line(f"and {counted(left, 'more node')}, not looked at."))
    if planned.held:
        parts.append(page.line(f"It takes no node for now, and looks at each anew once it goes on: {planned.held}"))
    if any(each.scales for each in planned.nodes):
        parts.append(page.line(_UNSEEN))
    if wishes := _wishes(spec):
        parts.append(page.line(f"{_UNKNOWN_SETTINGS}: {', '.join(wishes)}."))
    if offer.waits_for:
        parts.append(page.line(f"It waits for its turn, behind {', '.join(offer.waits_for)}."))
    return "\n".join(parts)


def _doubt(verdict: Verdict) -> str:
    """What to do about it. What could not be found out is named, with what would settle it, and hinders nothing."""
    if verdict.kind is not VerdictKind.UNKNOWN:
        return verdict.advice
    check = verdict.decided_by
    return f"nobody could tell whether a renewal helps, for the check {check.name} has no answer: {check.evidence}"


def _wishes(spec: RefreshSpec) -> tuple[str, ...]:
    """What a setting may forbid."""
    asked = {
        f"method {spec.method}": spec.method is Method.STOP_START,
        "force": spec.force,
        "deleteBarePods": spec.delete_bare_pods,
        "deleteLocalStorage": spec.delete_local_storage,
        "deleteLocalSsd": spec.delete_local_ssd,
        "acceptOutage": spec.accept_outage,
    }
    return tuple(name for name, wanted in asked.items() if wanted)


def _evicting(planned: PlannedNode) -> str:
    if planned.scales:
        return f"where it is renewed, scaled to zero: {', '.join(planned.scales)}"
    pods = planned.evicts
    if not pods:
        return "no pod to evict"
    number = "1 pod is" if len(pods) == 1 else f"{len(pods)} pods are"
    return f"where it is renewed, {number} evicted: {few(pods)}"


def few(names: tuple[str, ...]) -> str:
    """The first of them."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def as_data(offer: Offer, *, refresh: str = "", message_id: str = "", answer: str = "", message: str = "") -> str:
    """For scripts, as JSON, with what came of it where it was asked for."""
    planned, spec = offer.planned, offer.planned.spec
    nodes: list[dict[str, Any]] = [
        {
            "node": each.node,
            "first": each.first,
            "refusals": each.refusals,
            "warnings": each.warnings,
            "evicts": each.evicts,
            "scales": each.scales,
            "would": each.would,
        }
        for each in planned.nodes
    ]
    data = {
        "refresh": refresh,
        "message_id": message_id,
        "answer": answer,
        "message": message,
        "cluster": str(spec.cluster),
        "method": spec.method,
        "image": str(spec.image),
        "max_unavailable": spec.max_unavailable,
        "total": planned.total,
        "doubts": [
            {"node": each.verdict.subject.node, "kind": each.kind, "advice": _doubt(each.verdict)}
            for each in offer.doubts
        ],
        "left_out": offer.left_out,
        "unjudged": offer.unjudged,
        "waits_for": offer.waits_for,
        "held": planned.held,
        "nodes": nodes,
    }
    return as_json(data, indent=2)
