"""What `repull start` does once it has understood what is wanted: plan, show, ask, publish."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Never

from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_nodes import POOL
from functions.adapters.kube_resources import NODES
from functions.errors import BadInput
from functions.messages.steps import MOST_NODES, Start, parse_step
from functions.plan import Plan, PlannedNode, plan, specify
from functions.start import refresh_name
from repull import pullable, steps, wiring
from repull.page import Page
from repull.planning import planned_cluster, planning_ports
from repull.pullable import Scope
from repull.survey import Report
from repull.wiring import Access
from repull.written import as_json, put

NOTHING_TO_DO = 3
_NAMED = 5
_CHOSEN = "--pool and --selector"
_UNSEEN = (
    "Whether repull's own account may scale them is not seen with your rights: each node is refused, before it is "
    "touched, where infra/cluster/optional/scale-workloads.yaml was not applied."
)


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


def run(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises BadInput and Refused, which name what to change."""
    access = wiring.enter(options, refuse=refuse)
    topic = "" if options.dry_run else steps.topic(access, options.topic)
    offer = _offer(access, options)
    if options.output == "text":
        put(_shown(offer, Page.of(sys.stdout)))
    if not options.dry_run and (why := _in_vain(offer)):
        if options.output == "json":
            _print_json(offer, "", "")
        print(f"Nothing was started: {why}.", file=sys.stderr)
        return NOTHING_TO_DO
    if options.dry_run:
        if options.output == "json":
            _print_json(offer, "", "")
        return 0
    if not options.yes and not _wanted(offer, to_read=options.output == "json"):
        return 1
    message_id = steps.publish(access, topic, offer.message)
    name = refresh_name(access.key, message_id)
    if options.output == "json":
        _print_json(offer, name, message_id)
    else:
        put(f"\n{name} is asked for; see repull status {name} --watch")
    return 0


def _offer(access: Access, options: argparse.Namespace) -> Offer:
    """Nodes that would be renewed in vain are left out, where there are others; `--force` leaves none out."""
    message = _message(access, options)
    planned = _plan(access, message)
    reports = pullable.judge(access, planned.spec) if planned.nodes else ()
    scope = None if planned.spec.force else pullable.scope(access, planned.spec, reports)
    parted = scope if scope and scope.hopeful else None
    if parted:
        message |= {"nodes": parted.named()}
        planned = _plan(access, message)
    return Offer(
        message=message,
        planned=planned,
        doubts=tuple(each for each in reports if each.kind is not pullable.HOPEFUL),
        left_out=parted.in_vain if parted else (),
        unjudged=parted.unjudged if parted else (),
        hopeless=None if parted else scope,
        waits_for=tuple(each.name for each in access.cluster.refreshes.all() if not each.status.phase.over),
    )


def _message(access: Access, options: argparse.Namespace) -> dict[str, object]:
    """As a hand would write it: what has its default is left out."""
    wished: dict[str, object] = {
        "nodes": named(access.kube, options),
        "image": str(options.image or ""),
        "method": options.method,
        "reason": options.reason,
        "requestedBy": steps.caller(),
        "maxUnavailable": options.max_unavailable,
        "force": options.force,
        "deleteBarePods": options.delete_bare_pods,
        "deleteLocalStorage": options.delete_local_storage,
        "deleteLocalSsd": options.delete_local_ssd,
        "acceptOutage": options.accept_outage,
    }
    said = {name: value for name, value in wished.items() if value}
    return {"action": "start", "cluster": str(access.key), **said}


def named(kube: KubeApi, options: argparse.Namespace) -> list[str]:
    """The nodes asked for: by name, or those that carry the labels now; [] means every node.

    Raises BadInput where none carries them, or more than one message may name.
    """
    pools = [f"{POOL} in ({','.join(options.pool)})"] if options.pool else []
    selector = ",".join([*pools, *filter(None, [options.selector])])
    if not selector:
        return list(options.nodes)
    found = kube.select(NODES, lambda node: str(node["metadata"]["name"]), labelSelector=selector)
    if not found:
        raise BadInput(field=_CHOSEN, value=selector, accepted="labels that nodes carry; see kubectl get nodes -L")
    if len(found) > MOST_NODES:
        raise BadInput(
            field=_CHOSEN,
            value=selector,
            accepted=f"labels that at most {MOST_NODES} nodes carry ({len(found)} do); --selector parts them",
            example="--selector topology.kubernetes.io/zone=us-central1-a",
        )
    return sorted(found)


