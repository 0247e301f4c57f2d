"""What `repull start` does once it has understood what is wanted: plan, show, ask, publish."""

import argparse
import sys
from collections.abc import Callable
from typing import Never

from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_nodes import POOL
from functions.adapters.kube_resources import NODES
from functions.errors import BadInput
from functions.messages.steps import MOST_NODES, Start, parse_step
from functions.plan import First, Plan, plan, specify
from functions.start import refresh_name
from repull import answering, offers, pullable, steps, wiring
from repull.answering import Answer
from repull.offers import Offer
from repull.page import Page
from repull.planning import planned_cluster, planning_ports
from repull.wiring import Access
from repull.written import put

NOTHING_STARTED = 3
NOT_YET = 4
_NEVER = (First.REFUSE, First.NOTHING)
_CODES = {
    Answer.OPENED: 0,
    Answer.REJECTED: NOTHING_STARTED,
    Answer.OBSERVED: NOTHING_STARTED,
    Answer.NOT_YET: NOT_YET,
}


def run(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. Raises BadInput and Refused, which name what to change."""
    access = wiring.enter(options, refuse=refuse, acts=not options.dry_run, operations=True)
    topic = "" if options.dry_run else steps.topic(access, options.topic)
    offer = _offer(access, options)
    if options.output == "text":
        put(offers.shown(offer, Page.of(sys.stdout)))
    if not options.dry_run and (why := _in_vain(offer)):
        if options.output == "json":
            put(offers.as_data(offer))
        print(f"Nothing was started: {why}.", file=sys.stderr)
        return NOTHING_STARTED
    if options.dry_run:
        if options.output == "json":
            put(offers.as_data(offer))
        return 0
    if not options.yes and not _wanted(offer, to_read=options.output == "json"):
        return 1
    return _ask(access, topic, offer, options)


def _ask(access: Access, topic: str, offer: Offer, options: argparse.Namespace) -> int:
    """Publish, and wait for the function's answer, for it alone knows its settings."""
    message_id = steps.publish(access, topic, offer.message)
    name = refresh_name(access.key, message_id)

    def tell(answer: Answer, said: str) -> None:
        if options.output == "json":
            put(offers.as_data(offer, refresh=name, message_id=message_id, answer=answer, message=said))
        else:
            put(Page.of(sys.stdout).line(said))

    try:
        print(f"{name} is asked for; waiting for the function's answer", file=sys.stderr, flush=True)
        answered = answering.wait(access, topic, name=name, message_id=message_id, patience=options.timeout)
    except KeyboardInterrupt:
        tell(Answer.NOT_YET, f"Nobody waits any more, and {name} stays asked for; see repull status {name}")
        raise
    tell(answered.answer, answering.told(answered, name, topic))
    return _CODES[answered.answer]


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
        raise _on_no_node(options, selector)
    if len(found) > MOST_NODES:
        raise BadInput(
            field=_chosen_by(options),
            value=selector,
            accepted=f"labels that at most {MOST_NODES} nodes carry ({len(found)} do); --selector parts them",
            example="--selector topology.kubernetes.io/zone=us-central1-a",
        )
    return sorted(found)


def _on_no_node(options: argparse.Namespace, selector: str) -> BadInput:
    if options.selector:
        known = "labels that nodes carry; see kubectl get nodes --show-labels"
        return BadInput(field=_chosen_by(options), value=selector, accepted=known)
    known = f"pools that have nodes; see kubectl get nodes -L {POOL}"
    return BadInput(field=_chosen_by(options), value=",".join(options.pool), accepted=known)


def _chosen_by(options: argparse.Namespace) -> str:
    return " and ".join(name for name in ("--pool", "--selector") if getattr(options, name.removeprefix("--")))


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
    everywhere = len(planned.nodes) >= planned.total and all(each.first in _NEVER for each in planned.nodes)
    if everywhere and not planned.held:  # a run that is held refuses nobody, and looks again once it goes on
        return "every node would be refused"
    if offer.hopeless is None:
        return ""
    unjudged = offer.hopeless.unjudged
    but = f", as far as anybody could tell (not of {offers.few(unjudged)}, which start alone if you name them)"
    return (
        f"no renewal lets nodes pull {planned.spec.image}{but if unjudged else ''}; try another --image or other "
        "nodes; --force starts it all the same, and renews nodes that can pull as well"
    )


def _wanted(offer: Offer, *, to_read: bool) -> bool:
    if to_read:
        print(offers.shown(offer, Page.of(sys.stderr)), file=sys.stderr)
    print("\nStart it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    print("Nothing was started.", file=sys.stderr)
    return False