def _plan(access: Access, message: dict[str, object]) -> Plan:
    """By the function's own parser and rules, with the caller's rights."""
    step = parse_step(message, (access.key,))
    if not isinstance(step, Start):
        raise TypeError(step)
    spec = specify(step, access.cluster, access.settings)
    return plan("plan", spec, planned_cluster(access), planning_ports(access), access.settings)


def _in_vain(offer: Offer) -> str:
    """Why nothing good would come of it, "" where it may. Nodes beyond those that were looked at may be well."""
    planned = offer.planned
    everywhere = len(planned.nodes) >= planned.total and all(each.refusals for each in planned.nodes)
    if everywhere and not planned.held:  # a run that is held refuses nobody, and looks again once it goes on
        return "every node would be refused"
    if offer.hopeless is None:
        return ""
    unjudged = offer.hopeless.unjudged
    but = f", as far as anybody could tell (not of {_few(unjudged)}, which start alone if you name them)"
    return (
        f"no renewal lets nodes pull {planned.spec.image}{but if unjudged else ''}; try another --image or other "
        "nodes; --force starts it all the same, and renews nodes that can pull as well"
    )


def _wanted(offer: Offer, *, to_read: bool) -> bool:
    if to_read:
        print(_shown(offer, Page.of(sys.stderr)), file=sys.stderr)
    print("\nStart it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    print("Nothing was started.", file=sys.stderr)
    return False


def _shown(offer: Offer, page: Page) -> str:
    planned, spec = offer.planned, offer.planned.spec
    rows = [("NODE", "PLAN", "WHY")]
    for each in planned.nodes:
        if each.refusals:
            rows.append((each.node, "refuse", "; ".join(each.refusals)))
        else:
            why = "; ".join((_evicting(each), *each.warnings))
            rows.append((each.node, "renew" if spec.force else "probe", why))
    parts = [
        page.line(
            f"{spec.method} in {spec.cluster}, at most {spec.max_unavailable} out of service at once; {planned.total} "
            f"nodes in scope; probing with {spec.image}"
        ),
        page.table(rows, indent="  "),
    ]
    parts += [page.line(f"{each.kind} on {each.verdict.subject.node}: {each.verdict.advice}") for each in offer.doubts]
    if offer.left_out:
        parts.append(page.line(f"Left out, as no renewal lets them pull {spec.image}: {_few(offer.left_out)}"))
    if offer.unjudged:
        parts.append(page.line(f"Left out, as nobody could tell whether a renewal helps them: {_few(offer.unjudged)}"))
    if (left := planned.total - len(planned.nodes)) > 0:
        parts.append(page.line(f"and {left} more nodes, which were not looked at."))
    if planned.held:
        parts.append(page.line(f"It takes no node for now, and looks at each anew once it goes on: {planned.held}"))
    if any(each.scales for each in planned.nodes):
        parts.append(page.line(_UNSEEN))
    if offer.waits_for:
        parts.append(page.line(f"It waits for its turn: {', '.join(offer.waits_for)} is not over yet."))
    return "\n".join(parts)


def _evicting(planned: PlannedNode) -> str:
    if planned.scales:
        return f"where it is renewed, scaled to zero: {', '.join(planned.scales)}"
    pods = planned.evicts
    if not pods:
        return "no pod to evict"
    number = "1 pod is" if len(pods) == 1 else f"{len(pods)} pods are"
    return f"where it is renewed, {number} evicted: {_few(pods)}"


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def _print_json(offer: Offer, name: str, message_id: str) -> None:
    planned, spec = offer.planned, offer.planned.spec
    nodes: list[dict[str, Any]] = [
        {
            "node": each.node,
            "refusals": each.refusals,
            "warnings": each.warnings,
            "evicts": each.evicts,
            "scales": each.scales,
            "would": each.would,
        }
        for each in planned.nodes
    ]
    data = {
        "refresh": name,
        "message_id": message_id,
        "cluster": str(spec.cluster),
        "method": spec.method,
        "image": str(spec.image),
        "total": planned.total,
        "doubts": [
            {"node": each.verdict.subject.node, "kind": each.kind, "advice": each.verdict.advice}
            for each in offer.doubts
        ],
        "left_out": offer.left_out,
        "unjudged": offer.unjudged,
        "waits_for": offer.waits_for,
        "held": planned.held,
        "nodes": nodes,
    }
    put(as_json(data, indent=2))
